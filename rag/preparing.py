"""What is made of an article before it is stored, on one machine and on many alike."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from rag.errors import DatelineError, InputError
from rag.ingest import chunk, clean, shingles
from rag.language import Span
from rag.models.embedder import Vectors
from rag.store.catalogue import Catalogue
from rag.types import Article, Refused, Source, Stored

T = TypeVar("T")

log = logging.getLogger("dateline.ingest")

BATCH = 48
"""Articles that are embedded together: enough for full batches, few enough to lose little work."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An article as it was read; its id may still have to give way to another of that name."""

    article: Article
    origin: str
    spans: list[Span]
    """What of the text is news."""
    named: bool
    """Whether its id was given, and not made of a name."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article that only lacks its vectors."""

    article: Article
    origin: str
    named: bool
    news: str
    bands: tuple[int, ...]
    """Hashes of the news by which reprints find each other."""
    passages: list[Span]

    @property
    def texts(self) -> list[str]:
        """What is embedded, one text for each passage."""
        return embedded(self.article, self.passages)


def cleaned(source: Source | InputError, max_chars: int) -> Cleaned | Refused:
    """Clean an article, or say why it cannot be stored."""
    if isinstance(source, InputError):
        return refusal(source)

    def work() -> Cleaned:
        article, spans = clean.clean(source, max_chars)
        return Cleaned(article, source.origin, spans, named=source.id is not None)

    return _spared(source.origin, work)


def prepared(item: Cleaned, tokenise: Callable[[str], list[int]]) -> Prepared | Refused:
    """Cut an article into passages, or say why that cannot be done."""

    def work() -> Prepared:
        news = shingles.news(item.article.text, item.spans)
        return Prepared(
            item.article,
            item.origin,
            item.named,
            news,
            shingles.bands(news),
            chunk.chunk(item.article.text, item.spans, tokenise),
        )

    return _spared(item.origin, work)


def refusal(error: InputError) -> Refused:
    """Say why what was read is no article."""
    return Refused(origin=error.origin or "input", code=error.code, message=str(error))


def id_of(catalogue: Catalogue, item: Cleaned | Prepared) -> str:
    """Return the id for an article, another one where its name is taken already."""
    article = item.article
    if item.named:
        return article.id
    return catalogue.free_id(article.id, item.origin, article.text_hash)


def known(catalogue: Catalogue, item: Cleaned) -> Stored | None:
    """Return what is stored when an article is already there unchanged."""
    found = catalogue.has(replace(item.article, id=id_of(catalogue, item)))
    return None if found is None else replace(found, origin=item.origin)


def renamed(item: Prepared, article_id: str) -> Prepared:
    """Return the same article under another id."""
    if item.article.id == article_id:
        return item
    return replace(item, article=replace(item.article, id=article_id))


def parted(items: Sequence[Prepared], vectors: Vectors) -> Iterator[Vectors]:
    """Yield each article's rows of the vectors of all."""
    start = 0
    for item in items:
        yield vectors[start : start + len(item.passages)]
        start += len(item.passages)


def embedded_text(title: str | None, words: str) -> str:
    """Return what is embedded for a passage: its words after the title, where one was given."""
    return words if title is None else f"{title}\n{words}"


def embedded(article: Article, passages: Sequence[Span]) -> list[str]:
    """Return what is embedded for each passage of an article."""
    return [embedded_text(article.given_title, article.text[slice(*span)]) for span in passages]


def _spared(origin: str, work: Callable[[], T]) -> T | Refused:
    """Turn what is wrong with one article into a refusal: the others must get in."""
    try:
        return work()
    except InputError as error:
        return Refused(origin=origin, code=error.code, message=str(error))
    except (DatelineError, MemoryError):
        raise
    except Exception:
        log.exception("%s could not be prepared", origin)
        said = f"{origin} broke a parser."
        return Refused(origin=origin, code=DatelineError.code, message=said)
