"""Passages as rows in Milvus: all archives of a server in one collection, each a partition key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from rag.language import placed_terms, terms
from rag.moments import microseconds
from rag.store.lexical import TITLE_WEIGHT
from rag.store.milvus import WRITE_SECONDS, CollectionLost, Milvus
from rag.store.milvus_filters import NEVER, UNDATED, allof, hashed
from rag.store.rows import IndexRow, Vectors

PASSAGES, STATES = "dateline_passages", "dateline_state"
WORDS, TITLE, PAIRS = "words", "title", "pairs"
WEIGHTS = {WORDS: 1.0, TITLE: TITLE_WEIGHT}
MOST = 16_384
"""Rows that Milvus returns of one query or search."""
WINDOW = 2_000
_TEXT_BYTES = 65_535  # the longest VARCHAR
_BM25 = {"bm25_k1": 1.2, "bm25_b": 0.75}  # tantivy's, which are Lucene's
_LOOKED = 2
"""Nodes of the graph that are kept while it is searched, for each passage that is wanted (HNSW's
``ef``). Milvus Lite keeps 64 however many are wanted: of a hundred it then found 86."""
_BETWEEN = "ǀ"  # a letter to every tokenizer, and in no stem


class Extent(NamedTuple):
    """What of a catalogue is shown."""

    generation: int
    passages: int
    last_key: int
    """The greatest key that was ever shown."""


class Rows:
    """The rows of one archive; ``archive`` tells its rows from those of others on the server.

    A row's primary key is made of the archive and the passage's id, so that writing it again
    replaces it. Every write is seen by the searches that begin after it (Milvus's consistency level
    `Strong`). ``ready`` is called before each search, ``lost`` when the collection is not
    there any more. Safe for several threads. All methods raise VectorsUnavailable.
    """

    def __init__(
        self,
        milvus: Milvus,
        archive: str,
        dimension: int,
        ready: Callable[[], None] = lambda: None,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._milvus = milvus
        self._ready, self._lost = ready, lost
        self._archive = archive
        self.dimension = dimension
        # Vectors of another length are of another embedder, and cannot stand in the same column.
        self._passages = f"{PASSAGES}_{dimension}"
        self._mine = f'archive == "{hashed(archive)}"'

    def of_dimension(self, dimension: int) -> Rows:
        """Return the rows of the same archive with vectors of another length."""
        return Rows(self._milvus, self._archive, dimension)

    # ---- state ----------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return what was noted with `note`; empty when nothing was."""
        try:
            found = self._milvus.call(
                "get", STATES, ids=[hashed(self._archive)], output_fields=["value"]
            )
        except CollectionLost:
            return {}
        return dict(json.loads(found[0]["value"])) if found else {}

    def note(self, value: dict[str, Any]) -> None:
        """Keep what `state` returns."""
        row = {"pk": hashed(self._archive), "value": json.dumps(value), "nothing": [0.0, 0.0]}
        self._milvus.call("upsert", STATES, data=[row], seconds=WRITE_SECONDS)

    def made(self) -> bool:
        """Whether the collection of passages is there."""
        return bool(self._milvus.call("has_collection", self._passages))

    def make(self) -> None:
        """Make both collections where they are not there; one process at a time does."""
        from pymilvus import DataType, MilvusClient

        if not self._milvus.call("has_collection", STATES):
            schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field("pk", DataType.VARCHAR, is_primary=True, max_length=32)
            schema.add_field("value", DataType.VARCHAR, max_length=_TEXT_BYTES)
            # Milvus has no collection without vectors.
            schema.add_field("nothing", DataType.FLOAT_VECTOR, dim=2)
            indexes = MilvusClient.prepare_index_params()
            indexes.add_index("nothing", index_type="FLAT", metric_type="L2")
            self._create(STATES, schema, indexes)
        if not self.made():
            self._create(self._passages, *_passages(self.dimension))

    def _create(self, name: str, schema: Any, indexes: Any) -> None:
        self._milvus.call(
            "create_collection",
            name,
            schema=schema,
            index_params=indexes,
            consistency_level="Strong",
            seconds=WRITE_SECONDS,
        )

    # ---- write ----------------------------------------------------------------------------------

    def put(self, rows: Sequence[IndexRow]) -> None:
        """Write rows; one with the id of another replaces it."""
        if rows:
            data = [self._row(row) for row in rows]
            self._milvus.call("upsert", self._passages, data=data, seconds=WRITE_SECONDS)

    def remove(self, ids: Iterable[str]) -> None:
        """Remove passages by id; those that are not there do not matter."""
        keys = [self._key(id_) for id_ in ids]
        for at in range(0, len(keys), WINDOW):
            self._milvus.call(
                "delete", self._passages, ids=keys[at : at + WINDOW], seconds=WRITE_SECONDS
            )

    def remove_where(self, expression: str) -> None:
        """Remove the passages that an expression holds for."""
        where = allof(self._mine, expression)
        self._milvus.call("delete", self._passages, filter=where, seconds=WRITE_SECONDS)

    def settle(self) -> None:
        """Let Milvus move what was written from memory into indexed segments."""
        self._milvus.call("flush", self._passages, seconds=WRITE_SECONDS)

    # ---- read -----------------------------------------------------------------------------------

    def nearest(self, vector: Sequence[float], where: str, limit: int) -> list[tuple[str, float]]:
        """Return ids and inner products of the nearest passages, best first."""
        params = {"ef": max(64, _LOOKED * limit)}
        return self._search("vector", list(vector), "IP", where, limit, params)

    def best(self, field: str, asked: str, where: str, limit: int) -> list[tuple[str, float]]:
        """Return ids and BM25 scores by the words of a field, best first."""
        found = self._search(f"{field}_bm25", asked, "BM25", where, limit)
        # Milvus Lite 3.2 returns the negative of the score, the distributed server the score.
        return [(id_, abs(score)) for id_, score in found]

    def count(self, where: str = "") -> int:
        """How many passages an expression holds for."""
        found = self._ask(
            "query",
            filter=allof(self._mine, where),
            output_fields=["count(*)"],
        )
        return int(found[0]["count(*)"])

    def get(self, id_: str, fields: Sequence[str]) -> dict[str, Any] | None:
        """Return fields of one passage, None when it is not there."""
        found = self._milvus.call(
            "get", self._passages, ids=[self._key(id_)], output_fields=list(fields)
        )
        return dict(found[0]) if found else None

    def parts(self, fields: Sequence[str], last: int) -> Iterator[list[dict[str, Any]]]:
        """Yield fields of all passages, WINDOW keys at a time; ``last`` is the greatest key."""
        for at in range(0, last + 1, WINDOW):
            yield self._query(f"key >= {at} and key < {at + WINDOW}", fields)
        yield self._query(f"key > {last // WINDOW * WINDOW + WINDOW - 1}", fields)

    def among(self, ids: Sequence[str]) -> str:
        """Return the expression that names passages by id."""
        keys = ", ".join(f'"{self._key(id_)}"' for id_ in ids)
        return f"pk in [{keys}]" if ids else NEVER

    def _query(self, where: str, fields: Sequence[str]) -> list[dict[str, Any]]:
        return list(
            self._milvus.call(
                "query",
                self._passages,
                filter=allof(self._mine, where),
                output_fields=list(fields),
                limit=MOST,
                seconds=WRITE_SECONDS,
            )
        )

    def _search(
        self,
        field: str,
        asked: Any,
        metric: str,
        where: str,
        limit: int,
        params: Mapping[str, int] | None = None,
    ) -> list[tuple[str, float]]:
        found = self._ask(
            "search",
            data=[asked],
            anns_field=field,
            limit=min(limit, MOST),
            filter=allof(self._mine, where),
            output_fields=["id"],
            search_params={"metric_type": metric, "params": dict(params or {})},
        )
        return [(hit["entity"]["id"], float(hit["distance"])) for hit in found[0]]

    def _ask(self, method: str, **given: Any) -> Any:
        self._ready()
        try:
            return self._milvus.call(method, self._passages, **given)
        except CollectionLost:
            self._lost()
            raise

    def _key(self, id_: str) -> str:
        return hashed(f"{self._archive} {id_}")

    def _row(self, row: IndexRow) -> dict[str, Any]:
        return {
            "pk": self._key(row.id),
            "archive": hashed(self._archive),
            "key": row.key,
            "id": row.id,
            "article_id": hashed(row.article_id),
            "outlet": hashed(row.outlet.casefold()) if row.outlet else "",
            "published_at": microseconds(row.published_at) if row.published_at else UNDATED,
            "vector": np.asarray(row.vector, np.float32).tolist(),
            **texts(row),
        }


