"""What the catalogue's rows say, in the library's own types."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.engine import Row

from rag.errors import ArticleNotFound, CursorError
from rag.store.schema import article, article_version
from rag.types import Article, Reprint

Vectors = np.ndarray[Any, np.dtype[np.float32]]

VERSION_FIELDS = (
    "title", "title_from", "outlet", "author", "published_at", "published_from", "updated_at",
    "language", "url", "section", "place", "text", "text_hash",
)  # fmt: skip
"""The columns of a version that the article carries under the same names."""
CURRENT = (article_version.c.article_id == article.c.id) & (
    article_version.c.version == article.c.version
)
"""Joins an article with the version that answers use."""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A passage as the derived indexes need it."""

    key: int
    id: str
    article_id: str
    title: str | None
    text: str
    outlet: str | None
    published_at: datetime | None
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two generations."""

    generation: int
    removed: tuple[str, ...]
    added: tuple[IndexRow, ...]


def is_vector(found: Vectors, dimension: int) -> bool:
    """Whether a stored vector can be searched: the right length, and numbers throughout."""
    return found.shape == (dimension,) and bool(np.isfinite(found).all())


def vector_of(stored: bytes) -> Vectors:
    """Read a stored vector; one that was cut is shorter than the others."""
    return np.frombuffer(stored[: len(stored) // 4 * 4], dtype="<f4")


def article_of(row: Row[Any]) -> Article:
    """Read an article from a row of both its tables."""
    return Article(
        id=row.article_id,
        version=row.version,
        latest_version=row.latest_version,
        cluster_id=row.cluster_id,
        status=row.status,
        note=row.note,
        origins=json.loads(row.origins),
        **{name: getattr(row, name) for name in VERSION_FIELDS},
    )


def version_values(new: Article) -> dict[str, Any]:
    """Write an article's version as columns."""
    values = {name: getattr(new, name) for name in VERSION_FIELDS}
    return {**values, "origins": json.dumps(dict(new.origins), sort_keys=True)}


def same(current: Row[Any], new: Article) -> bool:
    """Whether text and metadata are as they are stored; where they came from does not count.

    A language that was only detected is no change: the text would have changed with it.
    """
    detected = new.origins.get("language") == "derived"
    return all(
        getattr(current, name) == getattr(new, name)
        for name in VERSION_FIELDS
        if not (detected and name == "language")
    )


def reprint_of(row: Row[Any]) -> Reprint:
    """Read what is shown of an article that carries the same text as another."""
    return Reprint(
        article_id=row.article_id, outlet=row.outlet, published_at=row.published_at, url=row.url
    )


def missing(article_id: str, version: int | None = None) -> ArticleNotFound:
    """Say that there is no such article or version."""
    which = f"version {version} of the article" if version else "article"
    return ArticleNotFound(
        f"There is no {which} {article_id[:200]!r}.",
        remedy="GET /v1/articles lists the articles, and so does `dateline articles`.",
    )


def encode_cursor(last: str) -> str:
    """Hide the last id of a page in an opaque cursor."""
    return base64.urlsafe_b64encode(last.encode()).decode()


def decode_cursor(cursor: str | None) -> str:
    """Read a cursor; raises CursorError."""
    if not cursor:
        return ""
    try:
        return base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise CursorError(
            f"{cursor[:60]!r} is not a cursor.", remedy="Use `next_cursor` of the last page."
        ) from error


def moment_cursor(at: datetime, last: str) -> str:
    """Make the cursor of a list in the order of moments, from its last item."""
    return encode_cursor(f"{at.isoformat()} {last}")


def number_cursor(number: int) -> str:
    """Return where an item stands in a list that is numbered."""
    return encode_cursor(str(number))


def number_position(cursor: str) -> int:
    """Read one; raises CursorError."""
    written = decode_cursor(cursor)
    if not re.fullmatch(r"\d{1,18}", written, re.ASCII):
        raise CursorError(
            f"{cursor[:60]!r} is not a cursor of this list.",
            remedy="Use `next_cursor` of the last page.",
        )
    return int(written)


def moment_position(cursor: str) -> tuple[datetime, str]:
    """Read one; raises CursorError."""
    moment, _, last = decode_cursor(cursor).partition(" ")
    try:
        return datetime.fromisoformat(moment), last
    except ValueError as error:
        raise CursorError(
            f"{cursor[:60]!r} is not a cursor of this list.",
            remedy="Use `next_cursor` of the last page.",
        ) from error
