"""Clean an article's text and find its dateline, its title and what is not news in it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import urlsplit

from rag.errors import ArticleError, SourceEmpty, SourceTooLarge
from rag.ingest.boilerplate import news_spans
from rag.language import Span, sentences
from rag.types import Article, Source

MAX_TITLE = 90
MAX_FIELD = 1_000
MAX_ID = 200

# "MOSCOW" alone on the first line, or "MOSCOW — " and "WASHINGTON, D.C. (AP) — " before the text.
_PLACE_LINE = re.compile(r"([A-Z][A-Z .,'’-]{2,40})\n")
_PLACE_LEAD = re.compile(
    r"([A-Z][A-Z.'’-]+(?:[ ,]+[A-Z][A-Za-z.'’-]+){0,4})(?: \([A-Z]\w*\))? ?[—–-]{1,2} "
)


def clean(source: Source, max_chars: int) -> tuple[Article, list[Span]]:
    """Return the article (version 0: not stored yet) and the spans of its text that are news.

    Raises SourceEmpty, SourceTooLarge, or ArticleError for a field that breaks the rules.
    """
    place_name = source.id or source.name or source.origin
    if len(source.text) > max_chars:
        raise SourceTooLarge(
            f"The text of {place_name} has {len(source.text):,} code points; the most is "
            f"{max_chars:,}.",
            remedy="Split it, or raise DATELINE_MAX_ARTICLE_CHARS.",
        )
    text = clean_text(source.text)
    if not any(char.isalnum() for char in text):
        raise SourceEmpty(f"There is no text in {place_name}.")
    for name in ("id", "title", "outlet", "author", "url", "language"):
        _check_field(place_name, name, getattr(source, name))
    place, start = dateline(text)
    spans = news_spans(text, start)
    title = source.title or derived_title(text, spans)
    text_hash = hashlib.sha256(text.encode()).hexdigest()
    article = Article(
        id=source.id or make_id(source),
        version=0,
        title=" ".join(title.split()),
        title_from="metadata" if source.title else "derived",
        outlet=source.outlet,
        author=source.author,
        published_at=source.published_at,
        published_from="metadata" if source.published_at else "unknown",
        language=source.language,
        url=source.url,
        place=place,
        text=text,
        text_hash=text_hash,
        cluster_id=cluster_key(text),
        status="live",
    )
    return article, spans


def clean_text(raw: str) -> str:
    """Unify line ends, drop control characters and white space at line ends; letters stay."""
    try:
        raw.encode()
    except UnicodeEncodeError as error:
        raise ArticleError(
            f"The text holds a lone surrogate at offset {error.start}, which is not a character."
        ) from error
    text = raw.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text = text.translate(_CONTROLS)
    text = re.sub(r"[^\S\n]+\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


# Every control character but line feed and tab; the line separators splitlines() knows become \n.
_CONTROLS: dict[int, str | None] = {
    code: None for code in range(160) if unicodedata.category(chr(code)) == "Cc"
}
_CONTROLS |= dict.fromkeys((11, 12, 133, 8232, 8233), "\n")
_CONTROLS |= dict.fromkeys((28, 29, 30))
del _CONTROLS[ord("\n")], _CONTROLS[ord("\t")]


def dateline(text: str) -> tuple[str | None, int]:
    """Return the place an article is filed from and where its news begins."""
    for pattern in (_PLACE_LINE, _PLACE_LEAD):
        if match := pattern.match(text):
            return match.group(1).strip(" ,"), match.end()
    return None, 0


def derived_title(text: str, spans: list[Span]) -> str:
    """Return the beginning of the first sentence, cut at a word to at most MAX_TITLE."""
    start, end = spans[0] if spans else (0, len(text))
    first = next(iter(sentences(text, start, min(end, start + 2_000))), (start, end))
    title = " ".join(text[first[0] : first[1]].split())
    if len(title) <= MAX_TITLE:
        return title
    return title[:MAX_TITLE].rsplit(" ", 1)[0].rstrip(",;:—– ") + "…"


def make_id(source: Source) -> str:
    """Make an id from the file's name, else from the URL or the text."""
    if source.name:
        slug = re.sub(r"[^\w.-]+", "-", source.name).strip("-.")[:80]
        if slug:
            return slug
    seed = source.url or source.text
    return f"a-{hashlib.sha256(seed.encode()).hexdigest()[:16]}"


def cluster_key(text: str) -> str:
    """Name the group of articles whose words are the same, whatever their marks and spaces."""
    words = re.sub(r"\W+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
    return f"c-{hashlib.sha256(words.encode()).hexdigest()[:16]}"


def _check_field(place: str, name: str, value: str | None) -> None:
    if value is None:
        return
    limit = MAX_ID if name == "id" else MAX_FIELD
    if len(value) > limit:
        raise ArticleError(
            f"{place[:80]}: {name!r} has {len(value):,} code points; the most is {limit}."
        )
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
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
