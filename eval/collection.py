"""The collection of a suite's articles, ingested once and used again."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import rag
from eval.suite import Suite
from rag.config import Settings, load_settings
from rag.dateline import Dateline
from rag.store.database import Database
from rag.store.schema import article, article_version, passage

RUNS = Path("runs")
# What decides what is stored: a change there makes a new collection. An older schema is migrated.
_CODE = (
    "ingest/*.py", "ingest/*.txt", "ingesting.py", "preparing.py", "language.py", "moments.py",
    "models/bert.py", "models/embedder.py", "models/encoder.py", "models/tokens.py",
    "store/clusters.py", "store/lexical.py", "store/vectors.py",
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

    Keyed by the articles, the embedder and the code that ingests, so that suites about the same
    articles share one. An ingest that was cut off goes on where it stopped. ``overrides`` are
    settings; no answer is kept in memory, so that each question costs what it costs.
    """
    given = {"cached_answers": 0, **(overrides or {})}
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
                "checksums": checksums(dateline.database),
            },
            indent=1,
        )
    )
    return dateline


def ingest_report(dateline: Dateline) -> dict[str, Any]:
    """Return what the ingest of an open collection did."""
    path = dateline.settings.data / "collection.json"
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def checksums(database: Database) -> dict[str, str]:
    """Return checksums of what is stored: of the articles' `texts`, and of them as `passages`.

    Both say what a search can find, whatever code stored it: texts with titles and days; passages
    with these, their places and the clusters of reprints.
    """
    texts = sa.select(
        article.c.id, article_version.c.title, article_version.c.title_from,
        article_version.c.outlet, article_version.c.published_at, article_version.c.text_hash,
    ).join_from(article, article_version, sa.and_(
        article.c.id == article_version.c.article_id,
        article.c.version == article_version.c.version,
    )).order_by(article.c.id)  # fmt: skip
    # Which article lends a cluster its name does not matter, only which articles share one.
    places = (
        sa.select(passage.c.id, article.c.cluster_id)
        .join_from(passage, article, passage.c.article_id == article.c.id)
        .order_by(passage.c.id)
    )
    with database.read() as tx:
        stored = _checksum(tx.execute(texts))
        return {"texts": stored, "passages": _checksum([(stored,), *_numbered(tx.execute(places))])}


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
    return f"{len(suite.articles)}-articles-{digest.hexdigest()[:16]}"


def _numbered(rows: Iterable[Any]) -> Iterable[tuple[str, int]]:
    numbers: dict[str, int] = {}
    for name, cluster in rows:
        yield name, numbers.setdefault(cluster, len(numbers))


def _checksum(rows: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps([str(value) for value in row]).encode() + b"\n")
    return digest.hexdigest()
