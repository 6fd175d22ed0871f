"""The product on one screen: ingest, search, ask."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING

from rag.answering import NO_FILTERS, Answering, Found
from rag.attributing import Attributing
from rag.caching import AnswerCache
from rag.chat_types import ChatEvent
from rag.chatting import Chatting
from rag.composing import Writing
from rag.config import Settings
from rag.errors import DatelineError, InputError, MigrationImpossible
from rag.ingesting import Ingesting, Progress
from rag.models.blend import BlendReader
from rag.models.cross_encoder import CrossEncoderReader
from rag.models.embedder import Embedder
from rag.models.llm import LanguageModel
from rag.models.llm_choice import backend, budget, choose, limits
from rag.models.overlap import OverlapReader
from rag.models.reader import Judge, Reader
from rag.models.support import NetworkJudge
from rag.quoting import Quoting
from rag.rewording import Rewording
from rag.speaking import Speaking
from rag.statement_types import QuoteLookup, StatementPage, Timeline
from rag.statements import WhoSaid
from rag.store.answers import AnswerLog
from rag.store.border import open_index
from rag.store.catalogue import Catalogue
from rag.store.damage import damage
from rag.store.database import Database
from rag.store.evaluations import Evaluations
from rag.store.feedback import FeedbackLog
from rag.store.feeds import Feeds
from rag.store.jobs import Jobs
from rag.store.keys import Keys
from rag.store.keys_audit import AuditLog
from rag.store.names import Names
from rag.store.sessions import Chats
from rag.store.statements import Statements
from rag.store.statements_query import StatementQuery
from rag.store.tokens import TokenLedger
from rag.store.transfer import unfinished
from rag.store.uploads import Uploads
from rag.telling import Steps, Telling, retold, whole
from rag.timeline import Timelines
from rag.types import (
    Answer,
    Article,
    Filters,
    Finding,
    IngestReport,
    Page,
    SearchResult,
    Source,
    Turn,
)
from rag.unknown import Unknown
from rag.verify_types import Given, Verification
from rag.verifying import Verifying

if TYPE_CHECKING:
    from rag.store.queue import Queue


class Dateline:
    """A collection of articles and what can be asked of it.

    Open one for each process and share it: it is safe for several threads. Models are loaded when
    they are first needed; ``warm`` loads them at once. Raises StoreError or ModelError.
    ``any_embedder`` opens a collection whose vectors another embedder made, to embed them anew.
    ``like`` is another one, open for at least as long, whose models are used.
    """

    def __init__(
        self, settings: Settings, *, any_embedder: bool = False, like: Dateline | None = None
    ) -> None:
        self.settings = settings
        self._like = like
        self._choosing = Lock()
        self.database = Database(settings.database_url)
        if (source := unfinished(self.database)) is not None:
            self.database.close()
            raise MigrationImpossible(
                f"{self.database.shown} is being copied from {source} and not whole yet.",
                remedy="Run that `dateline migrate` again, to its end.",
            )
        self.catalogue = Catalogue(self.database)
        self.answers = AnswerLog(self.database, timedelta(days=settings.keep_answers))
        shared = self.database.backend.shared
        self.jobs = Jobs(self.database, _queue(self.database) if shared else None)
        self.uploads = Uploads(self.database) if shared else None
        self.keys = Keys(self.database)
        self.audit = AuditLog(self.database)
        self.feedback = FeedbackLog(self.database, self.answers)
        self.tokens = TokenLedger(self.database)
        self.names = Names(self.database)
        self.evaluations = Evaluations(self.database)
        self.embedder = self._embedder()
        if not any_embedder:
            self.catalogue.claim_embedder(self.embedder.fingerprint)
        self.index = open_index(settings, self.catalogue, self.database, self.embedder.dimension)
        self.reader = self._reader()
        self.ingesting = Ingesting(
            settings, self.catalogue, self.index, self.embedder, Feeds(self.database)
        )
        self.speaking = Speaking(Statements(self.database), StatementQuery(self.database))
        self.answering = Answering(
            settings,
            self.catalogue,
            self.index,
            self.embedder,
            self.reader,
            self._judge,
            composer=Writing(self.language_model, self._judge),
            speaking=self.speaking,
            rewriter=Rewording(self.language_model),
            unknown=Unknown(self.names, self.speaking),
        )
        self.verifying = Verifying(self.answering)
        self.chats = Chats(self.database, timedelta(days=settings.chat_days))
        self.cache = AnswerCache(settings.cached_answers)
        self.chatting = Chatting(
            self.answering, self.chats, self._known, self._answered, self.answers.record
        )
        self.attributing = Attributing(self.database)
        self.who_said = WhoSaid(self.speaking, self.answering, self._rarity)
        self.quoting = Quoting(self.catalogue, self.index, self.answering, self.speaking)
        self.timelines = Timelines(self.catalogue, self.answering, self.speaking, self._rarity)

    def _embedder(self) -> Embedder:
        if self._like is not None:
            return self._like.embedder
        settings = self.settings
        return Embedder(settings.embedder, settings.precision, settings.threads)

    def _reader(self) -> Reader:
        words, settings = self.index.words, self.settings
        overlap = OverlapReader(self.embedder, words.document_frequency, lambda: len(words))
        if settings.reader == "overlap":
            return overlap
        if settings.reader == "cross-encoder":
            return self._cross_encoder
        return BlendReader(self._cross_encoder, overlap)

    @cached_property
    def _cross_encoder(self) -> CrossEncoderReader:
        if self._like is not None:
            return self._like._cross_encoder
        return CrossEncoderReader(precision=self.settings.precision, threads=self.settings.threads)

    def _judge(self) -> Judge | None:
        """Return what judges claims, where there are weights for it."""
        if self.settings.reader == "overlap":
            return None
        scorer = self._cross_encoder.scorer
        return NetworkJudge(scorer) if scorer.config["sizes"].get("verdicts") else None

    def _rarity(self, stem: str) -> float:
        """Weigh a stem by how few passages have it."""
        words = self.index.words
        return math.log(1 + (len(words) + 0.5) / (words.document_frequency(stem) + 0.5))

    def language_model(self) -> LanguageModel | None:
        """Return what writes answers; None: nothing does, they are quotations.

        Chosen when it is first asked for. Raises SettingsError or ModelMissing.
        """
        if self._like is not None:
            return self._like.language_model()
        with self._choosing:
            return self._language_model

    @cached_property
    def _language_model(self) -> LanguageModel | None:
        found = choose(self.settings)
        if found is None:
            return None
        made = backend(found, self.settings)
        return LanguageModel(made, limits(self.settings), budget(self.settings, self.tokens))

    def warm(self) -> None:
        """Load the models, so that the first question is not slow."""
        if (model := self.language_model()) is not None:
            model.warm()
        self.answering.warm()
        self.index.follow()

    def reload(self, settings: Settings) -> None:
        """Go on with other settings, as far as they are among ``config.RELOADED``."""
        self.settings = self.answering.settings = self.ingesting.settings = settings
        self.answers.keep = timedelta(days=settings.keep_answers)
        self.chats.keep = timedelta(days=settings.chat_days)
        self.cache.renew(settings.cached_answers)

    def close(self) -> None:
        """Save a snapshot of the index and close the catalogue."""
        try:
            if "_language_model" in vars(self) and self._language_model is not None:
                self._language_model.close()
            self.answers.flush()
            self.index.save()
        finally:
            self.index.close()
            self.catalogue.close()

    # ---- ingest ---------------------------------------------------------------------------------

    def ingest(
        self,
        targets: Iterable[str | Path],
        progress: Progress = lambda _: None,
        mapping: Mapping[str, str] | None = None,
    ) -> IngestReport:
        """Store the articles of files, folders, archives and web addresses.

        One that cannot be stored never stops the rest. ``progress`` is called with the origin of
        each article when it is done; ``mapping`` says what records call our fields. Raises
        SourceMissing, SourceEmpty or SourceUnreadable for a path that gives no files.
        """
        return self.ingesting.ingest(targets, progress, mapping)

    def add(
        self, sources: Iterable[Source | InputError], progress: Progress = lambda _: None
    ) -> IngestReport:
        """Store articles, each in a transaction of its own; errors among them are reported."""
        return self.ingesting.add(sources, progress)

    def delete(self, article_id: str) -> None:
        """Remove an article with all its versions; raises ArticleNotFound."""
        self.catalogue.delete(article_id)
        self.index.refresh()

    def retract(self, article_id: str, note: str) -> None:
        """Take an article out of every later answer, readable still; raises ArticleNotFound."""
        self.catalogue.retract(article_id, note)
        self.index.refresh()

    def reinstate(self, article_id: str) -> None:
        """Let answers use a retracted article again; raises ArticleNotFound."""
        self.ingesting.reinstate(article_id)

    def reindex(self, progress: Callable[[int], None] | None = None) -> int:
        """Embed every passage anew with the embedder of the settings; returns how many."""
        return self.ingesting.reindex(progress)

    # ---- look up --------------------------------------------------------------------------------

    def articles(self, limit: int = 50, cursor: str | None = None) -> Page:
        """Return one page of articles; raises CursorError."""
        return self.catalogue.articles(limit, cursor)

    def article(self, article_id: str, version: int | None = None) -> Article:
        """Return an article, its current version by default; raises ArticleNotFound."""
        return self.catalogue.article(article_id, version)

    def search(
        self, query: str, filters: Filters = NO_FILTERS, limit: int = 10
    ) -> list[SearchResult]:
        """Return the best passages, best first; raises QuestionError or FilterError."""
        return self.answering.search(query, filters, limit)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        limit: int | None = None,
    ) -> Answer:
        """Answer from the articles or abstain.

        At most ``limit`` sentences are quoted; by default, what the kind of question needs.

        Raises QuestionError or FilterError.
        """
        return whole(self.tell(question, history, filters, limit).steps)

    def tell(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        limit: int | None = None,
        stopped: Event | None = None,
    ) -> Telling:
        """Answer sentence by sentence, each as soon as it is verified; arguments as for ``ask``.

        The question is understood at once, and looked into when the first sentence is asked for.
        Setting ``stopped`` stops a language model: LlmStopped is raised then.
        Raises QuestionError or FilterError.
        """
        found = self.answering.understand(question, history, filters, limit, stopped)
        known = self._known(found)
        if known is not None:
            return Telling(known.id, retold(known))
        return Telling(found.id, self._told(found, stopped))

    def chat(
        self,
        question: str,
        chat_id: str | None = None,
        filters: Filters = NO_FILTERS,
        limit: int | None = None,
        turn_id: str | None = None,
        stopped: Event | None = None,
    ) -> Iterator[ChatEvent]:
        """Answer the next question of a chat, event by event; without ``chat_id`` one begins.

        The last event, `done`, has the whole answer; the turn is kept by then. Setting ``stopped``
        stops a language model that is writing. Raises QuestionError, FilterError, ChatNotFound
        or LlmStopped.
        """
        return self.chatting.stream(question, chat_id, filters, limit, turn_id, stopped)

    def _known(self, found: Found) -> Answer | None:
        """Return the answer from memory where nothing it follows from has changed; record it."""
        answer = self.cache.get(self._key(found), found.query.question)
        if answer is not None:
            self.answers.record(answer)
        return answer

    def _told(self, found: Found, stopped: Event | None) -> Steps:
        """Search and answer."""
        return (yield from self._answered(self.answering.find(found), stopped))

    def _answered(self, found: Found, stopped: Event | None = None) -> Steps:
        """Answer from what was found; record it."""
        answer = yield from self.answering.tell(found, stopped)
        # Only what was made of one generation, from the question to the answer.
        if self.catalogue.generation() == found.generation == self.index.generation:
            self.cache.put(self._key(found), answer)
        self.answers.record(answer)
        return answer

    def _key(self, found: Found) -> tuple[Hashable, ...]:
        """Return everything that an answer follows from, beside the settings."""
        model = self.language_model()
        return (
            found.generation,
            found.query.text,
            found.asked_of,
            found.limit,
            datetime.now(UTC).date(),
            None if model is None else model.fingerprint,
        )

    def verify(
        self, text: str, given: Sequence[Given] = (), filters: Filters = NO_FILTERS
    ) -> Verification:
        """Check a text sentence by sentence against the collection, or against given articles.

        Raises QuestionError or FilterError.
        """
        return self.verifying.verify(text, given, filters)

    # ---- who said what --------------------------------------------------------------------------

    def read_statements(self, progress: Callable[[int], None] = lambda _: None) -> bool:
        """Read the stored articles for who says what, as far as that is still to be done.

        ``progress`` is told how many articles were read. False when another process is at it.
        """
        return self.attributing.catch_up(progress)

    def statements(
        self,
        speaker: str | None = None,
        about: str | None = None,
        filters: Filters = NO_FILTERS,
        quote_type: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> StatementPage:
        """Return who said what, the newest first, or nearest to ``about``.

        Raises FilterError, QuestionError or CursorError.
        """
        return self.who_said.find(speaker, about, filters, quote_type, limit, cursor)

    def lookup_quote(
        self, quote: str, filters: Filters = NO_FILTERS, limit: int = 10
    ) -> QuoteLookup:
        """Return where quoted words stand, who says them there, and how they differ.

        Raises QuestionError or FilterError.
        """
        return self.quoting.lookup(quote, filters, limit)

    def timeline(self, query: str, filters: Filters = NO_FILTERS, limit: int = 20) -> Timeline:
        """Return dated statements and events about a subject, the earliest day first.

        Raises QuestionError or FilterError.
        """
        return self.timelines.of(query, filters, limit)

    # ---- health ---------------------------------------------------------------------------------

    def check(self, *, deep: bool = False) -> Iterator[Finding]:
        """Yield what was looked at and found, without changing anything.

        ``deep`` compares vectors and texts of the index with the catalogue, not only its names.
        """
        counts = self.catalogue.counts()
        yield Finding(
            name="catalogue",
            ok=True,
            detail=", ".join(f"{count} {name}" for name, count in counts.items()),
        )
        if deep:
            yield self._rows()
        try:
            self.embedder.warm()
        except DatelineError as error:
            yield Finding(name="embedder", ok=False, detail=error.message, remedy=error.remedy)
        else:
            yield Finding(name="embedder", ok=True, detail=self.embedder.fingerprint)
        yield self.index.check(deep=deep)
        yield self._statements_read()
        yield self._writes()

    def _writes(self) -> Finding:
        """Say what writes answers."""
        try:
            model = self.language_model()
        except DatelineError as error:
            return Finding(
                name="language model", ok=False, detail=error.message, remedy=error.remedy
            )
        if model is None:
            return Finding(name="language model", ok=True, detail="none; answers are quotations")
        why = f"{model.fingerprint}, because {model.backend.chosen}"
        return Finding(name="language model", ok=True, detail=why)

    def _statements_read(self) -> Finding:
        stored = self.attributing.statements
        count, failed = stored.counts()
        notes = [f"{count} statements", f"{stored.waiting()} articles still to be read"]
        return Finding(
            name="statements",
            ok=True,
            detail="; ".join([*notes, *([f"{failed} could not be read"] if failed else [])]),
        )

    def _rows(self) -> Finding:
        try:
            found = "; ".join(damage(self.database, self.embedder.dimension))
        except DatelineError as error:
            return Finding(name="rows", ok=False, detail=error.message, remedy=error.remedy)
        return Finding(
            name="rows",
            ok=not found,
            detail=found or "every text, passage and vector is as it was written",
            remedy="Ingest the articles that are named again, run `dateline reindex` for vectors, "
            "or restore a backup."
            if found
            else None,
        )


def _queue(database: Database) -> Queue:
    from rag.store.queue import Queue

    return Queue(database)
