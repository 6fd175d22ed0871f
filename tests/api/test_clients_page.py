"""Every block of docs/clients.md is run against a server."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_every_operation_is_on_a_page() -> None:
    from api.app import build_app
    from rag.config import Settings

    pages = PAGE + (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")
    for path in build_app(Settings()).openapi()["paths"]:
        stem = path.partition("{")[0].rstrip("/")
        client = {"/v1/chat/completions": "chat.completions", "/v1/responses": "responses.create",
                  "/v1/models": "models.list", "/v1/embeddings": "embeddings.create"}  # fmt: skip
        assert client.get(stem, stem) in pages, path
