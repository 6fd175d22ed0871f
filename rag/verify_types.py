"""What comes of checking a text against articles; no logic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rag.documented import DOCUMENTED
from rag.types import Notice

Verdict = Literal["supported", "contradicted", "not_found"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An article to check against that is not in the collection."""

    text: str
    id: str
    title: str | None = None
    outlet: str | None = None
    url: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPassage:
    """A passage that a sentence was held against."""

    __pydantic_config__ = DOCUMENTED

    article_id: str
    version: int | None
    """Null for an article that came with the request."""
    start: int
    """First code point in the article's text."""
    end: int
    """One past the last code point: `article.text[start:end] == text`."""
    text: str
    title: str | None
    outlet: str | None
    published_at: datetime | None
    url: str | None
    supported: float | None
    """Probability in [0, 1] that it carries the sentence; null where no network judges."""
    contradicted: float | None
    """Probability in [0, 1] that it says otherwise."""
    reason: str | None
    """The rule by which the sentence differs from it, such as `number_differs`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSentence:
    """One sentence of the text."""

    __pydantic_config__ = DOCUMENTED

    start: int
    """First code point in the text that was checked."""
    end: int
    text: str
    verdict: Verdict
    """`not_found`: no passage says it or otherwise; that does not make it wrong."""
    reason: str | None
    """Why it is not supported: a rule such as `number_differs`, `contradicted` or `not_stated` of
    the judge, `no_passage`, or `no_claim` for a sentence without content."""
    passages: tuple[CheckedPassage, ...]
    """Those looked at, the one that decided first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Every sentence of a text with its verdict."""

    __pydantic_config__ = DOCUMENTED

    sentences: tuple[CheckedSentence, ...]
    supported: int
    contradicted: int
    not_found: int
    models: dict[str, str]
    """Name and fingerprint of what judged."""
    notices: tuple[Notice, ...]
