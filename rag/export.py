"""Write the articles of a collection to a file that others, and `dateline ingest`, can read."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rag.dateline import Dateline
from rag.errors import ExportImpossible, ExtraMissing
from rag.types import Article

FIELDS = (
    "id", "url", "title", "outlet", "author", "published_at", "updated_at", "language", "section",
    "text",
)  # fmt: skip
"""What `dateline ingest` reads back."""
STANDING = ("version", "status", "note", "cluster_id", "place", "text_hash")
"""What else is known of an article; written with ``standing``."""
PAGE = 200


def export(
    dateline: Dateline,
    target: Path,
    *,
    standing: bool = False,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> int:
    """Write the current version of every article; the file's suffix chooses the form.

    ``.jsonl`` or ``.parquet`` (extra `parquet`). Retracted articles are only written with
    ``standing``, where they can be told. Returns how many; raises ExportImpossible or ExtraMissing,
    and then leaves no file.
    """
    write = {".jsonl": _jsonl, ".parquet": _parquet}.get(target.suffix.lower())
    if write is None:
        raise ExportImpossible(
            f"{target} ends neither in .jsonl nor in .parquet.", remedy="Name it so."
        )
    if target.exists():
        raise ExportImpossible(f"{target} exists already.", remedy="Choose another name.")
    names = FIELDS + (STANDING if standing else ())
    try:
        descriptor, name = tempfile.mkstemp(dir=target.absolute().parent, prefix=f".{target.name}")
        os.close(descriptor)
        partial = Path(name)
        try:
            count = write(partial, names, _rows(dateline, names, progress))
            partial.chmod(0o644)
            partial.rename(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise ExportImpossible(
            f"{target} cannot be written: {error.strerror}.",
            remedy="Free some disk space or choose another folder.",
        ) from error
    return count


def _rows(
    dateline: Dateline, names: tuple[str, ...], progress: Callable[[int, int], None]
) -> Iterator[dict[str, Any]]:
    cursor, done = None, 0
    while True:
        page = dateline.articles(PAGE, cursor)
        for item in page.items:
            article = dateline.article(item.id)
            if article.status != "retracted" or "status" in names:
                yield _row(article, names)
            done += 1
        progress(done, page.total)
        cursor = page.next_cursor
        if cursor is None:
            return


def _row(article: Article, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(article, name) for name in names}
    return {**values, "title": article.given_title}


def _jsonl(target: Path, _names: tuple[str, ...], rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with target.open("w", encoding="utf-8") as file:
        for row in rows:
            given = {name: value for name, value in row.items() if value is not None}
            file.write(json.dumps(given, ensure_ascii=False, default=lambda t: t.isoformat()))
            file.write("\n")
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


def _parquet(target: Path, names: tuple[str, ...], rows: Iterator[dict[str, Any]]) -> int:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise ExtraMissing(
            "Parquet files need the package pyarrow.",
            remedy="Run `pip install 'dateline[parquet]'`.",
        ) from error
    types = {"published_at": pa.timestamp("us", "UTC"), "updated_at": pa.timestamp("us", "UTC")}
    types["version"] = pa.int32()
    schema = pa.schema([(name, types.get(name, pa.string())) for name in names])
    count = 0
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        batch: list[dict[str, Any]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == PAGE:
                writer.write_table(pa.Table.from_pylist(batch, schema))
                count, batch = count + len(batch), []
        if batch:
            writer.write_table(pa.Table.from_pylist(batch, schema))
    return count + len(batch)
