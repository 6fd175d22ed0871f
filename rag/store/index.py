"""The two derived indexes, kept in step with the catalogue."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Lock

import numpy as np

from rag.errors import DataFolderError
from rag.moments import microseconds
from rag.store import snapshot
from rag.store.audit import NEAREST, SAMPLE, Audit, audit
from rag.store.catalogue import Catalogue
from rag.store.changes import sound
from rag.store.columns import Metadata
from rag.store.following import Follower
from rag.store.lexical import LexicalIndex
from rag.store.rows import Changes, IndexRow
from rag.store.vectors import FaissStore
from rag.types import Finding

TIDY_FROM = 20_000
"""Rows added or deleted since the last snapshot that make a new one worth its while: searching so
many costs half a millisecond and 15 MB in each process."""
PATIENCE = 0.2
"""Seconds that a question waits for what was written before it, once there is a follower."""
# Enough passages to notice that a snapshot is of another catalogue with the same numbers.
_NAMES = 200
_TRIES = 3


class Index:
    """Vectors and words of every current passage, as of one generation of the catalogue.

    ``refresh`` catches up and waits; ``follow`` is for questions: a thread of its own catches up,
    and they go on with the last whole generation when that takes long. A snapshot spares reading
    everything at start; one that is damaged, of another embedder or not of this catalogue's past is
    left aside and the index is built anew. Several processes may share the folder: each has a
    working copy of its own, and one at a time writes snapshots.
    """

    def __init__(self, catalogue: Catalogue, dimension: int, folder: Path) -> None:
        self._catalogue = catalogue
        self._snapshots = folder / "snapshots"
        self._lock, self._saving = Lock(), Lock()
        self._follower = Follower(self._catch_up, self.tidy)
        self.generation = 0
        self.rebuilt: str | None = None
        """Why a snapshot was not used, if there was one."""
        self._broken: Path | None = None
        self.vectors = FaissStore(dimension)
        try:
            self._live = snapshot.live_folder(folder)
            self._open(dimension)
        except OSError as error:
            raise _unwritable(folder, error) from error
        self.refresh()

    def refresh(self) -> None:
        """Catch up with the catalogue, and write a snapshot when that is worth its while.

        Raises DataFolderError when the working copy cannot be written; the index stays as it was.
        """
        self._catch_up()
        if not self._follower.running:
            self.tidy()

    def follow(self) -> None:
        """Make sure that a thread keeps up with the catalogue; wait for it, but not for long.

        So a question sees what was stored before it. While one write follows the other it does not
        wait, and sees what was stored until a moment ago.
        """
        if self._catalogue.generation() == self.generation or self._follower.busy:
            self._follower.start()
        else:
            self._follower.wait(PATIENCE)

    def tidy(self) -> None:
        """Take over another process's newer snapshot, or write one, if there is much to tidy."""
        if self.vectors.loose < TIDY_FROM:
            return
        if not self._adopted(snapshot.newest(self._snapshots)):
            self.save()

    def save(self) -> None:
        """Write a snapshot and go on with its files; the older one stays until this one is whole.

        Nothing is written when there is one of this generation, or another process is at it. Raises
        DataFolderError; what is stored stays stored, it only takes longer to start.
        """
        embedder = self._catalogue.embedder()
        try:
            with self._saving, ExitStack() as stack:
                with self._lock:
                    vectors, generation = self.vectors.frozen(), self.generation
                    draft = stack.enter_context(
                        snapshot.building(self._snapshots, generation, embedder, self._broken)
                    )
                    if draft is None:
                        return
                    self.words.copy(draft / "words")
                # The rest takes seconds, in which the index goes on catching up.
                vectors.persist(str(draft / "vectors"))
        except OSError as error:
            raise _unwritable(self._snapshots, error) from error
        self._broken = None
        self._adopted(snapshot.newest(self._snapshots))

    def rebuild(self) -> None:
        """Forget everything, snapshots too, and take it from the catalogue again."""
        with self._lock:
            self._broken = snapshot.newest(self._snapshots)
            self.vectors.clear()
            self.words.apply(list(self.words.ids()), ())
            self.generation = 0
        self._catch_up()
        self.save()

    def close(self) -> None:
        """Stop following and remove this process's working copy."""
        self._follower.stop()
        shutil.rmtree(self._live, ignore_errors=True)

    def check(self, *, deep: bool = False) -> Finding:
        """Compare both indexes with the catalogue: ids, and with ``deep`` vectors and texts too."""
        for _ in range(_TRIES):
            self.refresh()
            with self._lock:
                parts = self._sound(0)
                found = audit(parts, self.vectors, self.words, deep=deep)
            if self._catalogue.generation() == self.generation:
                break
        return self._finding(found)

    @property
    def trouble(self) -> str | None:
        """Why the follower could not catch up the last time, if it could not."""
        return self._follower.trouble

    def _finding(self, found: Audit) -> Finding:
        recall = self.vectors.recall(SAMPLE, NEAREST)
        ok = not found.wrong and self._follower.trouble is None
        notes = [
            f"{found.passages} passages, {len(self.vectors)} vectors, {len(self.words)} texts",
            f"generation {self.generation}",
            "exact"
            if recall is None
            else f"{self.vectors.lists} lists, {recall:.3f} of the exact {NEAREST} nearest found",
            *([found.said] if found.wrong else ()),
            *([f"snapshot not used: {self.rebuilt}"] if self.rebuilt else ()),
            *([self._follower.trouble] if self._follower.trouble else ()),
        ]
        return Finding(
            name="index",
            ok=ok,
            detail="; ".join(notes),
            remedy=None
            if ok
            else "Stop the servers, delete the folder `index` in the data folder "
            "and start again: the catalogue has everything.",
        )

    def _open(self, dimension: int) -> None:
        """Start from the newest snapshot, or from nothing."""
        for _ in range(_TRIES):
            found = snapshot.newest(self._snapshots)
            try:
                if found is not None:
                    self.vectors = self._read(found, dimension)
                    snapshot.link_files((found / "words").iterdir(), self._live)
                    self.generation = snapshot.generation(found)
                self.words = LexicalIndex(self._live)
            except (ValueError, FileNotFoundError) as error:
                self._start_over(dimension)
                # Another process may have put a newer one in its place meanwhile.
                if snapshot.newest(self._snapshots) == found:
                    self.rebuilt, self._broken = str(error), found
                    break
            else:
                return
        self.words = LexicalIndex(self._live)

    def _start_over(self, dimension: int) -> None:
        self.vectors, self.generation = FaissStore(dimension), 0
        shutil.rmtree(self._live, ignore_errors=True)
        self._live.mkdir()

    def _read(self, found: Path, dimension: int) -> FaissStore:
        """Read a snapshot's vectors; raises ValueError when they are not what is wanted."""
        snapshot.verify(found, self._catalogue.embedder())
        store = FaissStore.from_persist_path(str(found / "vectors"))
        if store.dimension != dimension:
            raise ValueError(f"{found.name} has {store.dimension} dimensions, not {dimension}")
        of = snapshot.generation(found)
        if not self._catalogue.is_past(of, len(store), store.last_key, store.newest(_NAMES)):
            raise ValueError(f"{found.name} is newer than the catalogue, or of another one")
        return store

    def _adopted(self, found: Path | None) -> bool:
        """Go on with a snapshot's files, if that leaves less to tidy."""
        if found is None or found == self._broken:
            return False
        of = snapshot.generation(found)
        with self._lock:
            try:
                store = self._read(found, self.vectors.dimension)
            except (ValueError, FileNotFoundError):
                self._broken = found  # to be replaced by one of ours
                return False
            for part in self._sound(of):
                _put(store, part)
            if store.loose >= self.vectors.loose:
                return False
            # It may be ahead of the words by now; catching up puts the same rows in again.
            self.vectors.adopt(store)
        return True

    def _catch_up(self) -> bool:
        """Take in what is new; say whether anything was."""
        if self._catalogue.generation() == self.generation:
            return False
        with self._lock:
            try:
                self._apply()
            except OSError as error:
                raise _unwritable(self._live, error) from error
        return True

    def _sound(self, since: int) -> Iterator[Changes]:
        """Yield what changed that can be searched."""
        return sound(self._catalogue.changes_in_parts(since), self.vectors.dimension)

    def _apply(self) -> None:
        """Take in what changed; nothing of it is seen before all of it is."""
        generation = self.generation
        try:
            with self.vectors.changing():
                for part in self._sound(generation):
                    self.words.add(self._outdated(part), part.added)
                    _put(self.vectors, part)
                    generation = part.generation
                self.words.commit()
        except BaseException:
            self.words.undo()
            raise
        self.generation = generation

    def _outdated(self, part: Changes) -> list[str]:
        """Return the ids whose texts go before the part's own come.

        A changed vector keeps its id. The vectors may be ahead of the words, after a snapshot of
        another process was taken over: what they lack already may still be among the words.
        """
        removed = part.removed if self.generation else ()
        return [*removed, *(row.id for row in part.added if row.id in self.vectors)]


def _put(store: FaissStore, part: Changes) -> None:
    if part.removed:
        store.delete_nodes(node_ids=list(part.removed))
    if part.added:
        store.add_rows(
            [row.key for row in part.added],
            [row.id for row in part.added],
            [row.article_id for row in part.added],
            [_metadata(row) for row in part.added],
            np.stack([row.vector for row in part.added]),
        )


def _metadata(row: IndexRow) -> Metadata:
    values: dict[str, str | int] = {"article_id": row.article_id}
    if row.outlet:
        values["outlet"] = row.outlet.casefold()
    if row.published_at:
        values["published_at"] = microseconds(row.published_at)
    return values


def _unwritable(folder: Path, error: OSError) -> DataFolderError:
    return DataFolderError(
        f"The index in {folder} cannot be written: {error}. Stored articles are safe.",
        remedy="Make room or give permission; the index is then made again by itself.",
    )
