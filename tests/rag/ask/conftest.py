from __future__ import annotations

from rag.ingest.clean import clean
from rag.types import (
    Article,
    Attribution,
    Candidate,
    DraftSentence,
    Evidence,
    Passage,
    Sentence,
    Source,
)


def article(text: str, **fields: str) -> Article:
    made, _ = clean(Source(text=text, origin="o", **{"id": "a", **fields}), 10**6)
    return made


def evidence(whole: Article, quote: str, score: float = 0.9) -> Evidence:
    start = whole.text.index(quote)
    passage = Passage(
        id="p", article_id=whole.id, version=whole.version, start=0, end=len(whole.text),
        text=whole.text,
    )  # fmt: skip
    return Evidence(
        candidate=Candidate(passage=passage, article=whole, score=1.0),
        sentence=Sentence(start=start, end=start + len(quote), score=score),
        answer=None,
        answerable=score,
    )


def said(
    text: str, *items: Evidence, speaker: str | None = None, cue: str | None = None,
    denied: bool = False,
) -> DraftSentence:  # fmt: skip
    attribution = Attribution(speaker=speaker, quote_type="indirect", cue=cue, denied=denied)
    return DraftSentence(text=text, evidence=items, attribution=attribution)
