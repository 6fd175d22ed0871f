"""How articles get in: clean, chunk, embed, store."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from rag.config import Settings
from rag.errors import InputError, StoreError
from rag.ingest import boilerplate, chunk, load, place, shingles
from rag.ingest.options import Options, Remembered
from rag.ingest.urls import is_url
from rag.memory import give_back
from rag.models.embedder import Embedder
from rag.preparing import (
    BATCH,
    Prepared,
    cleaned,
    embedded,
    embedded_text,
    id_of,
    known,
    parted,
    prepared,
    renamed,
)
from rag.store.border import PassageIndex
from rag.store.catalogue import Catalogue
from rag.store.clusters import Neighbour, Reprints
from rag.store.feeds import Feeds
from rag.store.rows import Vectors
from rag.store.spool import VectorSpool
from rag.types import IngestReport, Refused, Source, Stored

# Passages after which the index catches up while more come in.
CATCH_UP = 5_000
# Passages that are embedded anew together.
REINDEXED = 500

log = logging.getLogger("dateline.ingest")

Progress = Callable[[str], None]


class FeedMemory:
    """Keeps in the catalogue what fetching remembers of feeds, once their items are stored."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._held: list[Remembered] = []

    def get(self, url: str) -> Remembered | None:
        """Return what was remembered of this URL."""
        state = self._feeds.get(url)
        return None if state is None else Remembered(url, *state)

    def put(self, remembered: Remembered) -> None:
        """Hold it until all is stored: forgotten, a feed is only fetched once more."""
        self._held.append(remembered)

    def keep(self) -> None:
        """Write down what was held."""
        for remembered in self._held:
            self._feeds.put(remembered.url, (remembered.etag, remembered.last_modified))
        self._held.clear()


