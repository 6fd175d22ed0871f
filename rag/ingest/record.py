"""Turn one article given as a JSON object or a table's row into a source."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rag import moments
from rag.errors import ArticleError, MappingError
from rag.ingest import urls
from rag.types import Source

FIELDS = (
    "id", "url", "title", "outlet", "author", "published_at", "updated_at", "language", "section",
    "place", "text",
)  # fmt: skip

ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": ("guid", "article_id", "uid"),
    "url": ("link", "permalink", "href", "canonical_url"),
    "title": ("headline",),
    "outlet": ("source", "publisher", "publication", "site_name", "sitename", "newspaper"),
    "author": ("authors", "byline", "creator"),
    "published_at": ("date", "published", "publish_date", "published_date", "publication_date",
                     "pubdate", "date_published", "datepublished"),
    "updated_at": ("updated", "modified", "modified_at", "date_modified", "datemodified",
                   "lastmod", "last_modified"),
    "language": ("lang",),
    "section": ("category", "rubric", "desk"),
    "place": ("dateline",),
    "text": ("body", "content", "article", "maintext", "full_text", "fulltext"),
}  # fmt: skip
"""Names that archives use for our fields; read in files, not over HTTP."""

Mapping_ = Mapping[str, str]


def parse_mapping(words: str) -> dict[str, str]:
    """Read ``title=headline,text=body``: our field, then the name or dotted path in the file.

    Raises MappingError.
    """
    mapping: dict[str, str] = {}
    for pair in words.split(","):
        field, sign, name = (part.strip() for part in pair.partition("="))
        if not sign or not name or field not in FIELDS or field in mapping:
            wrong = "given twice" if field in mapping else "not a pair of field and name"
            raise MappingError(
                f"The mapping {pair.strip()[:80]!r} is {wrong}.",
                remedy=f"Write it like title=headline; the fields are {', '.join(FIELDS)}.",
            )
        mapping[field] = name
    return mapping


def source_from_record(
    record: object,
    *,
    place: str,
    origin: str,
    mapping: Mapping_ | None = None,
    aliases: bool = False,
) -> Source:
    """Check a record's fields; ``place`` names it in messages, ``origin`` is its identity.

    ``mapping`` says what our fields are called in it; what it does not name then does not matter.
    ``aliases`` also takes the names in ALIASES. Raises ArticleError for a record that is no object,
    unknown fields, wrong types or a bad date.
    """
    if not isinstance(record, dict):
        raise ArticleError(f"{place} is not a JSON object.")
    names = field_names(record, mapping, aliases=aliases)
    if mapping is None and (unknown := sorted(str(key) for key in {*record} - {*names.values()})):
        raise ArticleError(
            f"{place} has the unknown field {unknown[0]!r}.",
            remedy=f"The fields are {', '.join(FIELDS)}; "
            "in files, --map names others and passes over the rest.",
        )
    lenient = aliases or mapping is not None
    values = {
        field: _value(_found(record, name), field, place, lenient=lenient)
        for field, name in names.items()
    }
    text = values.get("text")
    if text is None:
        called = f" (called {names['text']!r})" if names.get("text", "text") != "text" else ""
        raise ArticleError(f"{place} has no 'text'{called}.")
    url = values.get("url")
    url = urls.canonical(url) if url else None
    given = values.get("id")
    return Source(
        text=text,
        origin=url or (f"api:{given}" if given else origin),
        id=given,
        url=url,
        title=values.get("title"),
        outlet=values.get("outlet"),
        author=values.get("author"),
        published_at=parse_time(values.get("published_at"), place, lenient=lenient),
        updated_at=parse_time(values.get("updated_at"), place, "updated_at", lenient=lenient),
        language=values.get("language"),
        section=values.get("section"),
        place=values.get("place"),
    )


def field_names(
    keys: Mapping[Any, Any], mapping: Mapping_ | None, *, aliases: bool
) -> dict[str, str]:
    """Return what each of our fields is called among ``keys``: mapped, by its name, by an alias."""
    names = dict(mapping or {})
    taken = set(names.values())
    folded = {str(key).strip().casefold(): key for key in reversed(list(keys))} if aliases else {}
    for field in FIELDS:
        if field in names:
            continue
        if field in keys and field not in taken:
            names[field] = field
        elif aliases:
            for alias in (field, *ALIASES[field]):
                if alias in folded and folded[alias] not in taken:
                    names[field] = folded[alias]
                    break
        taken.add(names.get(field, ""))
    return names


def _found(record: Mapping[str, Any], name: str) -> object:
    """Look a name up as it is, else as a dotted path into nested objects."""
    if name in record:
        return record[name]
    value: object = record
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _value(value: object, field: str, place: str, *, lenient: bool) -> str | None:
    if lenient and isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ("\n\n" if field == "text" else ", ").join(value)
    elif lenient and field == "id" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise ArticleError(f"{place}: {field!r} must be a string, not {type(value).__name__}.")
    if field == "text":
        return value
    return (value.strip() or None) if value else None


def parse_time(
    value: str | None, place: str, field: str = "published_at", *, lenient: bool = False
) -> datetime | None:
    """Read a record's date: ISO 8601, and as in e-mail when ``lenient``; raises ArticleError."""
    if value is None:
        return None
    try:
        return moments.parse(value)
    except ValueError as error:
        if lenient and (moment := _as_in_mail(value)):
            return moment
        raise ArticleError(
            f"{place}: {field!r} is {value[:40]!r}, which is not an ISO 8601 date or time.",
            remedy="Write it like 2025-03-18 or 2025-03-18T14:00:00Z.",
        ) from error


def _as_in_mail(value: str) -> datetime | None:
    """Read `Tue, 18 Mar 2025 14:00:00 GMT` (RFC 5322); nothing that leaves the day in doubt."""
    if not re.fullmatch(r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{5,8} \S+", value):
        return None
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
