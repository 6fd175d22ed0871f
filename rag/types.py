"""The data that all stages share, in the order it flows; no logic.

Source -> Article -> Passage -> (vector, terms)                                    ingest
Question -> Query -> [Candidate] -> [Evidence] -> Draft -> Verified -> Answer      ask

Offsets count Unicode code points of the cleaned article text, end exclusive:
``article.text[start:end]``. Times are timezone-aware UTC. Scores: higher is better, everywhere.
The strings below the fields are their descriptions in the OpenAPI document too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from rag.documented import DOCUMENTED

DateOrigin = Literal["metadata", "page", "feed", "unknown"]
TitleOrigin = Literal["metadata", "page", "feed", "derived"]
FieldOrigin = Literal["given", "page", "feed", "path", "text", "derived"]
"""`given` with the text, in the markup of its `page`, in its `feed`, in the `path` of the file,
in the article itself (`text`), or `derived` by rule."""
Status = Literal["live", "corrected", "retracted"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]
QuoteType = Literal["direct", "indirect", "mixed", "narration"]
ConflictType = Literal[
    "changed_over_time", "disagreement_between_sources", "denied", "different_scope"
]
Reason = Literal[
    "no_evidence",
    "not_stated",
    "conflicting",
    "out_of_range",
    "not_a_question_about_the_collection",
]


# ---- ingest -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One article as it was handed in, before cleaning."""

    text: str
    origin: str
    """Where it came from, for messages and identity: a file URI, a URL, or ``api:<id>``."""
    name: str | None = None
    """What an id is made from when none is given: a file's stem."""
    id: str | None = None
    url: str | None = None
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str | None = None
    section: str | None = None
    place: str | None = None
    origins: Mapping[str, FieldOrigin] = field(default_factory=dict)
    """Where each field above came from; one that is set and not named here was `given`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One version of one article, cleaned."""

    __pydantic_config__ = DOCUMENTED

    id: str
    """Stable across versions: given, or made from the file's name or the URL."""
    version: int
    """Counts from 1; a changed text is a new version."""
    title: str
    """For display; see `title_from`."""
    title_from: TitleOrigin
    """`derived`: no title was given, this is the beginning of the first sentence."""
    outlet: str | None
    """Who published it; null when neither the metadata nor the source says."""
    author: str | None
    published_at: datetime | None
    """UTC; null when unknown. Never guessed."""
    published_from: DateOrigin
    """Where the date came from."""
    updated_at: datetime | None = None
    """UTC; when its publisher last changed it, where that is said."""
    language: str | None
    url: str | None
    section: str | None = None
    """The part of the publication it stood in, such as `World`."""
    place: str | None
    """The dateline at the head of the text, such as `MOSCOW`."""
    origins: Mapping[str, FieldOrigin] = field(default_factory=dict)
    """Where each field that is known came from."""
    text: str
    """The cleaned text that every offset counts in."""
    text_hash: str
    """SHA-256 of `text` in UTF-8, hexadecimal."""
    cluster_id: str
    """Articles with the same cluster are reprints of one text."""
    status: Status
    """`corrected`: there are earlier versions; `retracted`: no answer uses it any more."""
    note: str | None = None
    """Why it was retracted."""
    latest_version: int = 0
    """The version that answers use; a lower `version` is an old one."""

    @property
    def given_title(self) -> str | None:
        """The title, unless it is only the text's own beginning: models read that anyway."""
        return None if self.title_from == "derived" else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of an article that is searched as one unit."""

    __pydantic_config__ = DOCUMENTED

    id: str
    """`article:version:start-end`; the same input always gets the same id."""
    article_id: str
    version: int
    start: int
    """First code point in the article's text."""
    end: int
    """One past the last code point."""
    text: str
    """Exactly `article.text[start:end]`."""


