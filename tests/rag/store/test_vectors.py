from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
from llama_index.core import MockEmbedding, StorageContext, VectorStoreIndex
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)

from rag.errors import FilterError
from rag.store.ids import FILES
from rag.store.milvus_rows import Extent
from rag.store.milvus_vectors import MilvusVectors
from rag.store.vectors import FaissStore, Vectors
from tests.rag.store.conftest import DIMENSION, vectors_for


def node(name: str, ref: str = "doc", **metadata: object) -> TextNode:
    return TextNode(
        id_=name,
        text=name,
        embedding=vectors_for([name])[0].tolist(),
        metadata=metadata,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=ref)},
    )


Store = FaissStore | MilvusVectors


class Make(Protocol):
    """Makes a store of nodes."""

    def __call__(self, *nodes: TextNode) -> Store: ...


def faiss(*nodes: TextNode) -> FaissStore:
    made = FaissStore(DIMENSION)
    made.add(list(nodes))
    return made


@pytest.fixture(params=["faiss", "milvus"])
def store(request: pytest.FixtureRequest) -> Make:
    if request.param == "faiss":
        return faiss
    rows = request.getfixturevalue("rows")

    def milvus(*nodes: TextNode) -> Store:
        made = MilvusVectors(rows, lambda: Extent(1, 0, 0))
        made.add(list(nodes))
        return made

    return milvus


def nearest(
    made: Store, name: str, top: int = 10, filters: MetadataFilters | None = None
) -> list[str]:
    query = VectorStoreQuery(
        query_embedding=vectors_for([name])[0].tolist(), similarity_top_k=top, filters=filters
    )
    return made.query(query).ids or []


def where(key: str, value: object, operator: FilterOperator = FilterOperator.EQ) -> MetadataFilters:
    return MetadataFilters(
        filters=[MetadataFilter.model_construct(key=key, value=value, operator=operator)]
    )


def test_the_nearest_is_itself_with_similarity_one(store: Make) -> None:
    made = store(node("a"), node("b"), node("c"))
    query = VectorStoreQuery(query_embedding=vectors_for(["b"])[0].tolist(), similarity_top_k=1)
    result = made.query(query)
    assert result.ids == ["b"]
    assert result.similarities is not None
    assert abs(result.similarities[0] - 1) < 1e-3  # vectors are kept in half precision


# ---- what llama-index's FAISS stores get wrong ---------------------------------------------------


def test_deleting_a_document_removes_its_nodes(store: Make) -> None:
    """Theirs: FaissVectorStore raises, FaissMapVectorStore does nothing and says nothing."""
    made = store(node("a1", "a"), node("a2", "a"), node("b1", "b"))
    made.delete("a")
    assert nearest(made, "a1") == ["b1"]
    assert len(made) == 1
    made.delete("a")
    made.delete("never there")
    assert len(made) == 1


def test_a_key_is_never_given_out_again() -> None:
    """Theirs: ids are reused after a delete, and a query for one passage returned another."""
    made = faiss(node("a"), node("b"))
    made.delete_nodes(["b"])
    made.add([node("c")])
    assert nearest(made, "c", 1) == ["c"]
    assert nearest(made, "a", 1) == ["a"]
    assert "b" not in made
    assert made.newest(10) == {1: "a", 3: "c"}


def test_filters_filter(store: Make) -> None:
    """Theirs: a query with filters raises."""
    made = store(
        node("a", published_at=1, outlet="x"),
        node("b", published_at=2, outlet="y"),
        node("c", outlet="x"),
    )
    assert nearest(made, "b", filters=where("outlet", "x")) != []
    assert set(nearest(made, "b", filters=where("outlet", "x"))) == {"a", "c"}
    assert nearest(made, "a", filters=where("published_at", 2, FilterOperator.GTE)) == ["b"]
    assert nearest(made, "a", filters=where("outlet", ["y", "z"], FilterOperator.IN)) == ["b"]
    assert nearest(made, "a", filters=where("nothing", 1)) == []


def test_adding_a_node_again_replaces_it() -> None:
    """Theirs: the old vector stays and is found too."""
    made = faiss(node("a", published_at=1))
    made.add([node("a", published_at=2)])
    assert nearest(made, "a") == ["a"]
    assert [item.metadata for item in made.get_nodes(["a"])] == [{"published_at": 2}]


def test_a_snapshot_gives_the_same_answers(tmp_path: Path) -> None:
    """Theirs: the ingestion pipeline's persist does not save the vector store."""
    made = faiss(node("a", "d1", published_at=1), node("b", "d2", published_at=2))
    made.delete_nodes(["b"])
    made.add([node("c", "d2", published_at=3)])
    made.persist(str(tmp_path / "s"))
    again = FaissStore.from_persist_path(str(tmp_path / "s"))
    assert nearest(again, "c") == nearest(made, "c")
    assert nearest(again, "c", filters=where("published_at", 3)) == ["c"]
    again.add([node("d")])
    assert again.last_key == 4
    again.delete("d2")
    assert set(nearest(again, "a")) == {"a", "d"}


