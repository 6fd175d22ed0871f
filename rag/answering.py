"""How an answer comes about: every stage of asking, in order."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rag.ask import attribute, cite, compose, read, retrieve, rewrite, select, verify
from rag.ask.plan import Plan, plan
from rag.ask.split import Parse
from rag.attribution.parser import parse
from rag.config import Settings
from rag.errors import FilterError, QuestionError
from rag.language import Span
from rag.models.embedder import Embedder
from rag.models.reader import Reader, Vector
from rag.store.catalogue import Catalogue
from rag.store.index import Index
from rag.types import (
    Answer,
    Article,
    ArticleSummary,
    Candidate,
    DraftSentence,
    Evidence,
    Filters,
    Notice,
    Reason,
    Reprint,
    SearchResult,
    Turn,
)

ABSTENTION = "The articles do not answer this question."
NO_FILTERS = Filters()


class Answering:
    """Searches and answers over an index that something else fills; safe for several threads."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        index: Index,
        embedder: Embedder,
        reader: Reader,
        parse: Parse = parse,
    ) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.index = index
        self.embedder = embedder
        self.reader = reader
        self.parse = parse

    def search(
        self, query: str, filters: Filters = NO_FILTERS, limit: int = 10
    ) -> list[SearchResult]:
        """Return the best passages, best first; raises QuestionError or FilterError."""
        self._check(query, filters)
        depth = retrieve.DEPTH if filters.speakers else limit
        candidates = self.candidates(query, filters, depth)
        if filters.speakers:
            candidates = [
                candidate
                for candidate in candidates
                if any(
                    self._spoken_by(candidate.article, span, filters.speakers)
                    for span in read.passage_sentences(candidate)
                )
            ]
        shown = candidates[:limit]
        reprints = self.catalogue.reprints(sorted({c.article.cluster_id for c in shown}))
        return [as_result(c, reprints.get(c.article.cluster_id, ())) for c in shown]

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        limit: int | None = None,
    ) -> Answer:
        """Answer from the articles or abstain.

        At most ``limit`` sentences are quoted; without it, as many as the kind of question needs.
        Raises QuestionError or FilterError.
        """
        self._check(question, filters)
        clock = _Clock()
        with clock.stage("rewrite"):
            query = rewrite.rewrite(question, history)
            planned = plan(query.text, self.parse)
        readings = self._read(planned, filters, clock)
        evidence = readings[0]
        confidence = _confidence(readings)
        enough = confidence >= self.settings.min_confidence
        chosen = select.select(readings, planned.kind, limit) if enough else []
        with clock.stage("compose"):
            draft = compose.compose(chosen, attribute.attribute)
        with clock.stage("verify"):
            kept, dropped = verify.verify(draft)
        with clock.stage("cite"):
            clusters = {item.candidate.article.cluster_id for item in chosen}
            said, citations = cite.cite(kept, self.catalogue.reprints(sorted(clusters)))
        abstained = not said
        return Answer(
            id=f"ans-{uuid.uuid4().hex}",
            question=question,
            query=query.text,
            text=ABSTENTION if abstained else cite.as_text(said),
            short_answer=None if abstained else _short_answer(kept),
            sentences=tuple(said),
            citations=tuple(citations),
            abstained=abstained,
            reason=_reason(evidence) if abstained else None,
            confidence=round(confidence, 4),
            sources=len(clusters) if said else 0,
            conflicts=(),
            dropped=tuple(dropped),
            nearest=_nearest(evidence) if abstained else (),
            notices=self._notices(filters),
            as_of=filters.as_of,
            timings=clock.read(),
            models={
                "embedder": self.embedder.fingerprint,
                "reader": self.reader.fingerprint,
            },
        )

    def _read(self, planned: Plan, filters: Filters, clock: _Clock) -> list[list[Evidence]]:
        """Read for the whole question, then for each of its parts, within the budget."""
        asked = [planned.text, *planned.parts]
        with clock.stage("retrieve"):
            vectors = self.embedder.embed(asked)
            found = [
                self.candidates(text, filters, self._budget(at), vector)
                for at, (text, vector) in enumerate(zip(asked, vectors, strict=True))
            ]
        with clock.stage("read"):
            readings = [
                read.read(text, candidates, self.reader, vector)
                for text, candidates, vector in zip(asked, found, vectors, strict=True)
            ]
        if not filters.speakers:
            return readings
        return [
            [item for item in evidence if self._spoken(item, filters.speakers)]
            for evidence in readings
        ]

    def _budget(self, at: int) -> int:
        """Passages read for the whole question (0) and for each of its parts."""
        return max(1, self.settings.candidates if at == 0 else self.settings.candidates // 2)

    def _spoken(self, item: Evidence, speakers: Sequence[str]) -> bool:
        span = (item.sentence.start, item.sentence.end)
        return self._spoken_by(item.candidate.article, span, speakers)

    def candidates(
        self, text: str, filters: Filters, limit: int, vector: Vector | None = None
    ) -> list[Candidate]:
        """Return the passages that retrieval proposes, best first.

        ``vector`` is the embedding of ``text`` where it is known already.
        """
        self.index.follow()
        return retrieve.retrieve(
            text,
            self.embedder.embed([text])[0] if vector is None else vector,
            filters,
            limit,
            words=self.index.words.search,
            vectors=self.index.vectors,
            load=self.catalogue.passages,
        )

    def _spoken_by(self, article: Article, span: Span, speakers: Sequence[str]) -> bool:
        speaker = attribute.attribute(article.text, *span).speaker
        return speaker is not None and any(
            wanted.casefold() in speaker.casefold() for wanted in speakers
        )

    def _notices(self, filters: Filters) -> tuple[Notice, ...]:
        if not filters.dated or not (count := self.catalogue.undated()):
            return ()
        noun = "article has" if count == 1 else "articles have"
        return (
            Notice(
                code="undated_left_out",
                message=f"{count} {noun} no date and took no part in this dated question.",
            ),
        )

    def _check(self, question: str, filters: Filters) -> None:
        try:
            question.encode()
        except UnicodeEncodeError as error:
            raise QuestionError(
                f"The question is not valid UTF-8 at character {error.start}.",
                remedy="Send it as UTF-8.",
            ) from error
        if not any(char.isalnum() for char in question):
            raise QuestionError("The question is empty.", remedy="Ask something in words.")
        if len(question) > self.settings.max_question_chars:
            raise QuestionError(
                f"The question has {len(question):,} code points; the most is "
                f"{self.settings.max_question_chars:,}.",
                remedy="Shorten it.",
            )
        if filters.after and filters.before and filters.after >= filters.before:
            raise FilterError(
                "No time lies between `after` and `before`.", remedy="Make `after` the earlier one."
            )


def as_result(candidate: Candidate, reprints: Sequence[Reprint] = ()) -> SearchResult:
    """Show a candidate as search does; ``reprints`` are the articles of its cluster."""
    return SearchResult(
        score=candidate.score,
        passage=candidate.passage,
        article=ArticleSummary.of(candidate.article),
        also_in=tuple(item for item in reprints if item.article_id != candidate.article.id),
    )


def _confidence(readings: Sequence[Sequence[Evidence]]) -> float:
    """Return how sure it is that the articles answer: of the whole, or of its parts on average."""
    whole, *parts = [evidence[0].answerable if evidence else 0.0 for evidence in readings]
    return max(whole, sum(parts) / len(parts)) if parts else whole


def _nearest(evidence: Sequence[Evidence]) -> tuple[SearchResult, ...]:
    """Show the passages that retrieval found first, best first."""
    found = {item.candidate.passage.id: item.candidate for item in evidence}
    ranked = sorted(found.values(), key=lambda item: (-item.score, item.passage.id))
    return tuple(as_result(item) for item in ranked[:3])


def _reason(evidence: Sequence[Evidence]) -> Reason:
    return "not_stated" if evidence else "no_evidence"


def _short_answer(kept: Sequence[DraftSentence]) -> str | None:
    for sentence in kept:
        for item in sentence.evidence:
            if item.answer is not None:
                return item.candidate.article.text[slice(*item.answer)]
    return None


class _Clock:
    """Adds up milliseconds by stage."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self._stages[name] = round((time.perf_counter() - begun) * 1000, 3)

    def read(self) -> dict[str, float]:
        total = round((time.perf_counter() - self._begun) * 1000, 3)
        return {**self._stages, "total": total}
