"""What decides what a system says: whether an earlier run still holds, and why not."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from eval import origin
from eval.folder import RunFolder
from eval.suite import Suite, Task
from rag.config import load_settings

Report = Callable[[], Mapping[str, Any]]
"""Ingests the suite's articles, where that is still to be done, and says what came of it."""

ROOT = Path(__file__).parent.parent
_SHOWN = ("eval/systems/ranking.py", "eval/systems/top_passage.py")
_WORDS = ("rag/language.py", "rag/store/lexical.py")
_MEANING = (
    "rag/models/bert.py", "rag/models/embedder.py", "rag/models/encoder.py",
    "rag/models/tokens.py", "rag/store/segments.py", "rag/store/vectors.py",
)  # fmt: skip
_WEIGHTS = ("rag/models/weights/reader/*.json", "rag/models/weights/reader/*.safetensors")
_ANSWERS = ("rag/answering.py+", "rag/models/*.py+", *_WEIGHTS)
_VERIFIES = ("eval/systems/verifiers.py", "eval/systems/texts.py", "rag/language.py")
_SAME = ("eval/systems/constant.py",)
_ASKS_WHOM = ("eval/systems/attributors.py", "rag/language.py")
# Settings have a checksum of their own, and a message changes no answer.
_TOLD = {ROOT / "rag/config.py", ROOT / "rag/errors.py"}

CODE: Mapping[Task, Mapping[str, tuple[str, ...]]] = {
    "ask": {
        "dateline": (*_ANSWERS, "eval/systems/pipeline.py"),
        "bm25": (*_SHOWN, *_WORDS),
        "dense": (*_SHOWN, *_MEANING),
        "fused": (*_SHOWN, *_WORDS, *_MEANING, "rag/ask/retrieve.py"),
        "llama-index": ("eval/systems/llama_index.py", "eval/systems/top_passage.py", *_MEANING),
        "constant": _SAME,
        "silent": _SAME,
    },
    "verify": {
        "dateline": (*_VERIFIES, "rag/ask/*.py", "rag/models/*.py", *_WEIGHTS),
        "rules": (*_VERIFIES, "rag/ask/*.py"),
        "overlap": _VERIFIES,
        "constant": _VERIFIES,
        "silent": _VERIFIES,
    },
    "attribute": {
        "dateline": (*_ASKS_WHOM, "rag/attribution/*.py"),
        "nearest-name": _ASKS_WHOM,
    },
}
"""The files that decide what a system says of what it is given, weights included; a plus: with all
of ``rag`` that they import."""
FINDS = {"dateline": "passages", "bm25": "passages", "dense": "passages", "fused": "passages",
         "llama-index": "texts"}  # fmt: skip
"""Which checksum of the collection a system depends on that searches it."""


def basis(name: str, task: Task, report: Report, **given: object) -> dict[str, str]:
    """Return checksums of everything but the cases that decides what the system says.

    ``given`` are settings. A system that is not known, such as another program's run, has none.
    """
    if name not in CODE[task]:
        return {}
    found = {"code": code(CODE[task][name])}
    if task == "ask" and name in FINDS:
        from rag.models.embedder import Embedder

        settings = load_settings(**given)
        found["collection"] = str(report()["checksums"][FINDS[name]])
        found["embedder"] = f"{Embedder(settings.embedder).fingerprint}, {settings.precision}"
        if name == "dateline":
            found["settings"] = settings.model_dump_json(exclude={"data", "database", "server"})
    if name == "llama-index":
        found["llama-index-core"] = origin.versions()["llama-index-core"]
    return found


def differs(folder: RunFolder, suite: Suite, now: Mapping[str, str]) -> str | None:
    """Say in what a run, finished or not, differs from one of today; None: in nothing."""
    info = folder.info()
    for what, today in (("articles", suite.articles_hash), ("cases", suite.cases_hash)):
        if info["data"][what] != today:
            return f"other {what}"
    known = info.get("basis", {})
    changed = [what for what in {**known, **now} if known.get(what) != now.get(what)]
    return f"another {' and '.join(changed)}" if changed else None


def code(patterns: tuple[str, ...]) -> str:
    """Return the checksum of files of the project."""
    digest = hashlib.sha256()
    for path in sorted(files(patterns)):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def files(patterns: tuple[str, ...]) -> set[Path]:
    """Return the files that patterns stand for."""
    found: set[Path] = set()
    for pattern in patterns:
        named = set(ROOT.glob(pattern.removesuffix("+")))
        found |= _with_imports(named) if pattern.endswith("+") else named
    return found


def _with_imports(paths: set[Path]) -> set[Path]:
    """Return modules and all of ``rag`` that they import, and so on."""
    found, todo = set(paths), list(paths)
    while todo:
        new = _imported(todo.pop()) - found
        found |= new
        todo += new
    return found


def _imported(path: Path) -> set[Path]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    modules = (ROOT / f"{name.replace('.', '/')}.py" for name in names if name.startswith("rag."))
    return {module for module in modules if module.is_file()} - _TOLD
