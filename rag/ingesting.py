"""How articles get in: clean, chunk, embed, store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from rag.config import Settings
from rag.errors import InputError
from rag.ingest import chunk, clean, load
from rag.language import Span
from rag.models.embedder import Embedder
from rag.store.catalogue import Catalogue
from rag.store.index import Index
from rag.types import Article, IngestReport, Refused, Source, Stored

# Articles that are embedded together: enough for full batches, few enough to lose little work.
BATCH = 16

Progress = Callable[[str], None]


class Ingesting:
    """Stores articles in a catalogue and keeps its index up with it."""

    def __init__(
        self, settings: Settings, catalogue: Catalogue, index: Index, embedder: Embedder
    ) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.index = index
        self.embedder = embedder

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
            if len(batch) == BATCH:
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


def embedded_text(title: str | None, words: str) -> str:
    """Return what is embedded for a passage: its words after the title, where one was given."""
    return words if title is None else f"{title}\n{words}"


def _given_title(article: Article) -> str | None:
    return None if article.title_from == "derived" else article.title