class Ingesting:
    """Stores articles in a catalogue and keeps its index up with it."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        index: PassageIndex,
        embedder: Embedder,
        feeds: Feeds,
    ) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.index = index
        self.embedder = embedder
        self.feeds = feeds
        self._behind = 0

    def options(self, memory: FeedMemory, mapping: Mapping[str, str] | None = None) -> Options:
        """Return how sources are read under these settings; see `rag.ingest.options`."""
        return Options.of(self.settings, mapping=mapping, memory=memory)

    def ingest(
        self,
        targets: Iterable[str | Path],
        progress: Progress = lambda _: None,
        mapping: Mapping[str, str] | None = None,
    ) -> IngestReport:
        """Store the articles of files, folders, archives and web addresses.

        One that cannot be stored never stops the rest. ``progress`` is called with the origin of
        each article when it is done; ``mapping`` says what records call our fields. Raises
        SourceMissing, SourceEmpty or SourceUnreadable for a path that gives no files, before
        anything is stored.
        """
        targets = [*targets]
        for target in targets:
            if not (isinstance(target, str) and is_url(target)):
                next(load.walk(Path(target)))
        memory = FeedMemory(self.feeds)
        options = self.options(memory, mapping)
        report = self.add(
            (item for target in targets for item in load.sources(target, options)), progress
        )
        memory.keep()
        return report

    def add(
        self, sources: Iterable[Source | InputError], progress: Progress = lambda _: None
    ) -> IngestReport:
        """Store articles, each in a transaction of its own; errors among them are reported."""
        stored: list[Stored] = []
        refused: list[Refused] = []
        for outcome in self.run(sources):
            if isinstance(outcome, Stored):
                stored.append(outcome)
            else:
                refused.append(outcome)
            progress(outcome.origin)
        return IngestReport(stored=tuple(stored), refused=tuple(refused))

    def run(self, sources: Iterable[Source | InputError]) -> Iterator[Stored | Refused]:
        """Store articles and yield what became of each, about as they come.

        Memory is bounded by BATCH articles. What was yielded is on disk; whoever stops asking
        stops the work. Raises StoreError or ModelError, which concern all of them.
        """
        try:
            yield from self._run(sources)
        except BaseException:
            # Also after a failure and for whoever stops asking: what is stored can be found. What
            # is said is what went wrong first: a disk that is full is so for the index too.
            try:
                self.index.refresh()
            except StoreError as error:
                log.warning("the index is behind: %s", error)
            raise
        self.index.refresh()

    def _run(self, sources: Iterable[Source | InputError]) -> Iterator[Stored | Refused]:
        batch: dict[str, Prepared] = {}
        for source in sources:
            item = self._prepare(source)
            if isinstance(item, Prepared) and item.article.id in batch:
                # The second of one id is a new version of the first, or takes another id.
                yield from self._store(list(batch.values()))
                batch = {}
                item = self._prepare(source)
            if not isinstance(item, Prepared):
                yield item
                continue
            batch[item.article.id] = item
            if len(batch) == BATCH:
                yield from self._store(list(batch.values()))
                batch = {}
        yield from self._store(list(batch.values()))

    def _prepare(self, source: Source | InputError) -> Prepared | Stored | Refused:
        item = cleaned(source, self.settings.max_article_chars)
        if isinstance(item, Refused):
            return item
        if there := known(self.catalogue, item):
            return there
        made = prepared(item, self.embedder.tokenise)
        return made if isinstance(made, Refused) else renamed(made, id_of(self.catalogue, item))

    def _store(self, batch: Sequence[Prepared]) -> Iterator[Stored]:
        vectors = self.embedder.embed([text for item in batch for text in item.texts])
        yield from self.store(zip(batch, parted(batch, vectors), strict=True))

    def store(self, items: Iterable[tuple[Prepared, Vectors]]) -> Iterator[Stored]:
        """Store prepared articles with the vectors of their passages, one after the other.

        They are reported when all are on the disk. Raises StoreError.
        """
        # All may have been embedded anew with another model since this process began.
        self.catalogue.claim_embedder(self.embedder.fingerprint)
        outcomes: list[Stored] = []
        for item, own in items:
            try:
                stored = self.catalogue.put(
                    item.article,
                    item.origin,
                    item.passages,
                    own,
                    _reprints(item, own),
                    durable=False,
                )
            except StoreError:
                # Those before it are stored, and told once they are on the disk.
                self.catalogue.flush()
                yield from outcomes
                raise
            outcomes.append(replace(stored, origin=item.origin))
            self._behind += len(item.passages)
        # One wait for the disk, and only then are they reported: it takes as long as storing one.
        self.catalogue.flush()
        give_back()
        yield from outcomes
        if self._behind >= CATCH_UP:
            # Rows take memory until enough of them are there to move into a snapshot's file.
            self._behind = 0
            self.index.refresh()

    def reinstate(self, article_id: str) -> None:
        """Let answers use a retracted article again; raises ArticleNotFound."""
        reinstated = False
        while not reinstated:
            article = self.catalogue.article(article_id)
            if article.status != "retracted":
                return
            spans = boilerplate.news_spans(article.text, place.dateline(article.text)[1])
            passages = chunk.chunk(article.text, spans, self.embedder.tokenise)
            vectors = self.embedder.embed(embedded(article, passages))
            self.catalogue.claim_embedder(self.embedder.fingerprint)
            reinstated = self.catalogue.reinstate(article_id, article.version, passages, vectors)
        self.index.refresh()

    def reindex(self, progress: Callable[[int], None] | None = None) -> int:
        """Embed every passage anew with the embedder of the settings; returns how many.

        The old vectors are exchanged at the end, all at once; what was stored meanwhile is among
        them. Raises DataFolderError when there is no room for the new ones beside the old.
        """
        count = last = 0
        with VectorSpool(self.settings.data, self.embedder.dimension) as spool:
            exchanged = False
            while not exchanged:
                while rows := self.catalogue.passages_behind(last, REINDEXED):
                    texts = [embedded_text(row.title, row.text) for row in rows]
                    spool.add([row.key for row in rows], self.embedder.embed(texts, progress))
                    count, last = count + len(rows), rows[-1].key
                # False when somebody stored an article just now: its keys are the greatest.
                exchanged = self.catalogue.replace_vectors(self.embedder.fingerprint, spool.parts())
        self.index.refresh()
        return count


def _reprints(item: Prepared, vectors: Vectors) -> Reprints:
    outlet = item.article.outlet
    # Only an article with neighbours needs its shingles, and few have any.
    mine = cache(lambda: shingles.shingles(item.news))

    def confirm(other: Neighbour) -> bool:
        at_home = outlet is not None and outlet == other.outlet
        theirs = shingles.shingles(other.text)
        return shingles.is_reprint(mine(), theirs, at_home=at_home) and shingles.alike(
            vectors, other.vectors
        )

    return Reprints(bands=item.bands, confirm=confirm)
