"""What Milvus is asked for, and how well and how often it has to work for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from rag.store.milvus import Milvus
from rag.store.milvus_rows import PASSAGES, Extent, Rows
from rag.store.milvus_words import MilvusWords
from rag.store.rows import IndexRow, Vectors

pytest.importorskip("milvus_lite", reason="the extra `milvus` is not installed")

DIMENSION = 96


def directions(count: int, seed: int) -> Vectors:
    """Unit vectors of which none is near another: the hardest for a graph."""
    made = np.random.default_rng(seed).normal(size=(count, DIMENSION))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def milvus(milvus_url: str) -> Iterator[Milvus]:
    made = Milvus(milvus_url, None, 30.0)
    yield made
    made.close()


@pytest.fixture
def rows(milvus: Milvus) -> Iterator[Rows]:
    """An archive of its own."""
    made = Rows(milvus, uuid.uuid4().hex, DIMENSION)
    made.make()
    yield made
    made.remove_where("key >= 0")


def row(key: int, vector: Sequence[float], text: str = "A ferry.") -> IndexRow:
    return IndexRow(
        key=key,
        id=f"n{key}",
        article_id=f"a{key}",
        title=None,
        text=text,
        outlet=None,
        published_at=None,
        vector=np.asarray(vector, dtype=np.float32),
    )


def test_of_a_hundred_passages_the_graph_misses_few(milvus: Milvus, rows: Rows) -> None:
    vectors = directions(3_000, 1)
    rows.put([row(key, vector) for key, vector in enumerate(vectors)])
    rows.settle()
    # Milvus Lite makes the graph in its own time, and at once when it loads.
    for method in ("release_collection", "load_collection"):
        milvus.call(method, f"{PASSAGES}_{DIMENSION}")
    shares = []
    for asked in directions(20, 2):
        exact = {f"n{key}" for key in np.argsort(-(vectors @ asked))[:100]}
        found = {name for name, _ in rows.nearest(asked.tolist(), "", 100)}
        shares.append(len(exact & found) / 100)
    assert np.mean(shares) > 0.97


def test_words_are_counted_again_after_writes_for_a_twentieth_of_the_passages(rows: Rows) -> None:
    vector = directions(1, 1)[0].tolist()
    extent = Extent(10, 100, 1)
    words = MilvusWords(rows, lambda: extent)
    rows.put([row(1, vector)])
    assert words.document_frequency("ferri") == 1
    rows.put([row(2, vector)])
    extent = Extent(15, 105, 2)
    assert words.document_frequency("ferri") == 1
    extent = Extent(16, 106, 2)
    assert words.document_frequency("ferri") == 2
    rows.put([row(3, vector)])
    extent = Extent(17, 15, 3)
    assert words.document_frequency("ferri") == 3
    # A catalogue that was put back has a lower generation.
    rows.remove(["n3"])
    extent = Extent(16, 5_000, 2)
    assert words.document_frequency("ferri") == 2
