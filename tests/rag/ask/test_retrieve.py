from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from llama_index.core.schema import TextNode

from rag.ask.retrieve import fuse, metadata_filters, retrieve, with_newest
from rag.store.vectors import FaissStore
from rag.types import Article, Candidate, Filters, Passage
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


def test_the_last_places_go_to_the_newest_of_the_passages_that_come_next() -> None:
    found = []
    for at in range(40):
        text = f"Text {at}."
        whole = replace(
            article(text, id=f"a{at}"),
            published_at=None if at % 2 else datetime(2025, 1, 1 + at % 31, tzinfo=UTC),
        )
        span = Passage(id=f"p{at}", article_id=whole.id, version=0, start=0, end=7, text=text)
        found.append(Candidate(passage=span, article=whole, score=1 / (at + 1)))

    chosen = with_newest(found, 10)
    assert [item.passage.id for item in chosen[:7]] == [f"p{at}" for at in range(7)]
    # Of the first thirty: the 25th, 27th and 29th of January.
    assert [item.passage.id for item in chosen[7:]] == ["p24", "p26", "p28"]
    assert with_newest(found[:5], 10) == found[:5]
