from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from llama_index.core.schema import TextNode

from rag.ask.retrieve import fuse, metadata_filters, retrieve
from rag.store.vectors import FaissStore
from rag.types import Article, Filters, Passage
from tests.rag.ask.conftest import article

NAMES = ["a", "b", "c", "d"]
AXES = np.eye(4, dtype=np.float32)


def setup(texts: dict[str, str]) -> tuple[FaissStore, dict[str, tuple[Passage, Article]]]:
    store = FaissStore(4)
    nodes = [TextNode(id_=name, embedding=AXES[at].tolist()) for at, name in enumerate(NAMES)]
    store.add(list(nodes))
    found = {}
    for name, text in texts.items():
        whole = article(text, id=name)
        passage = Passage(
            id=name, article_id=name, version=0, start=0, end=len(text), text=whole.text
        )
        found[name] = (passage, whole)
    return store, found


def test_ranks_are_fused_and_ties_are_stable() -> None:
    fused = fuse([["a", "b"], ["b", "c"]])
    assert [name for name, _ in fused] == ["b", "a", "c"]
    assert fused[0][1] == 1 / 62 + 1 / 61
    assert [name for name, _ in fuse([["x"], ["w"]])] == ["w", "x"]


def test_words_and_vectors_both_count_and_the_limit_holds() -> None:
    store, found = setup({name: f"Text {name}." for name in NAMES})
    result = retrieve(
        "q", np.array([0, 0, 1, 0.5], dtype=np.float32), Filters(), 2,
        words=lambda text, filters, limit: [("c", 2.0), ("a", 1.0)], vectors=store,
        load=lambda ids: {name: found[name] for name in ids},
    )  # fmt: skip
    assert [item.passage.id for item in result] == ["c", "a"]
    assert result[0].score > result[1].score


def test_reprints_show_once_and_what_is_gone_is_passed_over() -> None:
    store, found = setup({"a": "Same text.", "b": "Same text!", "c": "Other."})
    result = retrieve(
        "q", AXES[0], Filters(), 10,
        words=lambda text, filters, limit: [], vectors=store,
        load=lambda ids: {name: found[name] for name in ids if name in found},
    )  # fmt: skip
    assert [item.passage.id for item in result] == ["a", "c"]


def test_filters_are_written_for_llama_index() -> None:
    assert metadata_filters(Filters()) is None
    when = datetime(2025, 1, 1, tzinfo=UTC)
    written = metadata_filters(
        Filters(as_of=when, after=when, before=when, outlets=("A",), articles=("x",))
    )
    assert written is not None
    rows = {(item.key, item.operator.value) for item in written.filters}  # type: ignore[union-attr]
    assert rows == {
        ("article_id", "in"), ("outlet", "in"), ("published_at", ">="), ("published_at", "<"),
        ("published_at", "<="),
    }  # fmt: skip