def test_it_serves_as_llama_indexs_vector_store(store: Make) -> None:
    made = store()
    index = VectorStoreIndex(
        [],
        storage_context=StorageContext.from_defaults(vector_store=made),
        embed_model=MockEmbedding(embed_dim=DIMENSION),
    )
    index.insert_nodes([node("a", "d1"), node("b", "d2")])
    assert len(made) == 2
    index.delete_ref_doc("d1")
    assert len(made) == 1
    assert "b" in made


# ---- the rest of the interface -------------------------------------------------------------------


def test_conditions_and_nested_filters(store: Make) -> None:
    made = store(
        node("a", published_at=1, outlet="x"),
        node("b", published_at=2, outlet="y"),
        node("c", published_at=3),
    )
    either = MetadataFilters(
        filters=[*where("published_at", 1).filters, *where("outlet", "y").filters],
        condition=FilterCondition.OR,
    )
    assert set(nearest(made, "a", filters=either)) == {"a", "b"}
    neither = MetadataFilters(filters=[either], condition=FilterCondition.NOT)
    assert nearest(made, "a", filters=neither) == ["c"]
    both = MetadataFilters(filters=[either, *where("published_at", 2).filters])
    assert nearest(made, "a", filters=both) == ["b"]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        (FilterOperator.NE, 2, {"a", "c"}),
        (FilterOperator.GT, 2, {"c"}),
        (FilterOperator.LT, 2, {"a"}),
        (FilterOperator.LTE, 2, {"a", "b"}),
        (FilterOperator.NIN, [1, 3], {"b"}),
    ],
)
def test_operators(
    store: Make, operator: FilterOperator, value: object, expected: set[str]
) -> None:
    made = store(node("a", published_at=1), node("b", published_at=2), node("c", published_at=3))
    assert set(nearest(made, "a", filters=where("published_at", value, operator))) == expected


def test_an_operator_or_a_comparison_that_makes_no_sense_is_refused(store: Make) -> None:
    made = store(node("a", published_at=1))
    with pytest.raises(FilterError, match="not supported"):
        nearest(made, "a", filters=where("published_at", "x", FilterOperator.TEXT_MATCH))
    with pytest.raises(FilterError, match="compares int with str"):
        nearest(made, "a", filters=where("published_at", "x", FilterOperator.GT))


def test_queries_may_be_limited_to_nodes_and_documents(store: Make) -> None:
    made = store(node("a1", "a"), node("a2", "a"), node("b1", "b"))
    base = VectorStoreQuery(query_embedding=vectors_for(["b1"])[0].tolist(), similarity_top_k=5)
    base.doc_ids = ["a"]
    assert set(made.query(base).ids or []) == {"a1", "a2"}
    base.node_ids = ["a2", "b1", "gone"]
    assert made.query(base).ids == ["a2"]


def test_only_dense_queries_are_taken(store: Make) -> None:
    made = store(node("a"))
    with pytest.raises(ValueError, match="dense"):
        made.query(VectorStoreQuery(query_str="x", mode=VectorStoreQueryMode.HYBRID))


def test_an_empty_store_finds_nothing(store: Make) -> None:
    made = store()
    assert nearest(made, "a") == []
    made.add([])
    made.add([node("a")])
    made.clear()
    assert nearest(made, "a") == []
    assert len(made) == 0


def test_nodes_are_deleted_by_id_and_filter(store: Make) -> None:
    made = store(node("a", published_at=1), node("b", published_at=2), node("c", published_at=2))
    made.delete_nodes(["a", "b"], where("published_at", 2))
    assert set(nearest(made, "a")) == {"a", "c"}
    made.delete_nodes(filters=where("published_at", 2))
    assert nearest(made, "c") == ["a"]
    with pytest.raises(ValueError, match="clear"):
        made.delete_nodes()


def test_a_key_in_use_is_refused() -> None:
    made = faiss(node("a"))
    vector: Vectors = vectors_for(["b"])
    with pytest.raises(ValueError, match="in use for 'a'"):
        made.add_rows([1], ["b"], ["d"], [{}], vector)
    assert nearest(made, "a") == ["a"]


@pytest.mark.parametrize("damage", ["vectors.faiss", "columns.npz", "names.json", *FILES])
def test_a_broken_snapshot_is_refused(tmp_path: Path, damage: str) -> None:
    faiss(node("a")).persist(str(tmp_path / "s"))
    (tmp_path / "s" / damage).write_bytes(b"{broken")
    with pytest.raises(ValueError, match="not a readable snapshot"):
        FaissStore.from_persist_path(str(tmp_path / "s"))


def test_it_agrees_with_brute_force_after_many_changes(store: Make) -> None:
    random = np.random.default_rng(7)
    made = store()
    alive: dict[str, int] = {}
    for step in range(300):
        name = f"n{random.integers(60)}"
        if random.random() < 0.6:
            made.add([node(name, f"d{step % 7}", published_at=step)])
            alive[name] = step
        elif alive:
            made.delete_nodes([name])
            alive.pop(name, None)
    names = sorted(alive)
    scores = vectors_for(names) @ vectors_for(["probe"])[0]
    expected = [names[at] for at in np.argsort(-scores)]
    assert nearest(made, "probe", 100) == expected
    late = [name for name in expected if alive[name] >= 200]
    assert nearest(made, "probe", 100, where("published_at", 200, FilterOperator.GTE)) == late
