"""A FAISS store behind llama-index's vector-store interface, with the parts theirs lacks.

llama-index's own FAISS stores cannot filter, cannot delete (or delete nothing without saying so)
and give ids out again after a delete. Here ids count up for ever, deletes remove, filters filter.
Texts stay in the catalogue.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any
from zipfile import BadZipFile

import numpy as np
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import BaseNode, TextNode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)

from rag.store import compact, segments
from rag.store.columns import Columns, Metadata, Numbers
from rag.store.ids import Ids, Kept
from rag.store.segments import Codes, Segment, Vectors
from rag.store.view import Rows, View, named, nearest, of_nodes, sampled

_KEY, _DOCUMENT = "key", "document"
_COLUMNS, _NAMES, _VECTORS = "columns.npz", "names.json", "vectors.faiss"


class FaissStore(BasePydanticVectorStore):
    """Inner-product search over unit vectors kept in half precision.

    ``add`` replaces a node whose id is already there. ``query`` returns ids and similarities
    (cosine for unit vectors, higher is better) of the nodes that pass the filters: all of
    them when there are fewer than ``similarity_top_k``. Filter keys are whatever metadata the nodes
    were added with (whole numbers and strings); a node without the key never matches.

    Rows are only ever appended: a delete clears a bit. ``persist`` writes the living ones and
    ``adopt`` goes on with what was written, so that the file's pages, which all processes share,
    take the place of this process's memory. Safe for several threads; queries take no lock.
    """

    stores_text: bool = False
    is_embedding_query: bool = True
    flat_metadata: bool = True

    _dimension: int = PrivateAttr()
    _view: View = PrivateAttr()
    _draft: View = PrivateAttr()
    _depth: int = PrivateAttr(default=0)
    _next: int = PrivateAttr(default=1)
    _lock: Any = PrivateAttr(default_factory=RLock)

    def __init__(self, dimension: int) -> None:
        super().__init__(stores_text=False)
        self._dimension = dimension
        self._view = self._draft = View(Rows(), (), np.empty(0, np.bool_))

    @classmethod
    def class_name(cls) -> str:
        """Name for llama-index's serialisation."""
        return "DatelineFaissStore"

    @property
    def client(self) -> Any:
        """The FAISS indexes, oldest first."""
        return [piece.index for piece in self._view.pieces]

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def last_key(self) -> int:
        """The greatest key that was ever given out."""
        return self._next - 1

    def newest(self, count: int) -> dict[int, str]:
        """Return the ids of the newest nodes by key."""
        view = self._view
        rows = np.flatnonzero(view.live)[-count:]
        keys = view.rows.columns.numbers(_KEY, rows).tolist()
        return {key: view.rows.ids[row] for key, row in zip(keys, rows.tolist(), strict=True)}

    @property
    def loose(self) -> int:
        """How many rows a snapshot would tidy up: added or deleted since the last was adopted."""
        view = self._view
        added = sum(piece.count for piece in view.pieces if not piece.mapped)
        return added + int(len(view.live) - np.count_nonzero(view.live))

    @property
    def lists(self) -> int:
        """How many inverted lists there are; 0 where every search is exact."""
        return sum(piece.index.nlist for piece in self._view.pieces if piece.approximate)

    def __len__(self) -> int:
        return len(self._view.rows.ids)

    def __bool__(self) -> bool:
        """An empty store is still a store: llama-index asks `if vector_store`."""
        return True

    def __contains__(self, node_id: str) -> bool:
        return node_id in self._view.rows.ids

    # ---- write ----------------------------------------------------------------------------------

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let queries see everything that is written in this block at its end, or nothing.

        A block within a block belongs to the outer one.
        """
        with self._lock:
            self._depth += 1
            try:
                yield
            except BaseException:
                # Everything since the outermost block began: half of it is worth nothing.
                self._draft = self._view
                self._view.rows.shorten(len(self._view.live), self._view.live)
                raise
            finally:
                self._depth -= 1
            if not self._depth:
                self._view = self._draft

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        """Add nodes with their embeddings; keys are taken from a counter that never goes back."""
        with self._lock:
            self.add_rows(
                list(range(self._next, self._next + len(nodes))),
                [node.node_id for node in nodes],
                [node.ref_doc_id or node.node_id for node in nodes],
                [dict(node.metadata) for node in nodes],
                np.asarray([node.get_embedding() for node in nodes], dtype=np.float32),
            )
        return [node.node_id for node in nodes]

    def add_rows(
        self,
        keys: Sequence[int],
        ids: Sequence[str],
        refs: Sequence[str],
        metadata: Sequence[Metadata],
        vectors: Vectors,
    ) -> None:
        """Add rows under keys that the caller counts up; ``vectors`` is (n, dimension) float32."""
        if not len(keys):
            return
        if any(name in row for row in metadata for name in (_KEY, _DOCUMENT)):
            raise ValueError(f"the metadata {_KEY!r} and {_DOCUMENT!r} are the store's own")
        with self.changing():
            view = self._draft
            rows, start = view.rows, len(view.live)
            replaced = [row for id_ in ids if (row := rows.ids.row(id_)) is not None]
            self._refuse_used(keys, set(replaced))
            rows.append(
                ids,
                [
                    {**row, _KEY: key, _DOCUMENT: ref}
                    for row, key, ref in zip(metadata, keys, refs, strict=True)
                ],
            )
            live = np.concatenate([view.live, np.ones(len(ids), np.bool_)])
            live[replaced] = False
            piece = Segment(segments.exact(self._dimension, vectors), start)
            pieces = compact.settled((*view.pieces, piece), self._dimension)
            self._draft = View(rows, pieces, live)
            self._next = max(self._next, max(keys) + 1)

    def delete(self, ref_doc_id: str, **_: Any) -> None:
        """Remove every node of a document."""
        with self.changing():
            view = self._draft
            mine = view.rows.columns.among(_DOCUMENT, [ref_doc_id], len(view.live))
            self._remove(np.flatnonzero(mine & view.live))

    def delete_nodes(
        self,
        node_ids: list[str] | None = None,
        filters: MetadataFilters | None = None,
        **_: Any,
    ) -> None:
        """Remove the nodes that have one of the ids and pass the filters, where given."""
        if node_ids is None and filters is None:
            raise ValueError("delete_nodes needs node_ids or filters; clear() removes everything")
        with self.changing():
            self._remove(named(self._draft, node_ids, filters))

    def clear(self) -> None:
        """Remove everything; keys are not given out again."""
        with self.changing():
            self._remove(np.flatnonzero(self._draft.live))

    def _remove(self, rows: Numbers) -> None:
        if not len(rows):
            return
        view = self._draft
        live = view.live.copy()
        live[rows] = False
        for row in rows.tolist():
            view.rows.ids.remove(row)
        self._draft = View(view.rows, view.pieces, live)

    def _refuse_used(self, keys: Sequence[int], replaced: set[int]) -> None:
        # Keys count up, so only one that is not above all others can be in use.
        low = [key for key in keys if key < self._next]
        if not low:
            return
        view = self._draft
        used = view.rows.columns.among(_KEY, low, len(view.live)) & view.live
        for row in np.flatnonzero(used).tolist():
            if row not in replaced:
                key = view.rows.columns.numbers(_KEY, np.asarray([row]))[0]
                raise ValueError(f"key {key} is in use for {view.rows.ids[row]!r}")

    # ---- read -----------------------------------------------------------------------------------

    def query(self, query: VectorStoreQuery, **_: Any) -> VectorStoreQueryResult:
        """Return the nearest nodes; raises FilterError for an operator that is not supported."""
        if query.mode is not VectorStoreQueryMode.DEFAULT or query.query_embedding is None:
            raise ValueError(f"only dense queries are supported, not {query.mode}")
        view = self._view
        rows, count = view.rows, len(view.live)
        mask = view.live
        narrowed = rows.columns.mask(query.filters, count)
        if narrowed is not None:
            mask = mask & narrowed
        if query.node_ids:
            mask = mask & of_nodes(view, query.node_ids)
        if query.doc_ids:
            mask = mask & rows.columns.among(_DOCUMENT, query.doc_ids, count)
        vector = np.asarray([query.query_embedding], dtype=np.float32)
        found = nearest(view, vector, query.similarity_top_k, mask)
        return VectorStoreQueryResult(
            ids=[rows.ids[row] for _, row in found],
            similarities=[score for score, _ in found],
            nodes=None,
        )

    def get_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None
    ) -> list[BaseNode]:
        """Return nodes with id and metadata; their text is in the catalogue."""
        view = self._view
        return [
            TextNode(id_=view.rows.ids[row], text="", metadata=_metadata(view, row))
            for row in named(view, node_ids, filters).tolist()
        ]

    def contents(self) -> Iterator[tuple[list[int], list[str], Codes]]:
        """Yield keys, ids and half-precision vectors of all nodes, some thousand at a time."""
        view = self._view
        for piece in view.pieces:
            for rows, codes in piece.parts():
                living = view.live[rows]
                mine = rows[living]
                keys = view.rows.columns.numbers(_KEY, mine)
                yield keys.tolist(), [view.rows.ids[row] for row in mine.tolist()], codes[living]

    def recall(self, sample: int, limit: int) -> float | None:
        """Return what part of the exact nearest a search finds; None where it is always all.

        The queries are a fixed choice of the stored vectors; that each finds itself does not count.
        """
        view = self._view
        if not any(piece.approximate for piece in view.pieces):
            return None
        queries = sampled(view, np.flatnonzero(view.live), sample)
        return self.recall_of(queries, limit, skip=1)

    def recall_of(self, queries: Vectors, limit: int, skip: int = 0) -> float:
        """Return what part of the exact nearest a search finds, the first ``skip`` left out."""
        view = self._view
        hits = wanted = 0
        for query in queries:
            near, best = (
                nearest(view, query[None], limit + skip, view.live, exact=exact)[skip:]
                for exact in (False, True)
            )
            hits += len({row for _, row in near} & {row for _, row in best})
            wanted += len(best)
        return hits / wanted if wanted else 1.0

    # ---- snapshot -------------------------------------------------------------------------------

    def persist(self, persist_path: str, fs: Any = None) -> None:  # noqa: ARG002
        """Write the nodes into a new folder; raises OSError."""
        folder = Path(persist_path)
        folder.mkdir(parents=True)
        with self._lock:
            view, next_key = self._view, self._next
            rows = np.flatnonzero(view.live)
            columns, words = view.rows.columns.take(rows)
        compact.write(view, rows, self._dimension, folder / _VECTORS)
        with (folder / _COLUMNS).open("wb") as file:
            np.savez(file, allow_pickle=False, **columns)
        (folder / _NAMES).write_text(json.dumps({"next": next_key, "words": words}))
        view.rows.ids.write(rows, folder)

    @classmethod
    def from_persist_path(cls, persist_path: str) -> FaissStore:
        """Map what ``persist`` wrote; raises ValueError when it cannot be read."""
        folder = Path(persist_path)
        piece = Segment.from_file(folder / _VECTORS)
        count, store = piece.count, cls(piece.index.d)
        rows = store._view.rows
        try:
            names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
            with np.load(folder / _COLUMNS) as columns:
                rows.columns = Columns.load(dict(columns), names["words"], count)
            rows.ids, store._next = Ids(Kept.open(folder, count)), names["next"]
        except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
            raise ValueError(f"{folder} is not a readable snapshot: {error}") from error
        pieces = (piece,) if count else ()
        store._view = store._draft = View(rows, pieces, np.ones(count, np.bool_))
        return store

    def frozen(self) -> FaissStore:
        """Return a store with this one's present content, to read while this one changes."""
        with self._lock:
            store = FaissStore(self._dimension)
            store._view = store._draft = self._view
            store._next = self._next
            return store

    def adopt(self, other: FaissStore) -> None:
        """Go on with the content of another store, which is not used any more afterwards."""
        with self._lock:
            self._next = max(self._next, other._next)
            self._view = self._draft = other._view


def _metadata(view: View, row: int) -> dict[str, Any]:
    values = view.rows.columns.row(row)
    return {name: value for name, value in values.items() if name not in (_KEY, _DOCUMENT)}