def texts(row: IndexRow) -> dict[str, str]:
    """Return what BM25 counts: stems, with spaces between them, that no analyzer changes.

    So both engines see the words that our own analyzer makes, and the server's needs to know
    nothing but spaces.
    """
    return {
        WORDS: _bounded(terms(row.text)),
        TITLE: _bounded(terms(row.title or "")),
        PAIRS: _bounded(pairs(row.text)),
    }


def pairs(text: str) -> list[str]:
    """Return neighbouring stems and their distance, as one word each."""
    return [
        f"{one}{_BETWEEN}{at - place}{_BETWEEN}{other}"
        for (place, one), (at, other) in pairwise(placed_terms(text))
    ]


def _bounded(words: Sequence[str]) -> str:
    said = " ".join(words)
    # Only what is no prose at all is longer.
    return said.encode()[:_TEXT_BYTES].decode(errors="ignore")


def vectors_of(rows: Sequence[dict[str, Any]]) -> Vectors:
    """Return the vectors of rows that were read, (n, dimension) float32."""
    return np.asarray([row["vector"] for row in rows], dtype=np.float32)


def _passages(dimension: int) -> tuple[Any, Any]:
    """Describe the collection of passages and its indexes."""
    from pymilvus import DataType, Function, FunctionType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("pk", DataType.VARCHAR, is_primary=True, max_length=32)
    schema.add_field("archive", DataType.VARCHAR, max_length=32, is_partition_key=True)
    schema.add_field("key", DataType.INT64)
    schema.add_field("id", DataType.VARCHAR, max_length=1_000)
    schema.add_field("article_id", DataType.VARCHAR, max_length=32)
    schema.add_field("outlet", DataType.VARCHAR, max_length=32)
    schema.add_field("published_at", DataType.INT64)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    indexes = MilvusClient.prepare_index_params()
    indexes.add_index("vector", index_type="AUTOINDEX", metric_type="IP")
    for name in ("key", "article_id", "outlet", "published_at"):
        indexes.add_index(name, index_type="INVERTED")
    for name in (WORDS, TITLE, PAIRS):
        schema.add_field(
            name,
            DataType.VARCHAR,
            max_length=_TEXT_BYTES,
            enable_analyzer=True,
            enable_match=name == WORDS,
            analyzer_params={"tokenizer": "standard"},
        )
        schema.add_field(f"{name}_bm25", DataType.SPARSE_FLOAT_VECTOR)
        schema.add_function(
            Function(
                name=f"{name}_bm25",
                function_type=FunctionType.BM25,
                input_field_names=[name],
                output_field_names=[f"{name}_bm25"],
            )
        )
        indexes.add_index(
            f"{name}_bm25", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=_BM25
        )
    return schema, indexes
