"""Read the candidates and pick the sentences that carry the answer."""

from __future__ import annotations

from collections.abc import Sequence

from rag.language import Span, sentences, terms
from rag.models.reader import Reader, Vector
from rag.types import Candidate, Evidence

# A further sentence is quoted only when it is nearly as good as the best one.
NEARLY = 0.75
# Two sentences that share more than this part of their words say the same.
SAME = 0.7


def read(
    question: str,
    candidates: Sequence[Candidate],
    reader: Reader,
    vector: Vector | None = None,
) -> list[Evidence]:
    """Return every sentence read, best first; each sentence of an article once.

    ``vector`` is the question's embedding where it is known already.
    """
    spans = [passage_sentences(candidate) for candidate in candidates]
    best: dict[tuple[str, int], Evidence] = {}
    for candidate, reading in zip(
        candidates, reader.read(question, candidates, spans, vector), strict=True
    ):
        for sentence in reading.sentences:
            evidence = Evidence(
                candidate=candidate,
                sentence=sentence,
                answer=_inside(reading.answer, sentence.start, sentence.end),
                answerable=reading.answerable,
            )
            key = (candidate.article.id, sentence.start)
            if key not in best or best[key].sentence.score < sentence.score:
                best[key] = evidence
    return sorted(
        best.values(),
        key=lambda item: (
            -item.sentence.score,
            -item.candidate.score,
            item.candidate.article.id,
            item.sentence.start,
        ),
    )


def select(evidence: Sequence[Evidence], limit: int) -> list[Evidence]:
    """Choose what to quote: the best sentence and those nearly as good that say something else."""
    chosen: list[Evidence] = []
    for item in evidence:
        if len(chosen) == limit or item.sentence.score < NEARLY * evidence[0].sentence.score:
            break
        if not any(_same(item, other) for other in chosen):
            chosen.append(item)
    return chosen


def passage_sentences(candidate: Candidate) -> list[Span]:
    """Return the sentences of the article that lie wholly in the passage, or the passage itself.

    Sentences are those of the article, so that overlapping passages agree on them.
    """
    passage = candidate.passage
    whole = [(start, end) for start, end in sentences(passage.text) if start < end]
    return [(passage.start + start, passage.start + end) for start, end in whole] or [
        (passage.start, passage.end)
    ]


def _inside(answer: Span | None, start: int, end: int) -> Span | None:
    return answer if answer is not None and start <= answer[0] and answer[1] <= end else None


def _same(one: Evidence, other: Evidence) -> bool:
    left, right = set(terms(quote(one))), set(terms(quote(other)))
    return len(left & right) > SAME * max(1, min(len(left), len(right)))


def quote(evidence: Evidence) -> str:
    """Return the evidence sentence as it stands in the article."""
    return evidence.candidate.article.text[evidence.sentence.start : evidence.sentence.end]
