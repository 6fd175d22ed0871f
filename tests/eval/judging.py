"""Tiny judged cases with answers that are worked out by hand."""

from __future__ import annotations

from typing import Any

from eval.cases import Case, Gold
from eval.judge import Judged, places
from eval.record import Cited, Ranked, Record, Reply, Said

TEXT = "Alpha said yes. Beta said no. Gamma said nothing at all."
YES, NO = "Alpha said yes.", "Beta said no."
TEXTS = {("a", 0): TEXT, ("a", 1): TEXT, ("b", 0): "Other.", ("b", 1): "Other."}


def gold(*quotes: str, article: str = "a") -> tuple[tuple[Gold, ...], ...]:
    return tuple((Gold(article=article, quote=quote),) for quote in quotes)


def case(**fields: Any) -> Case:
    values: dict[str, Any] = {"id": "1", "kind": "fact", "question": "Who?", "answerable": True}
    return Case(**{**values, **fields})


def cited(said: str, number: int = 1, **fields: Any) -> Cited:
    start = TEXT.index(said)
    values: dict[str, Any] = {
        "number": number, "article": "a", "version": 1, "passage": "a:1:0-56",
        "start": start, "end": start + len(said), "quote": said,
    }  # fmt: skip
    return Cited(**{**values, **fields})


def passage(start: int, end: int, article: str = "a") -> Ranked:
    name = f"{article}:1:{start}-{end}"
    return Ranked(id=name, article=article, version=1, start=start, end=end, score=1.0)


def reply(*citations: Cited, **fields: Any) -> Reply:
    said = tuple(Said(text=c.quote, citations=(c.number,)) for c in citations)
    values: dict[str, Any] = {
        "text": " ".join(f"{c.quote} [{c.number}]" for c in citations),
        "sentences": said, "citations": citations, "confidence": 0.8,
    }  # fmt: skip
    return Reply(**{**values, **fields})


def judged(of: Case, said: Reply | None) -> Judged:
    error = "broken" if said is None else None
    record = Record(case=of.id, reply=said, error=error, milliseconds=10.0)
    return Judged(case=of, record=record, groups=places(of, TEXTS), texts=TEXTS)


DECLINED = Reply(text="The articles do not say.", abstained=True, confidence=0.2)
