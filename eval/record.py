"""What a system said to a case, as it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from rag.language import Span
from rag.types import QuoteType


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A passage that was found: where it stands, and its score (higher is better)."""

    id: str
    article: str
    version: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One sentence of an answer, with the numbers of its citations."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """One citation of an answer."""

    number: int
    article: str
    version: int
    passage: str
    start: int
    end: int
    quote: str
    speaker: str | None = None
    quote_type: QuoteType | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a system said."""

    text: str
    short_answer: str | None = None
    sentences: tuple[Said, ...] = ()
    citations: tuple[Cited, ...] = ()
    abstained: bool = False
    confidence: float = 0.0
    probability: bool = True
    """Whether the confidence claims to be a probability; else it only ranks."""
    reason: str | None = None
    dropped: tuple[tuple[str, str], ...] = ()
    """Text and reason of what failed verification."""
    conflicts: tuple[str, ...] = ()
    query: str = ""
    """What was searched."""
    ranked: tuple[Ranked, ...] = ()
    """What that search found, best first, deeper than what was read."""
    ranked_standalone: tuple[Ranked, ...] | None = None
    """The same for the standalone question of a follow-up."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds by stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a system said of a claim."""

    supported: bool
    probability: float
    """That the articles support it."""
    calibrated: bool = True
    """Whether that claims to be a probability; else it only ranks."""
    reason: str | None = None
    """Why it is not supported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributed:
    """Who says something, as a system has it; spans count in the text that it was given."""

    speaker: str | None
    mention: Span | None = None
    """The words in the text that name the speaker, where a system tells."""
    content: tuple[Span, ...] = ()
    """What is said; empty where no statement was found."""
    quote_type: QuoteType | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What became of one case: one of reply, verdict and attributed, by what was asked."""

    case: str
    reply: Reply | None = None
    verdict: Verdict | None = None
    attributed: tuple[Attributed, ...] | None = None
    """One for a stretch, any number for a whole article."""
    error: str | None = None
    """Why there is none of them."""
    milliseconds: float = 0.0
    """From question to answer, without the search that only the evaluation needs."""


RECORD: TypeAdapter[Record] = TypeAdapter(Record)


def reply_from_answer(
    answer: Mapping[str, Any],
    ranked: Sequence[Ranked] = (),
    ranked_standalone: Sequence[Ranked] | None = None,
) -> Reply:
    """Read an ``Answer`` in the JSON of ``/v1/ask``."""
    return Reply(
        text=answer["text"],
        short_answer=answer.get("short_answer"),
        sentences=tuple(
            Said(text=item["text"], citations=tuple(item["citations"]))
            for item in answer["sentences"]
        ),
        citations=tuple(_cited(item) for item in answer["citations"]),
        abstained=answer["abstained"],
        confidence=answer["confidence"],
        reason=answer["reason"],
        dropped=tuple((item["text"], item["reason"]) for item in answer["dropped"]),
        conflicts=tuple(item["type"] for item in answer["conflicts"]),
        query=answer["query"],
        ranked=tuple(ranked),
        ranked_standalone=None if ranked_standalone is None else tuple(ranked_standalone),
        timings=dict(answer["timings"]),
    )


def ranked_from_results(results: Sequence[Mapping[str, Any]]) -> tuple[Ranked, ...]:
    """Read the results of ``/v1/search``."""
    return tuple(
        Ranked(
            id=item["passage"]["id"],
            article=item["passage"]["article_id"],
            version=item["passage"]["version"],
            start=item["passage"]["start"],
            end=item["passage"]["end"],
            score=item["score"],
        )
        for item in results
    )


def _cited(item: Mapping[str, Any]) -> Cited:
    return Cited(
        number=item["number"],
        article=item["article_id"],
        version=item["version"],
        passage=item["passage_id"],
        start=item["start"],
        end=item["end"],
        quote=item["quote"],
        speaker=item["speaker"],
        quote_type=item["quote_type"],
    )
