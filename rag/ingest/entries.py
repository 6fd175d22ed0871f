"""Make sources of what the parsers found on pages and in feeds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rag.errors import InputError, SourceEmpty
from rag.types import FieldOrigin, Source

_TEXTS = ("url", "title", "outlet", "author", "language", "section", "place")
_TIMES = ("published_at", "updated_at")


def page_source(found: Mapping[str, Any], origin: str, name: str | None = None) -> Source:
    """Make a source of a page's fields; its own URL is its identity where it states one."""
    return _source(found, "page", found.get("url") or origin, name)


def feed_sources(
    found: Mapping[str, Any], place: str, origin: str
) -> Iterator[Source | InputError]:
    """Make sources of a feed's entries, as full as the feed has them."""
    for number, entry in enumerate(found["entries"], start=1):
        identity = entry.get("url") or f"{origin}#{entry.get('guid') or number}"
        if not entry["text"].strip():
            error = SourceEmpty(f"{place}, item {number} has no text.")
            error.origin = identity
            yield error
            continue
        yield entry_source(entry, found, identity)


def entry_source(entry: Mapping[str, Any], feed: Mapping[str, Any], origin: str) -> Source:
    """Make a source of one entry; what it does not say of outlet and language, its feed does."""
    fields = {"outlet": feed["title"], "language": feed["language"], **entry}
    guid = entry.get("guid")
    given = None
    if guid and not entry.get("url"):
        given = f"g-{hashlib.sha256(guid.encode()).hexdigest()[:16]}"
    return _source(fields, "feed", origin, None, given)


def completed(page: Source, entry: Mapping[str, Any], feed: Mapping[str, Any]) -> Source:
    """Fill what a page does not say of its article from the feed that led to it."""
    from dataclasses import replace

    other = entry_source(entry, feed, page.origin)
    missing = {
        name: getattr(other, name)
        for name in (*_TEXTS, *_TIMES)
        if getattr(page, name) is None and getattr(other, name) is not None
    }
    origins: dict[str, FieldOrigin] = {**page.origins, **dict.fromkeys(missing, "feed")}
    return replace(page, **missing, origins=origins)


def _source(
    found: Mapping[str, Any], kind: FieldOrigin, origin: str, name: str | None,
    given: str | None = None,
) -> Source:  # fmt: skip
    texts: dict[str, Any] = {field: found[field] for field in _TEXTS if found.get(field)}
    times: dict[str, Any] = {
        field: datetime.fromisoformat(found[field]) for field in _TIMES if found.get(field)
    }
    return Source(
        text=found["text"],
        origin=origin,
        name=name,
        id=given,
        **texts,
        **times,
        origins=dict.fromkeys((*texts, *times), kind),
    )
