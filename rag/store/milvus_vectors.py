"""Vectors in Milvus behind llama-index's vector-store interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import BaseNode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)

from rag.store import segments
from rag.store.milvus_filters import NEVER, allof, hashed, of_metadata
from rag.store.milvus_rows import Extent, Rows, vectors_of
from rag.store.rows import IndexRow
from rag.store.segments import Codes

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MilvusVectors(BasePydanticVectorStore):
    """Inner-product search over unit vectors; texts stay in the catalogue.

    Metadata that can be filtered are ``article_id`` and ``outlet`` by name, ``published_at`` in
    microseconds. ``extent`` says what is shown. Raises VectorsUnavailable.
    """

    stores_text: bool = False
    is_embedding_query: bool = True
    flat_metadata: bool = True

    _rows: Rows = PrivateAttr()
    _extent: Callable[[], Extent] = PrivateAttr()

    def __init__(self, rows: Rows, extent: Callable[[], Extent]) -> None:
        super().__init__(stores_text=False)
        self._rows, self._extent = rows, extent

    @classmethod
    def class_name(cls) -> str:
        """Name for llama-index's serialisation."""
        return "DatelineMilvusStore"

    @property
    def client(self) -> Any:
        """The rows, which know the server."""
        return self._rows

    def __len__(self) -> int:
        return self._rows.count()

    def __bool__(self) -> bool:
        """An empty store is still a store: llama-index asks `if vector_store`."""
        return True

    def __contains__(self, node_id: str) -> bool:
        return self._rows.get(node_id, ["key"]) is not None

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        """Add nodes with their embeddings; one whose id is there is replaced."""
        self._rows.put([_row(node) for node in nodes])
        return [node.node_id for node in nodes]

    def delete(self, ref_doc_id: str, **_: Any) -> None:
        """Remove every node of a document."""
        self._rows.remove_where(f'article_id == "{hashed(ref_doc_id)}"')

    def delete_nodes(
        self,
        node_ids: list[str] | None = None,
        filters: MetadataFilters | None = None,
        **_: Any,
    ) -> None:
        """Remove the nodes that have one of the ids and pass the filters, where given."""
        if node_ids is None and filters is None:
            raise ValueError("delete_nodes needs node_ids or filters; clear() removes everything")
        if filters is None:
            self._rows.remove(node_ids or ())
            return
        named = None if node_ids is None else self._rows.among(node_ids)
        self._rows.remove_where(allof(named, of_metadata(filters)))

    def clear(self) -> None:
        """Remove everything."""
        self._rows.remove_where("key >= 0")

    def query(self, query: VectorStoreQuery, **_: Any) -> VectorStoreQueryResult:
        """Return the nearest nodes; raises FilterError for an operator that is not supported."""
        if query.mode is not VectorStoreQueryMode.DEFAULT or query.query_embedding is None:
            raise ValueError(f"only dense queries are supported, not {query.mode}")
        where = allof(
            of_metadata(query.filters),
            self._rows.among(query.node_ids) if query.node_ids else None,
            _documents(query.doc_ids) if query.doc_ids else None,
        )
        found = (
            self._rows.nearest(query.query_embedding, where, query.similarity_top_k)
            if query.similarity_top_k > 0
            else []
        )
        found.sort(key=lambda item: -item[1])
        return VectorStoreQueryResult(
            ids=[id_ for id_, _ in found], similarities=[score for _, score in found], nodes=None
        )

    def contents(self) -> Iterator[tuple[list[int], list[str], Codes]]:
        """Yield keys, ids and half-precision vectors of all nodes, some thousand at a time."""
        for part in self._rows.parts(["key", "id", "vector"], self._extent().last_key):
            if part:
                yield (
                    [row["key"] for row in part],
                    [row["id"] for row in part],
                    segments.encoded(vectors_of(part)),
                )


def _documents(doc_ids: Sequence[str]) -> str:
    names = ", ".join(f'"{hashed(name)}"' for name in doc_ids)
    return f"article_id in [{names}]" if names else NEVER


def _row(node: BaseNode) -> IndexRow:
    moment = node.metadata.get("published_at")
    return IndexRow(
        key=0,  # of no catalogue
        id=node.node_id,
        article_id=node.ref_doc_id or node.node_id,
        title=None,
        text=node.get_content(),
        outlet=node.metadata.get("outlet"),
        published_at=None if moment is None else _EPOCH + timedelta(microseconds=moment),
        vector=np.asarray(node.get_embedding(), dtype=np.float32),
    )
