"""The index in Milvus, which all replicas share and one at a time keeps in step."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass, field, replace
from threading import Lock
from typing import Any

from rag.config import Settings
from rag.errors import VectorsUnavailable
from rag.store.audit import audit
from rag.store.catalogue import Catalogue
from rag.store.changes import PART, sound
from rag.store.database import Database
from rag.store.following import Follower
from rag.store.index import PATIENCE
from rag.store.lease import Lease
from rag.store.milvus import CollectionLost, Milvus
from rag.store.milvus_rows import Extent, Rows
from rag.store.milvus_vectors import MilvusVectors
from rag.store.milvus_words import MilvusWords
from rag.store.rows import Changes, IndexRow
from rag.types import Finding

SETTLED = 5_000
"""Rows written in one go after which Milvus is asked to move them into indexed segments."""
NOTED = 10_000
"""Rows after which a first filling notes how far it is."""
WAIT = 5.0
"""Most seconds that a write waits for another replica to take it into Milvus."""
_NAMES = 200
_POLL = 0.05

log = logging.getLogger("dateline.index")


@dataclass(frozen=True, slots=True)
class State:
    """How far Milvus is, noted there beside the rows."""

    generation: int = 0
    embedder: str | None = None
    dimension: int = 0
    passages: int = 0
    last_key: int = 0
    names: dict[int, str] = field(default_factory=dict)
    """Some keys and the ids of their passages, to tell this catalogue from another."""
    whole: bool = False
    """Whether all of the generation is there; False while it is filled for the first time."""


class MilvusIndex:
    """Vectors and words of every current passage in Milvus, for any number of replicas.

    The replica that holds the lease writes what changed, new passages before it removes old ones,
    and then notes the generation in Milvus: whoever reads the note sees all of that generation.
    What was written without the note is written again, to the same primary keys. A passage that
    Milvus still has and the catalogue has not is passed over by whoever loads it.

    Milvus need not be there: questions raise VectorsUnavailable until it is, writes go into the
    catalogue and are caught up with.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        lease: Lease,
        milvus: Milvus,
        dimension: int,
    ) -> None:
        self._catalogue, self._lease, self._milvus = catalogue, lease, milvus
        self._dimension = dimension
        self._rows = Rows(milvus, catalogue.identity(), dimension, self._ready, self._lost)
        self._state = State()
        self._trusted = self._missing = False
        self._lock = Lock()
        self._follower = Follower(self._catch_up, lambda: None)
        self.vectors = MilvusVectors(self._rows, self._extent)
        self.words = MilvusWords(self._rows, self._extent)
        self.refresh()

    @property
    def generation(self) -> int:
        """The generation of the catalogue that Milvus had when it was last looked at."""
        return self._state.generation if self._state.whole else 0

    @property
    def trouble(self) -> str | None:
        """Why the follower could not catch up the last time, if it could not."""
        return self._follower.trouble

    def refresh(self) -> None:
        """Catch up with the catalogue; where another replica is at it, wait WAIT seconds at most.

        While Milvus is away this is left to the follower: what is stored is stored.
        """
        until = time.monotonic() + WAIT
        try:
            self._catch_up()
            while self._catalogue.generation() > self.generation and time.monotonic() < until:
                time.sleep(_POLL)
                self._catch_up()
        except VectorsUnavailable as error:
            log.warning("the index is behind the catalogue: %s", error)
            self._follower.start()

    def follow(self) -> None:
        """Make sure that a thread keeps up with the catalogue; wait for it, but not for long."""
        if self._catalogue.generation() == self.generation or self._follower.busy:
            self._follower.start()
        else:
            self._follower.wait(PATIENCE)

    def save(self) -> None:
        """Do nothing: Milvus keeps its own."""

    def close(self) -> None:
        """Stop following and let go of the connection."""
        self._follower.stop()
        self._milvus.close()

    def rebuild(self) -> None:
        """Fill Milvus anew from the catalogue; raises VectorsUnavailable."""
        with self._lock:
            if not self._lease.take():
                raise self._busy()
            try:
                self._rows.make()
                self._rows.note(_noted(State()))
                self._trusted = False
            finally:
                self._lease.give_back()
        self._state = State()
        self._catch_up()

    def check(self, *, deep: bool = False) -> Finding:
        """Compare Milvus with the catalogue: ids, and with ``deep`` vectors and texts too."""
        try:
            self._catch_up()
            parts = sound(self._catalogue.changes_in_parts(0), self._dimension)
            found = audit(parts, self.vectors, self.words, deep=deep)
        except VectorsUnavailable as error:
            return Finding(name="index", ok=False, detail=error.message, remedy=error.remedy)
        ok = not found.wrong and self.trouble is None
        notes = [
            f"{found.passages} passages in Milvus at {self._milvus.address}",
            f"generation {self.generation}",
            *([found.said] if found.wrong else ()),
            *([self.trouble] if self.trouble else ()),
        ]
        return Finding(
            name="index",
            ok=ok,
            detail="; ".join(notes),
            remedy=None
            if ok
            else "`dateline reindex --search` fills Milvus anew from the catalogue, which has "
            "everything.",
        )

    def _extent(self) -> Extent:
        known = self._state
        return Extent(self.generation, known.passages, known.last_key)

    def _ready(self) -> None:
        """Raise VectorsUnavailable while not all of a generation is there."""
        if not self._state.whole:
            raise VectorsUnavailable(
                f"Milvus at {self._milvus.address} does not hold the whole collection yet: "
                f"{self._follower.trouble or 'it is being filled'}.",
                remedy="Try again; `dateline doctor` says how far it is.",
            )

    def _lost(self) -> None:
        """Believe nothing of what was seen: the follower fills Milvus anew."""
        self._state, self._trusted, self._missing = State(), False, True

    def _busy(self) -> VectorsUnavailable:
        return VectorsUnavailable(
            f"Another process is writing into Milvus at {self._milvus.address}.",
            remedy="Try again when it is done.",
        )

    def _catch_up(self) -> bool:
        """Take in what is new, or see what another replica took in; say whether anything was."""
        if self._catalogue.generation() == self.generation and self._state.whole:
            return False
        with self._lock:
            before = self._state
            try:
                self._look()
                if not self._current(self._state) and self._lease.take():
                    try:
                        self._look()
                        self._fill()
                    finally:
                        self._lease.give_back()
            except CollectionLost:
                self._lost()
                raise
            return self._state != before

    def _look(self) -> None:
        """See how far Milvus is."""
        found = self._rows.state()
        if self._missing and not self._rows.made():
            found = {}  # the note is of passages that are gone
        names = {int(key): id_ for key, id_ in found.pop("names", {}).items()}
        state = State(**found, names=names)
        mine = state.embedder == self._catalogue.embedder() and state.dimension == self._dimension
        self._state = state if mine else replace(state, whole=False)

    def _current(self, state: State) -> bool:
        return state.whole and state.generation >= self._catalogue.generation()

    def _fill(self) -> None:
        """Write what Milvus lacks, and note it."""
        state = self._state
        embedder = self._catalogue.embedder()
        if not self._resumable(state, embedder):
            self._rows.make()
            if state.dimension not in (0, self._dimension):
                self._rows.of_dimension(state.dimension).remove_where("key >= 0")
            self._rows.remove_where("key >= 0")
            state = State(self._catalogue.generation(), embedder, self._dimension)
            self._note(state)
        if not state.whole:
            state = self._filled(state)
        self._note(self._advanced(state))
        self._trusted, self._missing = True, False

    def _resumable(self, state: State, embedder: str | None) -> bool:
        """Whether what is there is of this catalogue's past; asked once in a process."""
        if (state.embedder, state.dimension) != (embedder, self._dimension):
            return False
        if not state.whole:
            return 0 < state.generation <= self._catalogue.generation()
        return self._trusted or self._catalogue.is_past(
            state.generation, state.passages, state.last_key, state.names
        )

    def _filled(self, state: State) -> State:
        """Write all passages in the order of their keys; what was noted is not written again."""
        written = 0
        while rows := self._catalogue.passages_behind(state.last_key, PART):
            self._hold()
            self._put(Changes(state.generation, (), tuple(rows)))
            state = _seen(state, rows)
            written += len(rows)
            if written % NOTED < PART:
                self._note(state)
        count = self._catalogue.extent(state.generation, state.last_key)
        if written >= SETTLED:
            self._rows.settle()
        return replace(state, passages=count)

    def _advanced(self, state: State) -> State:
        """Write what changed since the state's generation, and return what is there then."""
        removed: set[str] = set()
        last, since, written = state.last_key, state.generation, 0
        reached = state
        for part in self._catalogue.changes_in_parts(since):
            self._hold()
            removed.update(part.removed)
            self._put(part)
            # What was retracted and is used again has its old id.
            removed.difference_update(row.id for row in part.added)
            new = sum(row.key > last for row in part.added)
            reached = replace(
                _seen(reached, part.added),
                generation=part.generation,
                passages=reached.passages + new,
            )
            written += len(part.added)
        self._hold()
        self._rows.remove(sorted(removed))
        if written >= SETTLED:
            self._rows.settle()
        gone = self._catalogue.removals(since, reached.generation, last)
        return replace(reached, passages=reached.passages - gone, whole=True)

    def _put(self, part: Changes) -> None:
        for good in sound([part], self._dimension):
            self._rows.put(good.added)

    def _hold(self) -> None:
        """Keep the lease, or stop: another replica writes by now."""
        if not self._lease.take():
            raise self._busy()

    def _note(self, state: State) -> None:
        self._rows.note(_noted(state))
        self._state = state


def _seen(state: State, rows: tuple[IndexRow, ...] | list[IndexRow]) -> State:
    """Return the state with the greatest key and the newest names of further rows."""
    if not rows:
        return state
    names = {**state.names, **{row.key: row.id for row in rows}}
    newest = dict(sorted(names.items())[-_NAMES:])
    return replace(state, last_key=max(state.last_key, *newest), names=newest)


def _noted(state: State) -> dict[str, Any]:
    return asdict(state)


def open_milvus(
    settings: Settings, catalogue: Catalogue, database: Database, dimension: int
) -> MilvusIndex:
    """Open the index that ``DATELINE_VECTORS`` names; raises SettingsError."""
    token = settings.vectors_token
    milvus = Milvus(
        settings.vectors,
        None if token is None else token.get_secret_value(),
        settings.vectors_seconds,
    )
    return MilvusIndex(catalogue, Lease(database, "index"), milvus, dimension)
