"""The articles of a public set, as most of them write them down."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval import jsonl
from eval.cases import Gold
from rag import moments
from rag.types import Source


def read_documents(path: Path) -> list[Source]:
    """Read ``{id, title, source, published_at, text}``, one a line."""
    return [source(row) for row in jsonl.values(path)]


def source(row: Mapping[str, Any], *, text: str | None = None, name: str | None = None) -> Source:
    """Turn a document into an article, with another text or id where they are given."""
    published = row.get("published_at")
    return Source(
        text=row["text"] if text is None else text,
        origin=f"set:{name or row['id']}",
        id=name or row["id"],
        title=row.get("title") or None,
        outlet=row.get("source") or row.get("outlet") or None,
        published_at=moments.parse(published) if published else None,
    )


def each(*golds: Gold) -> tuple[tuple[Gold, ...], ...]:
    """Make every piece of evidence one thing to find."""
    return tuple((gold,) for gold in golds)


def articles(names: list[str]) -> tuple[tuple[Gold, ...], ...]:
    """Make any of these articles the evidence, where a set has no sentences."""
    return (tuple(Gold(article=name) for name in names),) if names else ()
