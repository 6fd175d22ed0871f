"""How an answer comes about: every stage of asking, in order."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Event

from rag.ask import attribute, brief, cite, read, recent, retrieve, unnamed
from rag.ask.asked import asked
from rag.ask.compose import ABSTENTION
from rag.ask.confidence import MANY, confidence
from rag.ask.coverage import Wanted, around, names_known, question_names
from rag.ask.decide import CONTESTED, Decision, GetJudge, contested, decide
from rag.ask.identity import introduced
from rag.ask.pace import Pace
from rag.ask.plan import Plan, plan
from rag.ask.said import asked_words, weighed
from rag.ask.spelling import misspelt, spelt
from rag.ask.split import Parse
from rag.attribution.days import window
from rag.attribution.later import told_later
from rag.attribution.parser import parse
from rag.composing import Composer, Composition, Task, quotations
from rag.config import Settings
from rag.errors import FilterError, QuestionError
from rag.language import Span
from rag.models.embedder import Embedder
from rag.models.reader import Reader, Vector
from rag.rewording import FollowUp, Rewriter, Understood, by_rules
from rag.saying import Saying
from rag.speaking import Speaking
from rag.spending import Spending
from rag.store.border import PassageIndex
from rag.store.catalogue import Catalogue
from rag.telling import Steps, whole
from rag.types import (
    Answer,
    Article,
    ArticleSummary,
    Candidate,
    Citation,
    Evidence,
    Filters,
    Notice,
    Query,
    Reason,
    Reprint,
    SearchResult,
    Turn,
)

NO_FILTERS = Filters()
ASIDE = 2
"""How many times as many passages each wording of a follow-up proposes as are read."""
SPELLING = 30
"""Passages whose words a misspelt one is compared with."""
OTHERS = 10
"""Passages of other days that are looked at, to say whether a dated question is out of range."""
MORE = 2
"""How many times as many passages are read for those: of the evidence of newsdesk's stories 10
passages hold .61 to .76, 20 hold .78 to .86."""
FOREIGN = 0.4
"""A question is not about the collection when no sentence with its neighbourhood has this share of
its words, and no article read has any of its names."""


class Answering:
    """Searches and answers over an index that something else fills; safe for several threads."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        index: PassageIndex,
        embedder: Embedder,
        reader: Reader,
        judge: GetJudge = lambda: None,
        parse: Parse = parse,
        composer: Composer = quotations,
        speaking: Speaking | None = None,
        rewriter: Rewriter = by_rules,
        unknown: Callable[[Filters], tuple[Notice, ...]] = lambda _: (),
    ) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.index = index
        self.embedder = embedder
        self.reader = reader
        self.parse = parse
        self.judge = judge
        self.composer = composer
        self.rewriter = rewriter
        self.speaking = speaking
        self.unknown = unknown
        self.pace = Pace()

    def warm(self) -> None:
        """Load the models, so that the first question is not slow."""
        self.reader.warm()
        self.parse("Ready?", [0])

    def search(
        self, query: str, filters: Filters = NO_FILTERS, limit: int = 10
    ) -> list[SearchResult]:
        """Return the best passages, best first; raises QuestionError or FilterError."""
        self.check(query, filters)
        depth = retrieve.DEPTH if filters.speakers else limit
        candidates = self.candidates(query, self.narrowed(filters), depth)
        if filters.speakers:
            self.recall(candidates)
            speaks = self._matcher(filters)
            candidates = [
                candidate
                for candidate in candidates
                if any(
                    _spoken_by(candidate.article, span, speaks)
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
        return self.answer(self.find(self.understand(question, history, filters, limit)))

    def understand(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        limit: int | None = None,
        stopped: Event | None = None,
    ) -> Found:
        """Make the question stand alone; nothing is looked for yet. Arguments as for ``ask``.

        Raises QuestionError or FilterError, and LlmStopped once ``stopped`` is set.
        """
        self.check(question, filters)
        clock = _Clock()
        with clock.stage("rewrite"):
            understood = self.rewriter(
                FollowUp(
                    question=asked(question),
                    history=[_cleaned(turn) for turn in history],
                    parse=self.parse,
                    stopped=stopped,
                    spending=(spending := Spending()),
                )
            )
        return Found(
            query=replace(understood.query, question=question),
            understood=understood,
            spending=spending,
            asked_of=filters,
            filters=filters,
            limit=limit,
            generation=self.catalogue.generation(),
            clock=clock,
        )

    def find(self, found: Found) -> Found:
        """Look for evidence, and choose what is to be said."""
        clock, limit = found.clock, found.limit
        with clock.stage("rewrite"):
            text, spelling = self._spelt(found.query.text, found.filters)
            found = replace(found, query=replace(found.query, text=text))
            planned = plan(text, self.parse)
        filters, unread = self._as_of(planned.text, found.filters)
        wordings = found.query.wordings
        readings = self._read(planned, filters, clock, wordings) if planned.text else [[]]
        sure, least = confidence(planned, readings), self.settings.min_confidence
        decision = _NO_DECISION
        with clock.stage("decide"):
            as_of = filters.as_of is not None
            if sure >= least:
                decision = decide(planned, readings, self.judge, limit, as_of=as_of)
            elif sure >= CONTESTED * least and (
                both := contested(planned, readings, self.judge, limit, as_of=as_of)
            ):
                sure, decision = least, both
        return replace(
            found,
            filters=filters,
            planned=planned,
            readings=tuple(tuple(part) for part in readings),
            confidence=sure,
            decision=decision,
            notices=(*spelling, *unread),
        )

    def answer(self, found: Found, stopped: Event | None = None) -> Answer:
        """Say what was chosen, as far as it can be verified, or abstain.

        Raises LlmStopped once ``stopped`` is set while a language model writes.
        """
        return whole(self.tell(found, stopped))

    def tell(self, found: Found, stopped: Event | None = None) -> Steps:
        """Do as ``answer`` does, sentence by sentence."""
        clock, decision, planned = found.clock, found.decision, found.planned
        filters, confidence = found.filters, found.confidence
        composing = self.composer(
            Task(
                question=found.query.text,
                kind=planned.kind,
                evidence=decision.chosen,
                verdict=decision.verdict,
                sides=tuple(side[0] for item in decision.disagreements for side in item.sides),
                confidence=confidence,
                stopped=stopped,
                trouble=found.understood.trouble,
                spending=found.spending,
            )
        )
        saying = Saying(decision.verdict, self.catalogue.reprints)
        while True:
            with clock.stage("compose"):
                try:
                    drafted = next(composing)
                except StopIteration as end:
                    composed: Composition = end.value
                    break
            with clock.stage("verify"):
                kept = saying.check(drafted)
            if kept is not None:
                with clock.stage("cite"):
                    told = saying.say(kept)
                yield told
        said, citations, verdict = saying.sentences, saying.citing.citations, saying.verdict
        dropped = (*found.understood.dropped, *composed.dropped, *saying.dropped)
        abstained = not said
        first = found.readings[0]
        return Answer(
            id=found.id,
            question=found.query.question,
            query=found.query.text or found.query.question,
            text=ABSTENTION if abstained else cite.as_text(said),
            short_answer=None
            if abstained
            else verdict or brief.brief(saying.kept, planned.kind, planned.text, self.parse),
            sentences=tuple(said),
            citations=tuple(citations),
            abstained=abstained,
            reason=self._reason(found.query.text, filters, first) if abstained else None,
            confidence=round(confidence, 4),
            sources=len(saying.clusters),
            conflicts=() if abstained else cite.conflicts(decision.disagreements, citations),
            dropped=dropped,
            nearest=_nearest(first) if abstained else (),
            notices=(
                *self.notices(filters),
                *(self.unknown(filters) if abstained else ()),
                *found.notices,
                *_state(planned, citations),
                *_edited([item for sentence in saying.kept for item in sentence.evidence]),
                *composed.notices,
            ),
            degraded=composed.degraded,
            as_of=filters.as_of,
            timings=clock.read(),
            models={
                "embedder": self.embedder.fingerprint,
                "reader": self.reader.fingerprint,
                **found.understood.models,
                **composed.models,
            },
        )

    def _spelt(self, text: str, filters: Filters) -> tuple[str, tuple[Notice, ...]]:
        """Read words that no passage has as those spell them that are near to the question."""
        words = misspelt(
            text,
            self.index.words.document_frequency,
            # The embedder knows the words of English as one token each.
            lambda word: len(self.embedder.tokenise(word)) == 1,
        )
        if not words:
            return text, ()
        near = self.candidates(text, self.narrowed(filters), SPELLING)
        text, changed = spelt(text, words, (item.passage.text for item in near))
        return text, tuple(
            Notice(code="spelling", message=f"“{word}” was read as “{form}”.")
            for word, form in changed.items()
        )

    def _as_of(self, text: str, filters: Filters) -> tuple[Filters, tuple[Notice, ...]]:
        """Read "as of 3 March 2025" from a question, where no filter names a time.

        Where no article is dated so early, the day stays unchecked, and a notice says so.
        """
        asked_at = datetime.now(UTC)
        found = None if filters.dated or not text else window(text, asked_at)
        said = [text[slice(*span)].lower() for span in found.spans] if found else []
        if found is None or found.before is None or not any(s.startswith("as of") for s in said):
            return filters, ()
        bounded = replace(filters, as_of=found.before - timedelta(microseconds=1))
        if self.candidates(text, bounded, 1):
            return bounded, ()
        message = f"No article is known to be published {said[0]}; the day could not be checked."
        return filters, (Notice(code="day_not_checked", message=message),)

    def _read(
        self, planned: Plan, filters: Filters, clock: _Clock, wordings: Sequence[str] = ()
    ) -> list[list[Evidence]]:
        """Read for the whole question, then for each of its parts, within the budget.

        ``wordings`` are what the whole question is searched as, when not as it is.
        """
        texts = [planned.text, *planned.parts]
        filters = self.narrowed(filters)
        with clock.stage("retrieve"):
            vectors = self.embedder.embed(texts)
            found = [self._proposed(planned, filters, wordings, vectors[0])]
            found += [
                self.candidates(text, filters, self._budget(planned, at), vectors[at])
                for at, text in enumerate(planned.parts, start=1)
            ]
        with clock.stage("read"):
            left = float(self.settings.read_milliseconds)
            readings = []
            for text, candidates, vector in zip(texts, found, vectors, strict=True):
                if self.settings.read_milliseconds:
                    candidates = candidates[: self.pace.affordable(len(candidates), left)]
                begun = time.perf_counter()
                readings.append(read.read(text, candidates, self.reader, vector))
                spent = (time.perf_counter() - begun) * 1000
                self.pace.took(len(candidates), spent)
                left -= spent
        self.recall([candidate for candidates in found for candidate in candidates])
        with clock.stage("read"):
            readings = [
                weighed(evidence, words, attribute.attribute)
                if (words := asked_words(text))
                else evidence
                for text, evidence in zip(texts, readings, strict=True)
            ]
            readings = [
                unnamed.weighed(text, evidence, self.parse)
                for text, evidence in zip(texts, readings, strict=True)
            ]
        readings = [introduced(text, part) for text, part in zip(texts, readings, strict=True)]
        span = recent.within(planned.text)
        if span is not None and filters.as_of is not None:
            readings = [recent.weighed(part, span, filters.as_of) for part in readings]
        if not filters.speakers:
            return readings
        speaks = self._matcher(filters)
        return [[item for item in evidence if _spoken(item, speaks)] for evidence in readings]

    def _proposed(
        self, planned: Plan, filters: Filters, wordings: Sequence[str], vector: Vector
    ) -> list[Candidate]:
        """Return the passages that are read for the whole question; ``vector`` is its own."""
        most = self._budget(planned, 0)
        if wordings:
            return retrieve.together(
                [self.candidates(text, filters, ASIDE * most) for text in wordings], most
            )
        span = recent.within(planned.text)
        if filters.as_of is not None and (span or planned.of_state):
            many = self.candidates(planned.text, filters, retrieve.NEWEST * most, vector)
            if span:
                return recent.fresh_first(many, most, span, filters.as_of)
            return retrieve.with_newest(many, most)
        return self.candidates(planned.text, filters, most, vector)

    def _reason(self, text: str, filters: Filters, evidence: Sequence[Evidence]) -> Reason:
        """Say why nothing is answered."""
        if not text:
            return "not_a_question_about_the_collection"
        if filters.dated and (not evidence or _foreign(text, evidence)):
            # It may be of another time: what would be read without the bounds?
            undated = replace(filters, as_of=None, after=None, before=None)
            others = read.read(
                text, self.candidates(text, self.narrowed(undated), OTHERS), self.reader
            )
            dated = any(item.candidate.article.published_at is not None for item in others)
            if dated and not (evidence and _foreign(text, others)):
                return "out_of_range"
        if not evidence:
            return "no_evidence"
        return "not_a_question_about_the_collection" if _foreign(text, evidence) else "not_stated"

    def _budget(self, planned: Plan, at: int) -> int:
        """Passages read for the whole question (0) and for each of its parts.

        What several articles answer together needs more of them, unless its parts look for each.
        """
        given = self.settings.candidates
        if at > 0:
            return max(1, given // 2)
        return given * MORE if planned.kind in MANY and not planned.parts else given

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

    def narrowed(self, filters: Filters) -> Filters:
        """Look only into articles in which the speakers say something, where that is known."""
        if not filters.speakers or self.speaking is None:
            return filters
        articles = self.speaking.articles(filters.speakers, filters)
        if articles is None:
            return filters
        if filters.articles:
            articles = tuple(name for name in articles if name in filters.articles)
        # An empty filter would let everything through.
        return replace(filters, articles=articles or ("",))

    def _matcher(self, filters: Filters) -> Callable[[str], bool]:
        """Return what tells whether a name is one of the speakers that are asked for."""
        if self.speaking is not None:
            return self.speaking.matcher(filters.speakers, filters)
        parts = [speaker.casefold() for speaker in filters.speakers]
        return lambda name: any(part in name.casefold() for part in parts)

    def recall(self, candidates: Sequence[Candidate]) -> None:
        """Have at hand what is stored of what their articles say."""
        if self.speaking is not None:
            self.speaking.recall(candidate.article for candidate in candidates)

    def notices(self, filters: Filters) -> tuple[Notice, ...]:
        """Say how many articles without a date a dated question leaves out."""
        if not filters.dated or not (count := self.catalogue.undated()):
            return ()
        noun = "article has" if count == 1 else "articles have"
        return (
            Notice(
                code="undated_left_out",
                message=f"{count} {noun} no date and took no part in this dated question.",
            ),
        )

    def check(self, question: str, filters: Filters) -> None:
        """Raise QuestionError or FilterError for what cannot be asked."""
        check_utf8(question, "question")
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


def _foreign(text: str, evidence: Sequence[Evidence]) -> bool:
    """Whether what was read has nothing of a question."""
    if not evidence:
        return True
    known = names_known(text, [item.candidate.article for item in evidence])
    shared = max(Wanted(text, ()).share(around(item)) for item in evidence)
    return shared < FOREIGN and (known == 0.0 or not question_names(text))


def check_utf8(text: str, what: str) -> None:
    """Raise QuestionError for half of a surrogate pair, which no UTF-8 can carry."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise QuestionError(
            f"The {what} is not valid UTF-8 at character {error.start}.",
            remedy="Send it as UTF-8.",
        ) from error


def as_result(candidate: Candidate, reprints: Sequence[Reprint] = ()) -> SearchResult:
    """Show a candidate as search does; ``reprints`` are the articles of its cluster."""
    return SearchResult(
        score=candidate.score,
        passage=candidate.passage,
        article=ArticleSummary.of(candidate.article),
        also_in=tuple(item for item in reprints if item.article_id != candidate.article.id),
    )


_NO_PLAN, _NO_DECISION = Plan(kind="fact", text=""), Decision()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A question on its way to an answer; what later stages fill in has no value before them."""

    query: Query
    understood: Understood
    """How the question was completed."""
    spending: Spending
    asked_of: Filters
    """As they were given."""
    filters: Filters
    """With the days that the question itself names."""
    limit: int | None
    generation: int
    """Of the catalogue when the question came."""
    clock: _Clock
    planned: Plan = _NO_PLAN
    readings: tuple[tuple[Evidence, ...], ...] = ((),)
    """The sentences read for the whole question, best first, then for each of its parts."""
    confidence: float = 0.0
    decision: Decision = _NO_DECISION
    notices: tuple[Notice, ...] = ()
    id: str = field(default_factory=lambda: f"ans-{uuid.uuid4().hex}")
    """The answer's."""


def _state(planned: Plan, citations: Sequence[Citation]) -> tuple[Notice, ...]:
    """Say as of which day an answer about the state of things is."""
    days = [item.published_at for item in citations if item.published_at is not None]
    if not days or not planned.of_state:
        return ()
    message = f"As of {max(days):%Y-%m-%d}, when the newest article quoted was published."
    return (Notice(code="state_as_of", message=message),)


def _edited(used: Sequence[Evidence]) -> tuple[Notice, ...]:
    """Say which quoted articles speak of days after their date: they were edited since."""
    notices = []
    for article in {item.candidate.article.id: item.candidate.article for item in used}.values():
        if article.published_at is None:
            continue
        if not (after := told_later(article.text, article.published_at)):
            continue
        last = max(after, key=lambda day: day.first)
        message = (
            f"{article.title!r} is dated {article.published_at:%Y-%m-%d} but speaks of "
            f"{article.text[slice(*last.span)]}: it was edited after its date."
        )
        notices.append(Notice(code="edited_after_date", message=message))
    return tuple(notices)


def _spoken(item: Evidence, speaks: Callable[[str], bool]) -> bool:
    span = (item.sentence.start, item.sentence.end)
    return _spoken_by(item.candidate.article, span, speaks)


def _spoken_by(article: Article, span: Span, speaks: Callable[[str], bool]) -> bool:
    speaker = attribute.attribute(article.text, *span).speaker
    return speaker is not None and speaks(speaker)


def _cleaned(turn: Turn) -> Turn:
    return replace(turn, content=asked(turn.content)) if turn.role == "user" else turn


def _nearest(evidence: Sequence[Evidence]) -> tuple[SearchResult, ...]:
    """Show the passages that retrieval found first, best first."""
    found = {item.candidate.passage.id: item.candidate for item in evidence}
    ranked = sorted(found.values(), key=lambda item: (-item.score, item.passage.id))
    return tuple(as_result(item) for item in ranked[:3])


class _Clock:
    """Adds up milliseconds by stage."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        spent = self._stages.get(name, 0.0) + (time.perf_counter() - begun) * 1000
        self._stages[name] = round(spent, 3)

    def read(self) -> dict[str, float]:
        total = round((time.perf_counter() - self._begun) * 1000, 3)
        return {**self._stages, "total": total}
