"""The data of statements, quotation look-up and timelines; no logic. See `rag.types`.

Offsets count Unicode code points of the cleaned article text, end exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from rag.documented import DOCUMENTED
from rag.types import Notice, Reprint, TitleOrigin

SaidType = Literal["direct", "indirect", "mixed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One stretch of what somebody says."""

    __pydantic_config__ = DOCUMENTED

    start: int
    end: int
    text: str
    """Exactly `article.text[start:end]`, quotation marks included."""
    quote_type: SaidType


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidBy:
    """Who says it, how and when, according to the article."""

    __pydantic_config__ = DOCUMENTED

    speaker: str | None
    """One name for one speaker, whatever the spelling; null where the article leaves it open."""
    named: str | None
    """The fullest name in this article."""
    mention: str | None
    """The words that name the speaker in the sentence itself, such as `he` or `the envoy`."""
    role: str | None
    """How this article introduces the speaker, such as `US President`."""
    quote_type: SaidType
    """`direct` inside quotation marks, `indirect` reported, `mixed` both."""
    cue: str | None
    """The reporting word, such as `said`; null where the quotation goes on without."""
    medium: str | None
    """Where it was said, as written, such as `Bloomberg TV`."""
    when: str | None
    """The day of the saying as written, such as `on Friday`."""
    day: date | None
    """The first day that these words mean, where the article is dated."""
    day_last: date | None
    """The last day that they mean; the same for one day."""
    denied: bool
    """Whether the speaker rejects what is said here: it must not be read as a claim of theirs."""
    negated: bool
    """Whether the speaker is reported not to have said it, as in "declined to confirm"."""
    hedged: bool
    """Whether the saying itself is uncertain, as in "is said to"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where something stands: the article, the exact stretch, and who prints it too."""

    __pydantic_config__ = DOCUMENTED

    article_id: str
    version: int
    start: int
    end: int
    quote: str
    """Exactly `article.text[start:end]`."""
    title: str
    title_from: TitleOrigin
    outlet: str | None
    published_at: datetime | None
    url: str | None
    also_in: tuple[Reprint, ...]
    """Other articles with the same words."""
    sources: int
    """Independent sources among all of them: reprints of one text count once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStatement(Found):
    """One thing that somebody says, with its article."""

    __pydantic_config__ = DOCUMENTED

    said: tuple[Said, ...]
    """What is said, without the words that report it; several stretches where those split it."""
    by: SaidBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """One speaker whom a name may mean."""

    __pydantic_config__ = DOCUMENTED

    name: str
    spellings: tuple[str, ...]
    """As articles write the name."""
    statements: int
    """In the whole collection, reprints included."""
    meant: bool
    """Whether the results have this speaker's statements; ask by the full name for another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPage:
    """Statements, and whom the name asked for may mean."""

    __pydantic_config__ = DOCUMENTED

    items: tuple[FoundStatement, ...]
    """The newest first, or where `about` was given the nearest first."""
    next_cursor: str | None
    """Hand it back as `cursor` to get the next page; null on the last one."""
    speakers: tuple[Speaker, ...]
    """Empty where no speaker was asked for, or none has the name."""
    unread: int
    """Articles whose statements are still to be found; they take no part yet."""
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDifference:
    """One place where a quotation is not what the article says."""

    __pydantic_config__ = DOCUMENTED

    kind: Literal["changed", "left_out", "added"]
    """`left_out`: words of the article that the quotation lacks; `added`: the other way round."""
    quoted: str
    written: str
    start: int
    """Where the article's words stand, or would stand."""
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundQuote(Found):
    """Where a quotation stands, who says it there, and how it differs."""

    __pydantic_config__ = DOCUMENTED

    parts: tuple[tuple[int, int], ...]
    """Start and end of each part between ellipses."""
    exact: bool
    """Whether it is word for word; punctuation and case do not count."""
    similarity: float
    """Share of the words that agree."""
    differences: tuple[QuoteDifference, ...]
    by: SaidBy | None
    """Null where the words are the article's own, or its statements are still to be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLookup:
    """Where a quotation stands in the collection, or that it does not."""

    __pydantic_config__ = DOCUMENTED

    quote: str
    found: bool
    matches: tuple[FoundQuote, ...]
    """The most similar first, then the earliest published; reprints are in `also_in`."""
    sources: int
    """Independent sources that print the words: reprints of one text count once."""
    unread: int
    """Articles whose statements are still to be found: there a match has no speaker yet."""
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry(Found):
    """One dated statement or event."""

    __pydantic_config__ = DOCUMENTED

    day: date
    day_last: date
    """The same as `day` unless the words name a longer time, such as `last week`."""
    day_from: Literal["text", "published"]
    """Whether the article's words name the day, or it is the day of publication."""
    kind: Literal["statement", "event"]
    score: float
    """How near to the subject, comparable within one timeline."""
    by: SaidBy | None
    """Who says it; null for an event in the article's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What the articles tell of a subject, in the order of the days."""

    __pydantic_config__ = DOCUMENTED

    query: str
    entries: tuple[TimelineEntry, ...]
    """The earliest day first."""
    more: int
    """Further dated entries, less near to the subject; a higher `limit` shows them."""
    undated: int
    """Statements and events about the subject that no day could be given to; they are left out."""
    unread: int
    """Articles whose statements are still to be found; their sentences count as events."""
    notices: tuple[Notice, ...]
