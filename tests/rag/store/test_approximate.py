"""The store above the size from which on it looks into some inverted lists only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from llama_index.core.vector_stores.types import (
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
)

from rag.store import compact, segments
from rag.store.segments import Vectors
from rag.store.vectors import FaissStore

DIMENSION = 32
ROWS = 3_000


def clustered(count: int, seed: int) -> Vectors:
    """Unit vectors around two hundred centres, as passages lie around stories."""
    centres = np.random.default_rng(0).normal(size=(200, DIMENSION))
    random = np.random.default_rng(seed)
    made = centres[random.integers(200, size=count)] + 0.5 * random.normal(size=(count, DIMENSION))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "EXACT_UP_TO", 500)
    monkeypatch.setattr(segments, "PROBES", 12)
    monkeypatch.setattr(segments, "FEW", 0)


def added(store: FaissStore, first: int, vectors: Vectors) -> None:
    keys = list(range(first, first + len(vectors)))
    store.add_rows(
        keys,
        [f"n{key}" for key in keys],
        [f"d{key % 100}" for key in keys],
        [{"day": key} for key in keys],
        vectors,
    )


def tidied(store: FaissStore, folder: Path) -> FaissStore:
    store.persist(str(folder))
    store.adopt(FaissStore.from_persist_path(str(folder)))
    return store


@pytest.fixture
def store(tmp_path: Path) -> FaissStore:
    made = FaissStore(DIMENSION)
    added(made, 1, clustered(ROWS, 1))
    assert made.lists == 0
    assert made.loose == ROWS
    return tidied(made, tmp_path / "first")


def ask(
    store: FaissStore, vector: Vectors, top: int = 10, filters: MetadataFilters | None = None
) -> list[str]:
    query = VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=top, filters=filters)
    return store.query(query).ids or []


def since(day: int) -> MetadataFilters:
    return MetadataFilters(
        filters=[MetadataFilter(key="day", value=day, operator=FilterOperator.GTE)]
    )


def test_most_of_the_nearest_are_found(store: FaissStore) -> None:
    assert store.lists == segments.lists_for(ROWS)
    assert store.loose == 0
    recall = store.recall(100, 10)
    assert recall is not None
    assert 0.9 < recall <= 1
    queries = clustered(50, 2)
    exact = clustered(ROWS, 1) @ queries.T
    found = [
        len(set(ask(store, query)) & {f"n{at + 1}" for at in np.argsort(-exact[:, n])[:10]})
        for n, query in enumerate(queries)
    ]
    assert np.mean(found) == pytest.approx(10 * store.recall_of(queries, 10), abs=0.1)


@pytest.mark.parametrize("few", [0, 40])
def test_a_narrow_filter_is_answered_exactly(
    store: FaissStore, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(segments, "FEW", few)
    vectors = clustered(ROWS, 1)
    for query in clustered(20, 3):
        scores = vectors[ROWS - 40 :] @ query
        expected = [f"n{ROWS - 39 + at}" for at in np.argsort(-scores)[:10]]
        assert set(ask(store, query, 10, since(ROWS - 39))) == set(expected)


def test_a_filter_never_leaves_an_answer_short(store: FaissStore) -> None:
    for day in (1, ROWS // 2, ROWS - 5):
        expected = min(40, ROWS - day + 1)
        assert len(ask(store, clustered(1, 4)[0], 40, since(day))) == expected
    assert len(ask(store, clustered(1, 4)[0], ROWS)) == ROWS


def test_the_code_of_each_row_is_where_its_place_says(store: FaissStore) -> None:
    (piece,) = store._view.pieces
    assert piece.places is not None
    rows = np.random.default_rng(6).permutation(ROWS)
    codes = piece.places.codes(rows)
    assert np.array_equal(codes, segments.encoded(clustered(ROWS, 1)[rows]))


def test_a_wide_filter_finds_as_many_of_the_nearest_as_none(store: FaissStore) -> None:
    vectors, queries = clustered(ROWS, 1), clustered(50, 7)
    found = []
    for query in queries:
        best = np.argsort(-(vectors[ROWS // 4 :] @ query))[:10]
        expected = {f"n{ROWS // 4 + at + 1}" for at in best}
        found.append(len(expected & set(ask(store, query, 10, since(ROWS // 4 + 1)))))
    assert np.mean(found) >= 10 * store.recall_of(queries, 10) - 0.1


def test_changes_count_at_once_and_survive_the_next_snapshot(
    store: FaissStore, tmp_path: Path
) -> None:
    new = clustered(100, 5)
    gone = ask(store, new[0], 5)
    store.delete_nodes(gone)
    added(store, ROWS + 1, new)
    assert store.loose == 105
    for _ in range(2):
        assert ask(store, new[0], 1) == [f"n{ROWS + 1}"]
        everything = set(ask(store, new[0], 2 * ROWS))
        assert everything == {id_ for _, ids, _ in store.contents() for id_ in ids}
        assert len(everything) == ROWS + 95
        assert not set(gone) & everything
        tidied(store, tmp_path / f"after-{store.loose}")
    store.delete("d7")
    assert "n7" not in store


def test_centroids_are_kept_until_they_are_outgrown(store: FaissStore, tmp_path: Path) -> None:
    lists = store.lists
    added(store, ROWS + 1, clustered(ROWS, 6))
    assert tidied(store, tmp_path / "second").lists == lists
    added(store, 2 * ROWS + 1, clustered(4 * ROWS, 7))
    tidied(store, tmp_path / "third")
    assert store.lists == segments.lists_for(6 * ROWS)
    assert len(store) == 6 * ROWS


def test_a_store_that_shrank_is_exact_again(store: FaissStore, tmp_path: Path) -> None:
    store.delete_nodes(filters=since(400))
    tidied(store, tmp_path / "second")
    assert store.lists == 0
    assert store.recall(10, 10) is None
    vectors = clustered(ROWS, 1)[:399]
    query = clustered(1, 8)[0]
    best = np.argsort(-(vectors @ query))[:10]
    assert set(ask(store, query)) == {f"n{at + 1}" for at in best}


def test_half_precision_is_written_as_faiss_writes_it(store: FaissStore) -> None:
    vectors = clustered(ROWS, 1)
    for keys, _, codes in store.contents():
        wanted = segments.encoded(vectors[[key - 1 for key in keys]])
        assert codes.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("rows", [400, ROWS])
def test_a_file_is_written_as_faiss_writes_it(tmp_path: Path, rows: int) -> None:
    store = FaissStore(DIMENSION)
    vectors = clustered(rows, 1)
    added(store, 1, vectors)
    store.persist(str(tmp_path / "ours"))
    written = tmp_path / "ours" / "vectors.faiss"
    index = segments.read(written)
    made = segments.exact(DIMENSION) if rows == 400 else segments.emptied(index)
    if rows == 400:
        made.add(vectors)
    else:
        made.add_with_ids(vectors, np.arange(rows))
    segments.write(made, tmp_path / "theirs")
    assert written.read_bytes() == (tmp_path / "theirs").read_bytes()


def test_lists_that_nothing_belongs_to_are_read(tmp_path: Path) -> None:
    """Many passages with the same words: fewer places than lists."""
    few = clustered(3, 1)
    made = FaissStore(DIMENSION)
    added(made, 1, np.tile(few, (ROWS // 3, 1)))
    tidied(made, tmp_path / "same")
    assert made.lists > 3
    found = ask(made, few[0], filters=since(ROWS - 8))
    assert sorted(found[:3]) == [f"n{key}" for key in range(ROWS - 8, ROWS + 1) if key % 3 == 1]


def test_an_empty_store_is_written_and_read(tmp_path: Path) -> None:
    assert len(tidied(FaissStore(DIMENSION), tmp_path / "none")) == 0


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    import faiss

    faiss.write_index(faiss.IndexFlatIP(4), str(tmp_path / "x"))
    with pytest.raises(ValueError, match="another kind"):
        segments.read(tmp_path / "x")


def test_nowhere_to_write_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot be written"):
        segments.write(segments.exact(4), tmp_path / "no" / "folder")
