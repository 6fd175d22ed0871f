"""Read articles from the web: a page, a PDF or text file, or all items of a feed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rag.errors import InputError, SourceEmpty, SourceUnsupported, UrlUnreachable
from rag.ingest import urls
from rag.ingest.confine import PARSER
from rag.ingest.decode import decode
from rag.ingest.entries import completed, entry_source, page_source
from rag.ingest.feed import is_feed
from rag.ingest.fetch import Fetched, Fetcher
from rag.ingest.options import Options, Remembered
from rag.types import Source

# A feed's item of at least this many code points is the article itself; a shorter one announces it.
FULL_CHARS = 1_500
_XML = ("application/rss+xml", "application/atom+xml", "application/xml", "text/xml",
        "application/rdf+xml")  # fmt: skip
_HTML = ("text/html", "application/xhtml+xml", "")


def web_sources(
    url: str, options: Options, fetcher: Fetcher | None = None
) -> Iterator[Source | InputError]:
    """Yield the article at a URL, or those that the feed there lists.

    A feed and its items are remembered once all of them were handed out, and what has not changed
    since yields nothing; a page that is asked for by itself always comes. Errors are yielded.
    """
    with fetcher or Fetcher(options.fetching) as open_fetcher:
        try:
            fetched = open_fetcher.get(url, options.memory.get(urls.canonical(url)))
            if fetched is None:
                return
            if _has_feed(fetched):
                yield from _feed(fetched, open_fetcher, options, url)
            else:
                yield _article(fetched, options)
        except InputError as error:
            error.origin = error.origin or url
            yield error


def _has_feed(fetched: Fetched) -> bool:
    """Whether it is a feed, also where its server calls it a page."""
    called_page = fetched.media_type in _HTML[:2]
    begins_as_xml = fetched.data.lstrip()[:5].lower() in (b"<?xml", b"<rss ", b"<feed")
    return is_feed(fetched.data) and (begins_as_xml or not called_page)


def _feed(
    fetched: Fetched, fetcher: Fetcher, options: Options, url: str
) -> Iterator[Source | InputError]:
    """Yield a feed's items, fetched where the feed only announces them.

    The feed itself is remembered only when no item has to be tried again.
    """
    feed: dict[str, Any] = PARSER.parse(
        "feed", fetched.data, fetched.url, options.limits, charset=fetched.charset, url=fetched.url
    )
    seen: list[Remembered] = []
    again = False
    for number, entry in enumerate(feed["entries"], start=1):
        origin = entry.get("url") or f"{url}#{entry.get('guid') or number}"
        try:
            source = _item(entry, feed, origin, fetcher, options, seen)
        except InputError as error:
            error.origin = origin
            again = again or isinstance(error, UrlUnreachable)
            yield error
            continue
        if source is not None:
            yield source
    if not again:
        seen.append(Remembered(urls.canonical(url), fetched.etag, fetched.last_modified))
    for remembered in seen:
        if remembered.etag or remembered.last_modified:
            options.memory.put(remembered)


def _item(
    entry: dict[str, Any],
    feed: dict[str, Any],
    origin: str,
    fetcher: Fetcher,
    options: Options,
    seen: list[Remembered],
) -> Source | None:
    if not entry["summary"] and len(entry["text"]) >= FULL_CHARS:
        return entry_source(entry, feed, origin)
    if "url" not in entry:
        if not entry["text"].strip():
            raise SourceEmpty(f"The item {origin} has neither text nor a link.")
        return entry_source(entry, feed, origin)
    # No canonical URL has a fragment, so this is not mistaken for the page asked for by itself.
    key = f"{entry['url']}#item"
    fetched = fetcher.get(entry["url"], options.memory.get(key))
    if fetched is None:
        return None
    seen.append(Remembered(key, fetched.etag, fetched.last_modified))
    return completed(_article(fetched, options), entry, feed)


def _article(fetched: Fetched, options: Options) -> Source:
    data, url, limits = fetched.data, fetched.url, options.limits
    if data.startswith(b"%PDF-"):
        found = PARSER.parse("pdf", data, url, limits)
        return page_source({**found, "url": urls.canonical(url)}, url)
    if fetched.media_type in _HTML:
        found = PARSER.parse("page", data, url, limits, charset=fetched.charset, url=url)
        return page_source(found, url)
    if fetched.media_type == "text/plain":
        text = decode(data, url, fetched.charset)
        return page_source({"text": text, "url": urls.canonical(url)}, url)
    if fetched.media_type in _XML:
        raise SourceUnsupported(f"{url} is XML but neither RSS nor Atom.")
    raise SourceUnsupported(
        f"{url} is {fetched.media_type[:80]!r}.",
        remedy="Pages, feeds, text and PDF files are read from the web.",
    )
