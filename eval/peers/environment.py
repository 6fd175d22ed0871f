"""An environment for one peer: its own packages, and below them those of this one."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

MARK = "DATELINE_PEER"
"""Set in a peer's own process. It begins like a setting, so it is taken away again at once."""
QUIET = {"HAYSTACK_TELEMETRY_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
"""Nothing is sent or fetched while measuring."""
ROOT = Path("runs") / "peers"


def enter(name: str, *packages: str) -> None:
    """Go on in the environment of a peer: return there, and never here.

    The environment sees this one's packages behind its own, so that torch and the like are not
    downloaded again; what the peer needs in another version it has for itself.
    """
    if os.environ.pop(MARK, None) == name:
        return
    folder = (ROOT / name).absolute()
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        site = next(folder.glob("lib/python*/site-packages"))
        project = Path(__file__).parents[2]
        (site / "dateline-peer.pth").write_text(
            f"{sysconfig.get_path('purelib')}\n{project}\n", encoding="utf-8"
        )
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)  # noqa: S603
        (folder / "ready").touch()
    arguments = [str(python), "-m", f"eval.peers.{name}_peer", *sys.argv[1:]]
    os.execve(python, arguments, {**os.environ, **QUIET, MARK: name})  # noqa: S606