# ---- ask ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One earlier message of a conversation."""

    __pydantic_config__ = DOCUMENTED

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What part of the collection may be used; everything is optional."""

    as_of: datetime | None = None
    after: datetime | None = None
    before: datetime | None = None
    outlets: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()

    @property
    def dated(self) -> bool:
        """Whether an article without a date is left out."""
        return not (self.as_of is None and self.after is None and self.before is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question that stands alone."""

    question: str
    """As it was asked."""
    text: str
    """As it is read and answered: follow-ups completed from the conversation."""
    wordings: tuple[str, ...] = ()
    """What a follow-up is searched as, where that is not its text alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A passage that retrieval proposes, with its article."""

    passage: Passage
    article: Article
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of an article with its score for the question."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader says about one passage: how well, and where, it answers."""

    answerable: float
    """Probability in [0, 1] that the passage states the answer."""
    sentences: tuple[Sentence, ...]
    """Every sentence of the passage, in reading order, offsets in the article."""
    answer: tuple[int, int] | None = None
    """The short answer's span in the article, where the reader finds one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One sentence that may carry the answer, with the passage it was read in."""

    candidate: Candidate
    sentence: Sentence
    answer: tuple[int, int] | None
    answerable: float
    open: bool = False
    """Whether it leaves open which one is meant, where that is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Who says a stretch of text, according to the article."""

    speaker: str | None
    quote_type: QuoteType
    cue: str | None = None
    """The word that reports, such as `said` or `denied`."""
    denied: bool = False
    """Whether the speaker rejects what is reported."""
    medium: str | None = None
    """Where it was said, as written, such as `Bloomberg TV`."""
    when: str | None = None
    """The day of the saying as written, such as `on Friday`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSentence:
    """A sentence somebody proposes to say, and the evidence it claims to rest on."""

    text: str
    evidence: tuple[Evidence, ...]
    attribution: Attribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprint:
    """Another article that carries the same text."""

    __pydantic_config__ = DOCUMENTED

    article_id: str
    outlet: str | None
    published_at: datetime | None
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The exact words of an article that a sentence of the answer rests on."""

    __pydantic_config__ = DOCUMENTED

    number: int
    """Counts from 1 in reading order; the answer's text refers to it as `[1]`."""
    article_id: str
    version: int
    passage_id: str
    start: int
    """First code point of the quote in the text of this version of the article."""
    end: int
    """One past the last code point: `article.text[start:end] == quote`."""
    quote: str
    support: float
    """Probability in [0, 1] that the quote carries what the sentence says."""
    speaker: str | None
    """Who says it, as the article names them; null for the article's own words."""
    quote_type: QuoteType
    """`direct` inside quotation marks, `indirect` reported, `mixed` both, `narration` neither."""
    cue: str | None
    """The reporting word, such as `said` or `denied`."""
    denied: bool
    """Whether the speaker rejects what the quote reports."""
    medium: str | None = None
    """Where it was said, as written, such as `Bloomberg TV`."""
    when: str | None = None
    """The day of the saying as written, such as `on Friday`."""
    day: date | None = None
    """The first day that these words mean, where the article is dated."""
    title: str
    title_from: TitleOrigin
    outlet: str | None
    published_at: datetime | None
    url: str | None
    also_in: tuple[Reprint, ...] = ()
    """Reprints of the same text; they are not further sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSentence:
    """One sentence of the answer."""

    __pydantic_config__ = DOCUMENTED

    text: str
    """Without citation marks."""
    citations: tuple[int, ...]
    """Numbers of the citations that carry it; never empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A sentence that failed verification and is not part of the answer."""

    __pydantic_config__ = DOCUMENTED

    text: str
    reason: str
    """A stable code, such as `quote_not_verbatim`, `not_in_evidence` or `unsupported_words`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictSide:
    """One of the positions that do not agree."""

    __pydantic_config__ = DOCUMENTED

    citations: tuple[int, ...]
    sources: int
    """Independent sources: reprints count once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Where the cited articles disagree or the story moved on."""

    __pydantic_config__ = DOCUMENTED

    type: ConflictType
    sides: tuple[ConflictSide, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something about the answer that its reader should know."""

    __pydantic_config__ = DOCUMENTED

    code: str
    """Stable, such as `undated_left_out` or `degraded`."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleSummary:
    """An article without its text."""

    __pydantic_config__ = DOCUMENTED

    id: str
    version: int
    title: str
    title_from: TitleOrigin
    outlet: str | None
    author: str | None
    published_at: datetime | None
    section: str | None
    language: str | None
    url: str | None
    cluster_id: str
    status: Status

    @classmethod
    def of(cls, article: Any) -> ArticleSummary:
        """Take the fields from an article, or from a database row with the same names."""
        return cls(**{name: getattr(article, name) for name in cls.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """A passage found, with its article."""

    __pydantic_config__ = DOCUMENTED

    score: float
    """Higher is better; comparable within one result list only."""
    passage: Passage
    article: ArticleSummary
    also_in: tuple[Reprint, ...] = ()
    """Reprints of the article; they are not further sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer whose every sentence is backed by exact passages, or an abstention."""

    __pydantic_config__ = DOCUMENTED

    id: str
    question: str
    query: str
    """The question as it was searched, follow-ups completed."""
    text: str
    """The sentences with their citation marks; on abstention, a plain statement of that."""
    short_answer: str | None
    """The few words that answer, verbatim from a citation, where the reader finds them."""
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    abstained: bool
    """True when the articles do not answer; then `sentences` and `citations` are empty."""
    reason: Reason | None
    """Why the answer abstains; null otherwise."""
    confidence: float
    """Probability in [0, 1] that the articles state the answer and the answer is right."""
    sources: int
    """Independent sources that are cited: reprints count once."""
    conflicts: tuple[Conflict, ...]
    dropped: tuple[Dropped, ...]
    nearest: tuple[SearchResult, ...]
    """On abstention, the passages that came closest."""
    notices: tuple[Notice, ...]
    as_of: datetime | None
    """Nothing published after this moment was used."""
    timings: Mapping[str, float]
    """Milliseconds by stage, and `total`."""
    models: Mapping[str, str]
    """Name and fingerprint of each model that took part."""
    degraded: bool = False
    """The language model that should have written it could not; these are quotations instead."""


# ---- reports ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of one article that was handed in."""

    __pydantic_config__ = DOCUMENTED

    id: str
    version: int
    outcome: Literal["added", "changed", "unchanged"]
    origin: str = ""
    """What was handed in: a file, a URL, or `api:` and the id."""
    passages: int
    """How many passages are searchable now."""
    reprint_of: str | None = None
    """The earliest article with the same text, where it is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One input that was not stored, and why."""

    __pydantic_config__ = DOCUMENTED

    origin: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What an ingest did, item by item."""

    __pydantic_config__ = DOCUMENTED

    stored: tuple[Stored, ...] = field(default=())
    refused: tuple[Refused, ...] = field(default=())

    def count(self, outcome: str) -> int:
        """How many articles ended as `added`, `changed` or `unchanged`."""
        return sum(1 for item in self.stored if item.outcome == outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Long work: what it does, how far it is, and how it ended."""

    __pydantic_config__ = DOCUMENTED

    id: str
    kind: Literal["ingest"]
    state: JobState
    request: Mapping[str, Any]
    """What was asked for."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    total: int | None
    """How many items there are, where that is known beforehand."""
    added: int
    changed: int
    unchanged: int
    refused: int
    """Items that could not be stored; the list of items says why."""
    rate: float | None
    """Items a second so far."""
    seconds_left: float | None
    """At this rate; null where the total is not known."""
    error_code: str | None
    error: str | None
    """What stopped the whole job, where something did."""

    @property
    def done(self) -> int:
        """How many items are finished, whatever became of them."""
        return self.added + self.changed + self.unchanged + self.refused

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobItem:
    """What became of one item of a job."""

    __pydantic_config__ = DOCUMENTED

    number: int
    """Counts from 0, as they came."""
    origin: str
    outcome: Literal["added", "changed", "unchanged", "refused"]
    article_id: str | None
    version: int | None
    code: str | None
    """Why it was refused, as a stable code."""
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """A version that an answer cites and that is not what the article says now."""

    __pydantic_config__ = DOCUMENTED

    article_id: str
    version: int
    """The version that was cited."""
    became: Literal["corrected", "retracted", "deleted"]
    latest_version: int | None
    note: str | None
    """Why it was retracted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecord:
    """An answer that was given, and what became of its sources."""

    __pydantic_config__ = DOCUMENTED

    id: str
    asked_at: datetime
    question: str
    abstained: bool
    affected: tuple[Affected, ...]
    """Cited versions that were corrected, retracted or deleted since."""
    answer: Mapping[str, Any] | None = None
    """The whole answer as it was given; null in lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPage:
    """One page of a list of answers, the newest first."""

    __pydantic_config__ = DOCUMENTED

    items: tuple[AnswerRecord, ...]
    next_cursor: str | None
    """Hand it back as `cursor` to get the next page; null on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedArticle(ArticleSummary):
    """An article in a list."""

    __pydantic_config__ = DOCUMENTED

    also_in: tuple[Reprint, ...] = ()
    """Other articles that carry its text, the earliest published first; no more than 20 of them."""
    reprints: int = 0
    """How many such articles there are."""

    @classmethod
    def of(cls, article: Any, also_in: Sequence[Reprint] = (), reprints: int = 0) -> ListedArticle:
        """Take the fields from an article, or from a database row with the same names."""
        summary = {name: getattr(article, name) for name in ArticleSummary.__slots__}
        return cls(**summary, also_in=tuple(also_in), reprints=reprints)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownName:
    """A name that a filter can be given."""

    __pydantic_config__ = DOCUMENTED

    name: str
    count: int
    """Articles of the outlet, or statements of the speaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list of articles."""

    __pydantic_config__ = DOCUMENTED

    items: tuple[ListedArticle, ...]
    next_cursor: str | None
    """Hand it back as `cursor` to get the next page; null on the last one."""
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a check looked at."""

    name: str
    ok: bool
    detail: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was made or restored."""

    path: str
    bytes: int
    articles: int
    generation: int
    with_index: bool
    """Whether the index is in it; without, it is built anew at the first start."""
