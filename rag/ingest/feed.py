"""Read RSS and Atom feeds with feedparser."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime
from typing import Any

from rag.errors import SourceDamaged, SourceUnsupported
from rag.ingest import structured, urls
from rag.ingest.decode import declared_in, decode
from rag.ingest.page import fragment_text

MAX_ENTRIES = 10_000
_ROOT = re.compile(r"<(?:\w+:)?(rss|feed|rdf)\b", re.IGNORECASE)
# No feed needs entities of its own, and they can make a small file expand to gigabytes.
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)


def is_feed(data: bytes) -> bool:
    """Whether the beginning of a file is that of a feed."""
    return bool(_ROOT.search(data[:4_096].decode("latin-1")))


def parse_feed(data: bytes, place: str, charset: str | None, url: str | None) -> dict[str, Any]:
    """Return ``title``, ``language`` and the ``entries``, each with our fields.

    An entry's ``text`` is its full content or, with ``summary`` set, only its description. Raises
    SourceUnsupported for XML that is no feed, SourceDamaged for one with entities or broken XML.
    """
    text = decode(data, place, charset or declared_in(data))
    if not _ROOT.search(text[:4_096]):
        raise SourceUnsupported(
            f"{place} is XML but neither RSS nor Atom.", remedy="Only feeds are read as XML."
        )
    if _ENTITY.search(text):
        raise SourceDamaged(
            f"{place} declares entities, which no feed needs.", remedy="Get it from its publisher."
        )
    import feedparser

    found = feedparser.parse(
        re.sub(r"\A\s*<\?xml[^>]*\?>", "", text).strip().encode(),
        response_headers={"content-type": "application/xml; charset=utf-8",
                          **({"content-location": url} if url else {})},
        sanitize_html=False,
        resolve_relative_uris=bool(url),
    )  # fmt: skip
    if found.bozo and not found.entries:
        raise SourceDamaged(
            f"{place} is not well-formed: {found.get('bozo_exception')}.",
            remedy="Get it again.",
        )
    return {
        "title": _plain(found.feed.get("title"), place),
        "language": found.feed.get("language"),
        "entries": [
            _entry(entry, f"{place}, item {number}")
            for number, entry in enumerate(found.entries[:MAX_ENTRIES], start=1)
        ],
    }


def _entry(entry: Any, place: str) -> dict[str, Any]:
    contents = [item.get("value") or "" for item in entry.get("content", ())]
    full = max(contents, key=len, default="")
    summary = entry.get("summary") or ""
    tags = [tag.get("term") for tag in entry.get("tags", ()) if tag.get("term")]
    link = entry.get("link")
    fields = {
        "guid": entry.get("id"),
        "url": urls.canonical(link) if link and urls.is_url(link) else None,
        "title": _plain(entry.get("title"), place),
        "author": ", ".join(name for item in entry.get("authors", ()) if (name := item.get("name")))
        or entry.get("author"),
        "section": tags[0] if tags else None,
        "language": (entry.get("content") or [{}])[0].get("language"),
        "published_at": _time(entry, "published"),
        "updated_at": _time(entry, "updated"),
    }
    chosen = full if len(full) >= len(summary) else summary
    return {
        **{name: value for name, value in fields.items() if value},
        "text": fragment_text(chosen, place) if chosen.strip() else "",
        "summary": not full,
    }


def _time(entry: Any, name: str) -> str | None:
    """Return a time of the entry in ISO 8601, by our reading or by feedparser's."""
    # feedparser hands out `published` for `updated` where that is missing, with a warning.
    stated = dict.get(entry, name)
    if not stated:
        return None
    moment = structured.read_time(stated)
    if moment is None and (parsed := dict.get(entry, f"{name}_parsed")):
        moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    return moment.isoformat() if moment else None


def _plain(markup: str | None, place: str) -> str | None:
    if not markup:
        return None
    return " ".join(fragment_text(markup, place).split()) if "<" in markup else markup.strip()
