"""Clean an article's text and find its dateline, its title and what is not news in it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from rag.errors import ArticleError, SourceEmpty, SourceTooLarge
from rag.ingest.boilerplate import news_spans
from rag.ingest.detect import language
from rag.ingest.place import dateline
from rag.ingest.urls import canonical
from rag.language import Span, sentences
from rag.types import Article, DateOrigin, FieldOrigin, Source, TitleOrigin

MAX_TITLE = 90
MAX_FIELD = 1_000
MAX_ID = 200


def clean(source: Source, max_chars: int) -> tuple[Article, list[Span]]:
    """Return the article (version 0: not stored yet) and the spans of its text that are news.

    Raises SourceEmpty, SourceTooLarge, or ArticleError for a field that breaks the rules.
    """
    file = PurePosixPath(source.origin.removeprefix("upload:")).name if source.name else ""
    place_name = source.id or file or source.origin
    if len(source.text) > max_chars:
        raise SourceTooLarge(
            f"The text of {place_name} has {len(source.text):,} code points; the most is "
            f"{max_chars:,}.",
            remedy="Split it, or raise DATELINE_MAX_ARTICLE_CHARS.",
        )
    text = clean_text(source.text)
    if not any(char.isalnum() for char in text):
        raise SourceEmpty(f"There is no text in {place_name}.")
    for name in _FIELDS:
        _check_field(place_name, name, getattr(source, name))
    place, start = dateline(text)
    spans = news_spans(text, start)
    if not spans:
        raise SourceEmpty(
            f"There is no news in {place_name}, only appeals, credits or links.",
            remedy="Hand in the article itself.",
        )
    title = source.title or derived_title(text, spans)
    origins = _origins(source)
    if source.place is None and place is not None:
        origins["place"] = "text"
    if source.title is None:
        origins["title"] = "derived"
    spoken = source.language or language(text, spans[0][0])
    if source.language is None and spoken is not None:
        origins["language"] = "derived"
    article = Article(
        id=source.id or make_id(source),
        version=0,
        title=" ".join(title.split()),
        title_from=_TITLE_FROM.get(origins["title"], "metadata"),
        outlet=source.outlet,
        author=source.author,
        published_at=source.published_at,
        published_from=_published_from(origins.get("published_at")),
        updated_at=source.updated_at,
        language=spoken,
        url=canonical(source.url) if source.url else None,
        section=source.section,
        place=source.place or place,
        origins=origins,
        text=text,
        text_hash=hashlib.sha256(text.encode()).hexdigest(),
        cluster_id=cluster_key(text),
        status="live",
    )
    return article, spans


_FIELDS = ("id", "title", "outlet", "author", "url", "language", "section", "place")
_TITLE_FROM: dict[str, TitleOrigin] = {"derived": "derived", "page": "page", "feed": "feed"}


def _origins(source: Source) -> dict[str, FieldOrigin]:
    """Say of each field that is known where it came from."""
    names = (*_FIELDS[1:], "published_at", "updated_at")
    return {
        name: source.origins.get(name, "given")
        for name in names
        if getattr(source, name) is not None
    }


def _published_from(origin: FieldOrigin | None) -> DateOrigin:
    match origin:
        case None:
            return "unknown"
        case "page" | "feed":
            return origin
        case _:
            return "metadata"


def clean_text(raw: str) -> str:
    """Unify line ends, drop control characters and white space at line ends; letters stay."""
    try:
        raw.encode()
    except UnicodeEncodeError as error:
        raise ArticleError(
            f"The text holds a lone surrogate at offset {error.start}, which is not a character."
        ) from error
    text = raw.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        text = text.translate(_CONTROLS)
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


# Every control character but line feed and tab; the line separators splitlines() knows become \n.
_CONTROLS: dict[int, str | None] = {
    code: None for code in range(160) if unicodedata.category(chr(code)) == "Cc"
}
_CONTROLS |= dict.fromkeys((11, 12, 133, 8232, 8233), "\n")
_CONTROLS |= dict.fromkeys((28, 29, 30))
del _CONTROLS[ord("\n")], _CONTROLS[ord("\t")]
# Translating takes longer than all the rest, and hardly any article needs it.
_CONTROL = re.compile(f"[{re.escape(''.join(map(chr, _CONTROLS)))}]")
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def derived_title(text: str, spans: list[Span]) -> str:
    """Return the beginning of the first sentence, cut at a word to at most MAX_TITLE."""
    start, end = spans[0] if spans else (0, len(text))
    first = next(iter(sentences(text, start, min(end, start + 2_000))), (start, end))
    title = " ".join(text[first[0] : first[1]].split())
    if len(title) <= MAX_TITLE:
        return title
    return title[:MAX_TITLE].rsplit(" ", 1)[0].rstrip(",;:—– ") + "…"


def make_id(source: Source) -> str:
    """Make an id from the URL, else from the file's name or the text."""
    if source.name and not source.url:
        slug = re.sub(r"[^\w.-]+", "-", source.name).strip("-.")[:80]
        if slug:
            return slug
    seed = canonical(source.url) if source.url else source.text
    return f"a-{hashlib.sha256(seed.encode()).hexdigest()[:16]}"


def cluster_key(text: str) -> str:
    """Name the group of articles whose words are the same, whatever their marks and spaces."""
    words = " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))
    return f"c-{hashlib.sha256(words.encode()).hexdigest()[:16]}"


def _check_field(place: str, name: str, value: str | None) -> None:
    if value is None:
        return
    limit = MAX_ID if name == "id" else MAX_FIELD
    if len(value) > limit:
        raise ArticleError(
            f"{place[:80]}: {name!r} has {len(value):,} code points; the most is {limit}."
        )
    if _FORBIDDEN.search(value):
        raise ArticleError(f"{place[:80]!r}: {name!r} holds a control character.")
    if name == "id" and not re.fullmatch(r"[\w.:@~+-]+", value):
        raise ArticleError(
            f"The id {value[:80]!r} has a character that is none of letters, digits, . : @ ~ + - _",
            remedy="Leave the id out to have one made.",
        )
    if name == "url":
        _check_url(place, value)


def _check_url(place: str, value: str) -> None:
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise ArticleError(f"{place[:80]}: 'url' is not a URL: {error}.") from error
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ArticleError(f"{place[:80]}: 'url' must begin with http:// or https://.")
