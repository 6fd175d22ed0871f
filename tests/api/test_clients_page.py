"""Every block of docs/clients.md is run against a server."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx
import pytest

from api.app import build_app
from rag.config import Settings
from tests.api.conftest import Running

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
PROGRAMS = {
    "python": [sys.executable, "-W", "error::DeprecationWarning:__main__", "-"],
    "js": ["node", "--input-type=module", "-"],
    "sh": ["bash", "-eu", "-s"],
}
NEEDS = {"python": sys.executable, "js": "node", "sh": "curl"}


@pytest.mark.parametrize("language", PROGRAMS)
def test_the_blocks_of_a_language_run(server: Running, tmp_path: Path, language: str) -> None:
    if shutil.which(NEEDS[language]) is None:
        pytest.skip(f"there is no {NEEDS[language]} on this machine")
    blocks = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert blocks
    before = answered(server)
    program = "\n".join(blocks).replace("http://localhost:8000", server.url)
    done = subprocess.run(
        PROGRAMS[language],
        input=program,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    described = {
        (method.upper(), path)
        for path, operations in build_app(Settings()).openapi()["paths"].items()
        for method in operations
    }
    called = {name for name, count in answered(server).items() if count > before[name]}
    assert described - called == set(), "each operation is shown in each language"


def answered(server: Running) -> Counter[tuple[str, str]]:
    """Return how often each operation was answered with success."""
    found: Counter[tuple[str, str]] = Counter()
    text = httpx.get(f"{server.url}/metrics", timeout=60).text
    for line in re.findall(r"^dateline_requests_total\{(.*)$", text, re.MULTILINE):
        labels, _, count = line.rpartition("}")
        given = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        if given["status"].startswith("2"):
            found[given["method"], given["route"]] += int(float(count))
    return found
