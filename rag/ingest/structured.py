"""Read what a page's markup says of the article: JSON-LD, OpenGraph and other meta elements.

Only what the markup states is taken. A date that stands in the text, in a file name or in a URL is
no statement of when the article was published.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rag import moments
from rag.ingest import urls

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# The schema.org types of things that are published as one article.
_ARTICLE = re.compile(r"(?:\w*Article|\w*BlogPosting|Report)\Z")
# Names of meta elements (`property`, `name` or `itemprop`), the most reliable first.
_META = {
    "title": ("og:title", "twitter:title", "dc.title", "citation_title", "parsely-title"),
    "outlet": ("og:site_name", "citation_journal_title", "dc.publisher", "publisher"),
    "author": ("author", "article:author", "parsely-author", "sailthru.author", "byl",
               "dc.creator", "dcterms.creator", "citation_author"),
    "section": ("article:section", "parsely-section", "og:article:section", "section"),
    "published_at": ("article:published_time", "og:published_time", "datepublished",
                     "og:article:published_time", "parsely-pub-date", "article:published",
                     "dc.date.issued", "dcterms.issued", "sailthru.date", "pubdate",
                     "publishdate", "publish-date", "publish_date", "publication_date",
                     "article.published", "ptime", "citation_publication_date",
                     "cxenseparse:recs:publishtime"),
    "updated_at": ("article:modified_time", "og:updated_time", "datemodified",
                   "article:modified", "og:article:modified_time", "article:updated_time",
                   "dcterms.modified", "dc.date.modified", "article.updated", "utime"),
}  # fmt: skip
_MODIFIED = re.compile(r"modif|updat|utime|last|expir|unpub", re.IGNORECASE)
# Content systems write these where they know no date.
_PLACEHOLDERS = (1, 1970)
_MAX_SCRIPTS = 50
_MAX_OBJECTS = 2_000


def fields(tree: HtmlElement, url: str | None) -> dict[str, str]:
    """Return the article's fields by our names, times in ISO 8601 and UTC, URL canonical."""
    meta = _meta(tree)
    linked = _linked_data(tree)
    found: dict[str, str | None] = {
        name: next((meta[key] for key in keys if meta.get(key)), None)
        for name, keys in _META.items()
    }
    if found["author"] and urls.is_url(found["author"]):
        found["author"] = None
    found |= {name: value for name, value in _from_linked(linked).items() if value}
    for name, attribute in (("published_at", "datePublished"), ("updated_at", "dateModified")):
        stated = found[name] or _time_element(tree, attribute)
        moment = read_time(stated) if stated else None
        found[name] = moment.isoformat() if moment else None
    found["published_at"] = found["published_at"] or _by_htmldate(tree)
    if found["updated_at"] and found["updated_at"] < (found["published_at"] or ""):
        found["updated_at"] = None
    found["language"] = _language(tree, meta, found.get("language"))
    found["url"] = _canonical(tree, meta, url)
    return {name: " ".join(value.split()) for name, value in found.items() if value}


def read_time(value: str) -> datetime | None:
    """Read a time as pages and feeds state it; None when it is none or a placeholder."""
    try:
        moment = moments.parse(value.strip())
    except ValueError:
        from email.utils import parsedate_to_datetime

        try:
            moment = parsedate_to_datetime(value.strip())
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return None if moment.year in _PLACEHOLDERS else moment


def _meta(tree: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = (element.get("content") or "").strip()
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            key = (element.get(attribute) or "").strip().lower()
            if key and content:
                found.setdefault(key, content)
    return found


def _linked_data(tree: HtmlElement) -> dict[str, Any]:
    """Return the first article among the page's JSON-LD objects, empty when there is none."""
    scripts = tree.xpath("//script[contains(@type, 'ld+json')]")
    for script in scripts[:_MAX_SCRIPTS]:
        text = (script.text or "").strip().removeprefix("<![CDATA[").removesuffix("]]>")
        try:
            loaded = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue  # the page's own mistake; its other markup may still say it
        for thing in _objects(loaded):
            kinds = thing.get("@type")
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(kind, str) and _ARTICLE.match(kind) for kind in kinds):
                return thing
    return {}


def _objects(loaded: Any) -> Iterator[dict[str, Any]]:
    queue, seen = [loaded], 0
    while queue and seen < _MAX_OBJECTS:
        thing = queue.pop(0)
        seen += 1
        if isinstance(thing, list):
            queue += thing
        elif isinstance(thing, dict):
            yield thing
            queue += [
                thing[key] for key in ("@graph", "mainEntity", "itemListElement") if key in thing
            ]


def _from_linked(article: dict[str, Any]) -> dict[str, str | None]:
    return {
        "title": _text(article.get("headline")),
        "author": _names(article.get("author")),
        "outlet": _names(article.get("publisher")),
        "section": _text(_first(article.get("articleSection"))),
        "published_at": _text(article.get("datePublished")),
        "updated_at": _text(article.get("dateModified")),
        "language": _text(_first(article.get("inLanguage"))),
        "place": _text(article.get("dateline")),
    }


def _names(value: Any) -> str | None:
    names = [
        _text(item.get("name") if isinstance(item, dict) else item)
        for item in (value if isinstance(value, list) else [value])[:20]
    ]
    return (
        ", ".join(dict.fromkeys(name for name in names if name and not urls.is_url(name))) or None
    )


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _text(value: Any) -> str | None:
    from html import unescape

    return unescape(value).strip() or None if isinstance(value, str) else None


def _time_element(tree: HtmlElement, itemprop: str) -> str | None:
    found = tree.xpath(
        f"//*[@itemprop='{itemprop}']/@datetime | //*[@itemprop='{itemprop}']/@content"
    )
    if not found and itemprop == "datePublished":
        found = tree.xpath("//time[@pubdate]/@datetime | //article//header//time[1]/@datetime")
    return str(found[0]) if found else None


def _by_htmldate(tree: HtmlElement) -> str | None:
    """Ask htmldate, which knows more names of meta elements, showing it nothing but those."""
    from htmldate import find_date
    from lxml.html import Element

    page: HtmlElement = Element("html")
    head = Element("head")
    page.append(head)
    page.append(Element("body"))
    for element in tree.iter("meta"):
        named = " ".join(element.get(key) or "" for key in ("property", "name", "itemprop"))
        if not _MODIFIED.search(named):
            head.append(Element("meta", {str(k): str(v) for k, v in element.attrib.items()}))
    found = find_date(page, extensive_search=False, original_date=True) if len(head) else None
    moment = read_time(found) if found else None
    return moment.isoformat() if moment else None


def _language(tree: HtmlElement, meta: dict[str, str], linked: str | None) -> str | None:
    stated = tree.get("lang") or tree.get("xml:lang") or linked or meta.get("content-language")
    found = re.match(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?\b", (stated or "").strip())
    return found.group().replace("_", "-") if found else None


def _canonical(tree: HtmlElement, meta: dict[str, str], url: str | None) -> str | None:
    """Return the page's own URL; one on another site does not count, it names another page."""
    stated = [str(href) for href in tree.xpath("//link[@rel='canonical']/@href")[:1]]
    stated += [meta[key] for key in ("og:url",) if key in meta]
    for candidate in stated:
        reference = url or meta.get("og:url", candidate)
        if urls.is_url(candidate) and urls.same_site(candidate, reference):
            return urls.canonical(candidate)
    return urls.canonical(url) if url else None
