"""What the pipeline would say if it ended after a stage: one pass through it for all of them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from eval.cases import Case
from eval.record import Cited, Ranked, Reply, Said, reply_from_answer
from eval.systems import ranking
from eval.systems.system import System
from eval.systems.top_passage import TopPassage
from rag.answering import Found
from rag.ask import cite, compose
from rag.composing import Composing, Task
from rag.dateline import Dateline
from rag.types import Answer, DraftSentence, Evidence

STAGES = ("BM25", "dense", "fusion", "reader", "composer", "verifier")
ADDS: Mapping[str, tuple[str, ...]] = {
    "reader": ("rewrite", "retrieve", "read"),
    "composer": ("decide", "compose", "cite"),
    "verifier": ("verify",),
}
"""What of an answer's ``timings`` each stage adds; retrieval is timed in the rows before too."""
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


def stages(dateline: Dateline) -> list[System]:
    """Return a system for each of ``STAGES``, on one open collection.

    The first three answer with their first passage, whole, and never decline. They are to be asked
    each case in turn: what the last three say comes from one pass.
    """
    ranks = (ranking.bm25, ranking.dense, ranking.fused)
    found: list[System] = [
        TopPassage(name, dateline, rank(dateline))
        for name, rank in zip(STAGES, ranks, strict=False)
    ]
    passes = Passes(dateline)
    return [*found, *(kind(dateline, passes) for kind in (Reads, Composes, Verifies))]


@dataclass(frozen=True, slots=True)
class Pass:
    """A case's way through the pipeline."""

    found: Found
    draft: tuple[DraftSentence, ...]
    """As the composer wrote it."""
    answer: Answer


class Passes:
    """Sends cases through the pipeline and remembers the last one; for one thread."""

    def __init__(self, dateline: Dateline) -> None:
        self._answering = copy.copy(dateline.answering)
        self._composer = self._answering.composer
        self._answering.composer = self._compose
        self._draft: tuple[DraftSentence, ...] = ()
        self._last: tuple[Case, Pass] | None = None

    def of(self, case: Case) -> Pass:
        """Return the way of a case, which is gone once."""
        if self._last is None or self._last[0] is not case:
            asked = self._answering.understand(case.question, case.history, case.filters)
            found = self._answering.find(asked)
            answer = self._answering.answer(found)
            self._last = case, Pass(found, self._draft, answer)
        return self._last[1]

    def _compose(self, task: Task) -> Composing:
        written = yield from self._composer(task)
        self._draft = written.draft
        return written


class Verifies:
    """The whole pipeline."""

    name = "verifier"

    def __init__(self, dateline: Dateline, passes: Passes) -> None:
        self.dateline = dateline
        self._passes = passes

    def settings(self) -> Mapping[str, object]:
        """Return every setting and the fingerprints of the models."""
        chosen = self.dateline.settings.model_dump(mode="json", exclude={"data", "database"})
        embedder, reader = self.dateline.embedder.fingerprint, self.dateline.reader.fingerprint
        return {**chosen, "models": {"embedder": embedder, "reader": reader}}

    def warm(self) -> None:
        """Load the models."""
        self.dateline.warm()

    def ask(self, case: Case) -> Reply:
        """Answer with what this stage makes of it; passages come in the order of their reading."""
        passed = self._passes.of(case)
        reply = self.reply(passed)
        spent = {
            stage: passed.answer.timings.get(stage, 0.0)
            for name in STAGES[3 : STAGES.index(self.name) + 1]
            for stage in ADDS[name]
        }
        ranked = _order(passed.found.readings[0])
        return replace(reply, ranked=ranked, timings={**spent, "total": sum(spent.values())})

    def reply(self, passed: Pass) -> Reply:
        """Return the answer as it is given."""
        return _reply(passed.answer)

    def rank(self, case: Case, reply: Reply) -> Reply:  # noqa: ARG002
        """Add nothing: what was read is there."""
        return reply

    def text(self, article: str, version: int | None = None) -> str:
        """Return an article's text; raises ArticleNotFound."""
        return self.dateline.article(article, version).text

    def close(self) -> None:
        """Close the collection."""
        self.dateline.close()


class Composes(Verifies):
    """The answer as it was drafted, before anything was held against what it cites."""

    name = "composer"

    def reply(self, passed: Pass) -> Reply:
        """Return the draft with its citations."""
        verdict = passed.found.decision.verdict if passed.draft else None
        draft = compose.lead(passed.draft, verdict)
        said, citations = cite.cite(draft, {})
        items = [item for sentence in draft for item in sentence.evidence]
        drafted = replace(
            passed.answer,
            text=cite.as_text(said),
            short_answer=verdict or _short(items),
            sentences=tuple(said),
            citations=tuple(citations),
            abstained=not said,
            dropped=(),
        )
        return _reply(drafted)


class Reads(Verifies):
    """The sentence that was read as the best evidence, or nothing where that is too unsure."""

    name = "reader"

    def reply(self, passed: Pass) -> Reply:
        """Return that sentence as it stands in its article."""
        evidence, confidence = passed.found.readings[0], round(passed.found.confidence, 4)
        query = passed.answer.query
        if not evidence or passed.found.confidence < self.dateline.settings.min_confidence:
            return Reply(text="", abstained=True, confidence=confidence, query=query)
        best = evidence[0]
        article, span = best.candidate.article, best.sentence
        said = article.text[span.start : span.end]
        cited = Cited(number=1, article=article.id, version=article.version,
                      passage=best.candidate.passage.id, start=span.start, end=span.end,
                      quote=said)  # fmt: skip
        return Reply(
            text=f"{said} [1]",
            short_answer=_short([best]),
            sentences=(Said(text=said, citations=(1,)),),
            citations=(cited,),
            confidence=confidence,
            query=query,
        )


def _reply(answer: Answer) -> Reply:
    written: dict[str, Any] = _ANSWER.dump_python(answer, mode="json")
    return reply_from_answer(written)


def _short(items: Sequence[Evidence]) -> str | None:
    found = (i.candidate.article.text[slice(*i.answer)] for i in items if i.answer is not None)
    return next(found, None)


def _order(evidence: Sequence[Evidence]) -> tuple[Ranked, ...]:
    """Return the passages in the order of their best sentences."""
    best: dict[str, Evidence] = {}
    for item in evidence:
        best.setdefault(item.candidate.passage.id, item)
    return tuple(
        ranking.ranked(item.candidate.passage, item.sentence.score) for item in best.values()
    )
