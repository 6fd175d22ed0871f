"""Turn one article given as a JSON object into a source."""

from __future__ import annotations

from datetime import datetime

from rag import moments
from rag.errors import ArticleError
from rag.types import Source

FIELDS = ("id", "url", "title", "outlet", "author", "published_at", "language", "text")


def source_from_record(record: object, *, place: str, origin: str) -> Source:
    """Check a record's fields; ``place`` names it in messages, ``origin`` is its identity.

    Raises ArticleError for a record that is no object, unknown fields, wrong types or a bad date.
    """
    if not isinstance(record, dict):
        raise ArticleError(f"{place} is not a JSON object.")
    unknown = sorted(str(key) for key in record if key not in FIELDS)
    if unknown:
        raise ArticleError(
            f"{place} has the unknown field {unknown[0]!r}.",
            remedy=f"The fields are {', '.join(FIELDS)}.",
        )
    values: dict[str, str | None] = {}
    for name in FIELDS:
        value = record.get(name)
        if value is not None and not isinstance(value, str):
            raise ArticleError(f"{place}: {name!r} must be a string, not {type(value).__name__}.")
        values[name] = value.strip() or None if value and name != "text" else value
    text = values["text"]
    if text is None:
        raise ArticleError(f"{place} has no 'text'.")
    url = values["url"]
    return Source(
        text=text,
        origin=url or (f"api:{values['id']}" if values["id"] else origin),
        id=values["id"],
        url=url,
        title=values["title"],
        outlet=values["outlet"],
        author=values["author"],
        published_at=parse_time(values["published_at"], place),
        language=values["language"],
    )


def parse_time(value: str | None, place: str) -> datetime | None:
    """Read a record's date; raises ArticleError."""
    if value is None:
        return None
    try:
        return moments.parse(value)
    except ValueError as error:
        raise ArticleError(
            f"{place}: 'published_at' is {value[:40]!r}, which is not an ISO 8601 date or time.",
            remedy="Write it like 2025-03-18 or 2025-03-18T14:00:00Z.",
        ) from error
