"""A FAISS store behind llama-index's vector-store interface, with the parts theirs lacks.

llama-index's own FAISS stores cannot filter, cannot delete (or delete nothing without saying so)
and give ids out again after a delete. Here ids count up for ever, deletes remove, filters filter.
Texts stay in the catalogue.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import RLock
from typing import Any

import faiss
import numpy as np
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import BaseNode, TextNode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)

from rag.errors import FilterError

Metadata = dict[str, Any]
Vectors = np.ndarray[Any, np.dtype[np.float32]]


class FaissStore(BasePydanticVectorStore):
    """Exact inner-product search over unit vectors.

    ``add`` replaces a node whose id is already there. ``query`` returns ids and similarities
    (cosine for unit vectors, higher is better) of the nodes that pass the filters: all of
    them when there are fewer than ``similarity_top_k``. Filter keys are whatever metadata the nodes
    were added with; a node without the key never matches. Safe for several threads.
    """

    stores_text: bool = False
    is_embedding_query: bool = True
    flat_metadata: bool = True

    _index: Any = PrivateAttr()
    _keys: dict[str, int] = PrivateAttr()
    _rows: dict[int, tuple[str, str, Metadata]] = PrivateAttr()
    _of_ref: dict[str, set[int]] = PrivateAttr()
    _next: int = PrivateAttr(default=1)
    _lock: Any = PrivateAttr(default_factory=RLock)

    def __init__(self, dimension: int) -> None:
        super().__init__(stores_text=False)
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._keys, self._rows, self._of_ref = {}, {}, {}

    @classmethod
    def class_name(cls) -> str:
        """Name for llama-index's serialisation."""
        return "DatelineFaissStore"

    @property
    def client(self) -> Any:
        """The FAISS index."""
        return self._index

    def __len__(self) -> int:
        return len(self._rows)

    def __bool__(self) -> bool:
        """An empty store is still a store: llama-index asks `if vector_store`."""
        return True

    def __contains__(self, node_id: str) -> bool:
        return node_id in self._keys

    # ---- write ----------------------------------------------------------------------------------

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        """Add nodes with their embeddings; keys are taken from a counter that never goes back."""
        with self._lock:
            keys = list(range(self._next, self._next + len(nodes)))
            self.add_rows(
                keys,
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
        with self._lock:
            self._remove([self._keys[id_] for id_ in ids if id_ in self._keys])
            if stale := [key for key in keys if key in self._rows]:
                raise ValueError(f"key {stale[0]} is in use for {self._rows[stale[0]][0]!r}")
            self._index.add_with_ids(
                np.ascontiguousarray(vectors, dtype=np.float32), np.asarray(keys, dtype=np.int64)
            )
            for key, id_, ref, row in zip(keys, ids, refs, metadata, strict=True):
                self._keys[id_] = key
                self._rows[key] = (id_, ref, row)
                self._of_ref.setdefault(ref, set()).add(key)
            self._next = max(self._next, max(keys) + 1)

    def delete(self, ref_doc_id: str, **_: Any) -> None:
        """Remove every node of a document."""
        with self._lock:
            self._remove(sorted(self._of_ref.get(ref_doc_id, ())))

    def delete_nodes(
        self,
        node_ids: list[str] | None = None,
        filters: MetadataFilters | None = None,
        **_: Any,
    ) -> None:
        """Remove the nodes that have one of the ids and pass the filters, where given."""
        if node_ids is None and filters is None:
            raise ValueError("delete_nodes needs node_ids or filters; clear() removes everything")
        with self._lock:
            named = self._rows if node_ids is None else self._known(node_ids)
            self._remove([key for key in named if _passes(self._rows[key][2], filters)])

    def clear(self) -> None:
        """Remove everything; keys are not given out again."""
        with self._lock:
            self._remove(list(self._rows))

    def _known(self, node_ids: Sequence[str]) -> list[int]:
        return [self._keys[id_] for id_ in node_ids if id_ in self._keys]

    def _remove(self, keys: Sequence[int]) -> None:
        if not keys:
            return
        self._index.remove_ids(np.asarray(keys, dtype=np.int64))
        for key in keys:
            id_, ref, _ = self._rows.pop(key)
            del self._keys[id_]
            self._of_ref[ref].discard(key)
            if not self._of_ref[ref]:
                del self._of_ref[ref]

    # ---- read -----------------------------------------------------------------------------------

    def query(self, query: VectorStoreQuery, **_: Any) -> VectorStoreQueryResult:
        """Return the nearest nodes; raises FilterError for an operator that is not supported."""
        if query.mode is not VectorStoreQueryMode.DEFAULT or query.query_embedding is None:
            raise ValueError(f"only dense queries are supported, not {query.mode}")
        with self._lock:
            allowed = self._allowed(query)
            count = len(self._rows) if allowed is None else len(allowed)
            count = min(count, query.similarity_top_k)
            if count <= 0:
                return VectorStoreQueryResult(nodes=[], similarities=[], ids=[])
            parameters = None
            if allowed is not None:
                selector = faiss.IDSelectorBatch(allowed)
                parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # its stub lacks it
            vector = np.asarray([query.query_embedding], dtype=np.float32)
            scores, keys = self._index.search(vector, count, params=parameters)
            found = [
                (self._rows[int(key)][0], float(score))
                for key, score in zip(keys[0], scores[0], strict=True)
                if key >= 0
            ]
        ids, similarities = [id_ for id_, _ in found], [score for _, score in found]
        return VectorStoreQueryResult(ids=ids, similarities=similarities, nodes=None)

    def get_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None
    ) -> list[BaseNode]:
        """Return nodes with id, document and metadata; their text is in the catalogue."""
        with self._lock:
            keys = list(self._rows) if node_ids is None else self._known(node_ids)
            rows = [self._rows[key] for key in keys]
        return [
            TextNode(id_=id_, text="", metadata=metadata)
            for id_, _, metadata in rows
            if _passes(metadata, filters)
        ]

    def _allowed(self, query: VectorStoreQuery) -> np.ndarray[Any, np.dtype[np.int64]] | None:
        if (
            not (query.filters and query.filters.filters)
            and not query.node_ids
            and not query.doc_ids
        ):
            return None
        named = self._rows if not query.node_ids else self._known(query.node_ids)
        documents = set(query.doc_ids or ())
        keys = [
            key
            for key in named
            if (not documents or self._rows[key][1] in documents)
            and _passes(self._rows[key][2], query.filters)
        ]
        return np.asarray(keys, dtype=np.int64)

    # ---- snapshot -------------------------------------------------------------------------------

    def persist(self, persist_path: str, fs: Any = None) -> None:  # noqa: ARG002
        """Write the index and its rows into a new folder."""
        folder = Path(persist_path)
        folder.mkdir(parents=True)
        with self._lock:
            faiss.write_index(self._index, str(folder / "vectors.faiss"))
            rows = [[key, *row] for key, row in self._rows.items()]
            (folder / "rows.json").write_text(json.dumps({"next": self._next, "rows": rows}))

    @classmethod
    def from_persist_path(cls, persist_path: str) -> FaissStore:
        """Read back what ``persist`` wrote; raises ValueError when it cannot be read."""
        folder = Path(persist_path)
        try:
            index = faiss.read_index(str(folder / "vectors.faiss"))
            saved = json.loads((folder / "rows.json").read_text())
        except (OSError, RuntimeError, json.JSONDecodeError) as error:
            raise ValueError(f"{folder} is not a readable snapshot: {error}") from error
        store = cls(index.d)
        store._index = index
        for key, id_, ref, metadata in saved["rows"]:
            store._keys[id_] = key
            store._rows[key] = (id_, ref, metadata)
            store._of_ref.setdefault(ref, set()).add(key)
        store._next = saved["next"]
        return store


