"""The product on one screen: ingest, search, ask."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rag.ask import attribute, cite, compose, read, retrieve, rewrite, verify
from rag.config import Settings
from rag.errors import DatelineError, FilterError, InputError, QuestionError
from rag.ingest import chunk, clean, load
from rag.language import Span
from rag.models.blend import BlendReader
from rag.models.cross_encoder import CrossEncoderReader
from rag.models.embedder import Embedder
from rag.models.overlap import OverlapReader
from rag.models.reader import Reader
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.index import Index
from rag.types import (
    Answer,
    Article,
    ArticleSummary,
    Candidate,
    DraftSentence,
    Filters,
    Finding,
    IngestReport,
    Notice,
    Page,
    Reason,
    Refused,
    SearchResult,
    Source,
    Stored,
    Turn,
)

ABSTENTION = "The articles do not answer this question."
NO_FILTERS = Filters()
# Articles that are embedded together: enough for full batches, few enough to lose little work.
INGEST_BATCH = 16

Progress = Callable[[str], None]


class Dateline:
    """A collection of articles and what can be asked of it.

    Open one for each process and share it: it is safe for several threads. Models are loaded when
    they are first needed; ``warm`` loads them at once. Raises StoreError or ModelError.
    ``any_embedder`` opens a collection whose vectors another embedder made, to embed them anew.
    """

    def __init__(self, settings: Settings, *, any_embedder: bool = False) -> None:
        self.settings = settings
        self.catalogue = Catalogue(Database(settings.database_url))
        self.embedder = Embedder(settings.embedder, settings.precision, settings.threads)
        if not any_embedder:
            self.catalogue.claim_embedder(self.embedder.fingerprint)
        self.index = Index(self.catalogue, self.embedder.dimension, settings.data / "index")
        self.reader = self._reader()

    def _reader(self) -> Reader:
        words, settings = self.index.words, self.settings
        overlap = OverlapReader(self.embedder, words.document_frequency, lambda: len(words))
        if settings.reader == "overlap":
            return overlap
        cross_encoder = CrossEncoderReader(precision=settings.precision, threads=settings.threads)
        if settings.reader == "cross-encoder":
            return cross_encoder
        return BlendReader(cross_encoder, overlap)

    def warm(self) -> None:
        """Load the models, so that the first question is not slow."""
        self.reader.warm()

    def close(self) -> None:
        """Save a snapshot of the index and close the catalogue."""
        try:
            self.index.save()
        finally:
            self.index.close()
            self.catalogue.close()

    # ---- ingest ---------------------------------------------------------------------------------

    def ingest(self, paths: Iterable[Path], progress: Progress = lambda _: None) -> IngestReport:
        """Store the articles of files and folders; one that cannot be stored never stops the rest.

        Raises SourceMissing, SourceEmpty or SourceUnreadable for a path that gives no files.
        ``progress`` is called with the origin of each article when it is done.
        """
        files = [file for path in paths for file in load.find(path)]
        return self.add(
            (item for file in files for item in load.load(file, self.settings.max_file_bytes)),
            progress,
        )

    def add(
        self, sources: Iterable[Source | InputError], progress: Progress = lambda _: None
    ) -> IngestReport:
        """Store articles, each in a transaction of its own; errors among them are reported."""
        stored: list[Stored] = []
        refused: list[Refused] = []
        batch: list[tuple[Article, str, list[Span]]] = []
        for source in sources:
            try:
                if isinstance(source, InputError):
                    raise source
                article, spans = clean.clean(source, self.settings.max_article_chars)
                if source.id is None:
                    article = replace(
                        article,
                        id=self.catalogue.free_id(article.id, source.origin, article.text_hash),
                    )
                if known := self.catalogue.has(article):
                    stored.append(known)
                    progress(source.origin)
                else:
                    batch.append((article, source.origin, spans))
            except InputError as error:
                origin = source.origin if isinstance(source, Source) else "input"
                refused.append(Refused(origin=origin, code=error.code, message=str(error)))
                progress(origin)
            if len(batch) == INGEST_BATCH:
                stored += self._store(batch, progress)
                batch = []
        stored += self._store(batch, progress)
        self.index.refresh()
        return IngestReport(stored=tuple(stored), refused=tuple(refused))

    def _store(
        self, batch: Sequence[tuple[Article, str, list[Span]]], progress: Progress
    ) -> list[Stored]:
        passages = [
            chunk.chunk(article.text, spans, self.embedder.tokenise) for article, _, spans in batch
        ]
        vectors = self.embedder.embed(
            [
                embedded_text(_given_title(article), article.text[slice(*span)])
                for (article, _, _), mine in zip(batch, passages, strict=True)
                for span in mine
            ]
        )
        done: list[Stored] = []
        start = 0
        for (article, origin, _), mine in zip(batch, passages, strict=True):
            done.append(
                self.catalogue.put(article, origin, mine, vectors[start : start + len(mine)])
            )
            start += len(mine)
            progress(origin)
        return done

    def delete(self, article_id: str) -> None:
        """Remove an article with all its versions; raises ArticleNotFound."""
        self.catalogue.delete(article_id)
        self.index.refresh()

    def reindex(self, progress: Callable[[int], None] | None = None) -> int:
        """Embed every passage anew with the embedder of the settings; returns how many."""
        rows = self.catalogue.changes(0).added
        texts = [embedded_text(row.title, row.text) for row in rows]
        vectors = self.embedder.embed(texts, progress)
        self.catalogue.replace_vectors(
            self.embedder.fingerprint, [row.key for row in rows], vectors
        )
        self.index.refresh()
        return len(rows)

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
        self._check(query, filters)
        depth = retrieve.DEPTH if filters.speakers else limit
        candidates = self._candidates(query, filters, depth)
        if filters.speakers:
            candidates = [
                candidate
                for candidate in candidates
                if any(
                    self._spoken_by(candidate.article, span, filters.speakers)
                    for span in read.passage_sentences(candidate)
                )
            ]
        return [_result(candidate) for candidate in candidates[:limit]]

    # ---- ask ------------------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = NO_FILTERS,
        limit: int = 3,
    ) -> Answer:
        """Answer from the articles or abstain; at most ``limit`` sentences are quoted.

        Raises QuestionError or FilterError.
        """
        self._check(question, filters)
        clock = _Clock()
        with clock.stage("rewrite"):
            query = rewrite.rewrite(question, history)
        with clock.stage("retrieve"):
            candidates = self._candidates(query.text, filters, self.settings.candidates)
        with clock.stage("read"):
            evidence = read.read(query.text, candidates, self.reader)
            if filters.speakers:
                evidence = [
                    item
                    for item in evidence
                    if self._spoken_by(
                        item.candidate.article,
                        (item.sentence.start, item.sentence.end),
                        filters.speakers,
                    )
                ]
        confidence = evidence[0].answerable if evidence else 0.0
        chosen = read.select(evidence, limit) if confidence >= self.settings.min_confidence else []
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
            reason=_reason(candidates) if abstained else None,
            confidence=round(confidence, 4),
            conflicts=(),
            dropped=tuple(dropped),
            nearest=tuple(_result(item) for item in candidates[:3]) if abstained else (),
            notices=self._notices(filters),
            as_of=filters.as_of,
            timings=clock.read(),
            models={
                "embedder": self.embedder.fingerprint,
                "reader": self.reader.fingerprint,
            },
        )

    def _candidates(self, text: str, filters: Filters, limit: int) -> list[Candidate]:
        self.index.refresh()
        return retrieve.retrieve(
            text,
            self.embedder.embed([text])[0],
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

    # ---- health ---------------------------------------------------------------------------------

    def check(self) -> Iterator[Finding]:
        """Yield what was looked at and found, without changing anything."""
        counts = self.catalogue.counts()
        yield Finding(
            name="catalogue",
            ok=True,
            detail=", ".join(f"{count} {name}" for name, count in counts.items()),
        )
        try:
            self.embedder.warm()
        except DatelineError as error:
            yield Finding(name="embedder", ok=False, detail=error.message, remedy=error.remedy)
        else:
            yield Finding(name="embedder", ok=True, detail=self.embedder.fingerprint)
        yield self.index.check()


def embedded_text(title: str | None, words: str) -> str:
    """Return what is embedded for a passage: its words after the title, where one was given."""
    return words if title is None else f"{title}\n{words}"


def _given_title(article: Article) -> str | None:
    return None if article.title_from == "derived" else article.title


def _result(candidate: Candidate) -> SearchResult:
    article = candidate.article
    return SearchResult(
        score=candidate.score,
        passage=candidate.passage,
        article=ArticleSummary(
            id=article.id,
            version=article.version,
            title=article.title,
            title_from=article.title_from,
            outlet=article.outlet,
            published_at=article.published_at,
            url=article.url,
        ),
    )


def _reason(candidates: Sequence[Candidate]) -> Reason:
    return "not_stated" if candidates else "no_evidence"


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
