"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STAGES = ("ingest", "store", "models", "attribution", "ask")
SEEDS = {
    "000_ce3da58944b6a761.txt": "1749d0f2",
    "001_c863c091f001229a.txt": "d8f73329",
    "002_464d1f3d466cc3fe.txt": "7d7e3412",
    "003_146bb3441ec67a23.txt": "e0198743",
    "004_55e2c02903bf544b.txt": "f40cdfe1",
}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def stage_of(path: Path) -> str | None:
    parts = path.relative_to(ROOT / "rag").parts
    return parts[0] if parts[0] in STAGES else None


@pytest.mark.parametrize("path", modules("rag"), ids=str)
def test_stages_do_not_import_each_other(path: Path) -> None:
    mine = stage_of(path)
    if mine is None or "training" in path.parts:
        pytest.skip("not a module of a stage")
    for name in imported(path):
        parts = name.split(".")
        if parts[0] != "rag" or len(parts) < 2 or parts[1] not in STAGES:
            continue
        # What a reader is, is said where readers are; the ask stage only uses the interface.
        # Attribution knows text alone, so that any stage may read who said what.
        allowed = {mine, "attribution"} if mine != "models" else {mine}
        allowed |= {"models"} if name.startswith("rag.models.reader") else set()
        assert parts[1] in allowed, f"{path} imports {name}"


@pytest.mark.parametrize("path", modules("rag"), ids=str)
def test_the_library_knows_nothing_of_http_or_evaluation(path: Path) -> None:
    if path.name == "cli.py":
        pytest.skip("the command line stands above them")
    roots = {name.split(".")[0] for name in imported(path)}
    assert not roots & {"api", "eval", "fastapi", "starlette", "uvicorn"}


@pytest.mark.parametrize("path", [p for p in modules("rag") if p.parent.name in STAGES], ids=str)
def test_stages_do_not_import_the_facade(path: Path) -> None:
    above = {"rag.dateline", "rag.answering", "rag.ingesting", "rag.cli", "rag.local"}
    assert not imported(path) & above


@pytest.mark.parametrize(
    "module", ["rag.cli", "rag.config", "rag.types", "rag.remote", "api.app", "api.client"]
)
def test_light_modules_import_nothing_heavy(module: str) -> None:
    heavy = (
        "{'torch', 'sentence_transformers', 'transformers', 'llama_index', 'faiss', 'rag.dateline'}"
    )
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert result.stdout.strip() == "[]"


def test_the_seeds_are_as_they_were_given() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        for path in (ROOT / "seeds").iterdir()
    }
    assert found == SEEDS
