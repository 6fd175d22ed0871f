"""The two derived indexes, kept in step with the catalogue."""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Lock

import numpy as np

from rag.moments import microseconds
from rag.store import snapshot
from rag.store.catalogue import Catalogue
from rag.store.lexical import LexicalIndex
from rag.store.rows import Changes, IndexRow
from rag.store.vectors import FaissStore, Metadata
from rag.types import Finding


class Index:
    """Vectors and words of every current passage, as of one generation of the catalogue.

    ``refresh`` is cheap when nothing changed, so it is called before each search: that is how a
    server sees what another process wrote. A snapshot spares reading everything at start; one that
    is damaged, or ahead of the catalogue, is left aside and the index is built anew.
    """

    def __init__(self, catalogue: Catalogue, dimension: int, folder: Path) -> None:
        self._catalogue = catalogue
        self._snapshots = folder / "snapshots"
        self._live = snapshot.live_folder(folder)
        self._lock = Lock()
        self.generation = 0
        self.rebuilt: str | None = None
        """Why a snapshot was not used, if there was one."""
        try:
            found = snapshot.newest(self._snapshots)
            self.vectors = FaissStore(dimension)
            if found is not None:
                snapshot.verify(found)
                self._load(found, dimension)
        except ValueError as error:
            self.rebuilt = str(error)
            shutil.rmtree(self._live, ignore_errors=True)
        self.words = LexicalIndex(self._live)
        self.refresh()

    def refresh(self) -> None:
        """Catch up with the catalogue."""
        if self._catalogue.generation() != self.generation:
            with self._lock:
                self._apply(self._catalogue.changes(self.generation))

    def save(self) -> None:
        """Write a snapshot; the older one stays until this one is whole."""
        with self._lock, snapshot.building(self._snapshots, self.generation) as folder:
            if folder is not None:
                self.vectors.persist(str(folder / "vectors"))
                self.words.copy(folder / "words")

    def close(self) -> None:
        """Remove this process's working copy."""
        shutil.rmtree(self._live, ignore_errors=True)

    def check(self) -> Finding:
        """Compare both indexes with the catalogue, passage by passage."""
        self.refresh()
        rows = self._catalogue.changes(0).added
        lost = [row.id for row in rows if row.id not in self.vectors]
        extra = len(self.vectors) - (len(rows) - len(lost))
        ok = not lost and not extra and len(self.words) == len(rows)
        return Finding(
            name="index",
            ok=ok,
            detail=f"{len(self.vectors)} vectors and {len(self.words)} texts for {len(rows)} "
            f"passages, generation {self.generation}"
            + (f"; snapshot not used: {self.rebuilt}" if self.rebuilt else ""),
            remedy=None if ok else "Delete the folder `index` in the data folder and start again.",
        )

    def _load(self, folder: Path, dimension: int) -> None:
        generation = snapshot.generation(folder)
        if generation > self._catalogue.generation():
            raise ValueError(f"{folder.name} is newer than the catalogue")
        vectors = FaissStore.from_persist_path(str(folder / "vectors"))
        if vectors.client.d != dimension:
            raise ValueError(f"{folder.name} has {vectors.client.d} dimensions, not {dimension}")
        snapshot.link_files(folder / "words", self._live)
        self.vectors, self.generation = vectors, generation

    def _apply(self, changes: Changes) -> None:
        self.vectors.delete_nodes(node_ids=list(changes.removed))
        if changes.added:
            self.vectors.add_rows(
                [row.key for row in changes.added],
                [row.id for row in changes.added],
                [row.article_id for row in changes.added],
                [_metadata(row) for row in changes.added],
                np.stack([row.vector for row in changes.added]),
            )
        self.words.apply(changes.removed, changes.added)
        self.generation = changes.generation


def _metadata(row: IndexRow) -> Metadata:
    values: Metadata = {"article_id": row.article_id}
    if row.outlet:
        values["outlet"] = row.outlet.casefold()
    if row.published_at:
        values["published_at"] = microseconds(row.published_at)
    return values