def _passes(metadata: Metadata, filters: MetadataFilters | None) -> bool:
    if filters is None or not filters.filters:
        return True
    results = (
        _passes(metadata, item) if isinstance(item, MetadataFilters) else _matches(metadata, item)
        for item in filters.filters
    )
    match filters.condition:
        case FilterCondition.OR:
            return any(results)
        case FilterCondition.NOT:
            return not any(results)
        case _:
            return all(results)


_OPERATORS: dict[FilterOperator, Callable[[Any, Any], bool]] = {
    FilterOperator.EQ: lambda have, want: bool(have == want),
    FilterOperator.NE: lambda have, want: bool(have != want),
    FilterOperator.GT: lambda have, want: bool(have > want),
    FilterOperator.GTE: lambda have, want: bool(have >= want),
    FilterOperator.LT: lambda have, want: bool(have < want),
    FilterOperator.LTE: lambda have, want: bool(have <= want),
    FilterOperator.IN: lambda have, want: have in want,
    FilterOperator.NIN: lambda have, want: have not in want,
}


def _matches(metadata: Metadata, wanted: Any) -> bool:
    if not isinstance(wanted, MetadataFilter) or wanted.operator not in _OPERATORS:
        raise FilterError(
            f"The filter {wanted!r} is not supported.",
            remedy=f"Operators are {', '.join(operator.value for operator in _OPERATORS)}.",
        )
    have = metadata.get(wanted.key)
    if have is None:
        return False
    try:
        return _OPERATORS[wanted.operator](have, wanted.value)
    except TypeError as error:
        raise FilterError(
            f"The filter on {wanted.key!r} compares {type(have).__name__} with "
            f"{type(wanted.value).__name__}."
        ) from error
