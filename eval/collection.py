"""The collection of a suite's articles, ingested once and used again."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import rag
from eval.suite import Suite
from rag.config import Settings, load_settings
from rag.dateline import Dateline

RUNS = Path("runs")
# What decides what is stored: a change there makes a new collection.
_CODE = (
    "ingest/*.py", "ingesting.py", "language.py", "store/schema.py", "store/lexical.py",
    "store/vectors.py",
)  # fmt: skip

Progress = Callable[[str], None]


def open_collection(
    suite: Suite,
    overrides: Mapping[str, object] | None = None,
    root: Path = RUNS,
    progress: Progress = lambda _: None,
    opened: Callable[[Settings], Dateline] = Dateline,
) -> Dateline:
    """Return a Dateline over the suite's articles, ingesting them at the first time.

    Keyed by the articles, the embedder and the code that ingests. An ingest that was cut off goes
    on where it stopped. ``overrides`` are settings.
    """
    given = dict(overrides or {})
    settings = load_settings(**given)
    folder = root / "collections" / folder_name(suite, settings)
    folder.mkdir(parents=True, exist_ok=True)
    dateline = opened(load_settings(**{**given, "data": folder}))
    done = folder / "collection.json"
    if done.exists():
        return dateline
    begun = time.perf_counter()
    report = dateline.add(suite.articles, progress)
    dateline.index.save()
    done.write_text(
        json.dumps(
            {
                "articles": len(suite.articles),
                "passages": sum(item.passages for item in report.stored),
                "seconds": round(time.perf_counter() - begun, 2),
                "refused": [[item.origin, item.code] for item in report.refused],
            },
            indent=1,
        )
    )
    return dateline


def ingest_report(dateline: Dateline) -> dict[str, object]:
    """Return what the ingest of an open collection did."""
    path = dateline.settings.data / "collection.json"
    loaded: dict[str, object] = json.loads(path.read_text())
    return loaded


def folder_name(suite: Suite, settings: Settings) -> str:
    """Name the collection by everything that decides what is stored in it."""
    from rag.models.embedder import Embedder

    digest = hashlib.sha256(suite.articles_hash.encode())
    digest.update(Embedder(settings.embedder).fingerprint.encode())
    digest.update(settings.precision.encode())
    package = Path(rag.__file__).parent
    for pattern in _CODE:
        for path in sorted(package.glob(pattern)):
            digest.update(path.read_bytes())
    return f"{suite.name}-{digest.hexdigest()[:16]}"
