"""Where a run came from: commit, versions, machine."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

PACKAGES = (
    "dateline", "faiss-cpu", "ir-measures", "llama-index-core", "numpy", "scipy",
    "sentence-transformers", "tantivy", "torch",
)  # fmt: skip


def commit() -> str | None:
    """Return the commit of the checkout, with a mark where files differ from it; None outside."""
    git = shutil.which("git")
    if git is None:
        return None
    here = Path(__file__).parent
    head = _output([git, "-C", str(here), "rev-parse", "HEAD"])
    if head is None:
        return None
    changed = _output([git, "-C", str(here.parent), "status", "--porcelain", "rag", "eval"])
    return f"{head}+changes" if changed else head


def versions() -> dict[str, str]:
    """Return the versions of what takes part."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, object]:
    """Return what times depend on."""
    return {"cpus": os.cpu_count(), "architecture": platform.machine(), "load": os.getloadavg()[0]}


def _output(command: list[str]) -> str | None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else None
