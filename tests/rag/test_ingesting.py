from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag import ingesting
from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import (
    ArticleError,
    CatalogueError,
    DataFolderError,
    EmbedderMismatch,
    SourceMissing,
)
from rag.models.embedder import Embedder
from rag.types import Article, Refused, Source, Stored

STORY = " ".join(
    f"On day {day} the envoy of country {day * 7} met minister {day * 13} in hall {day * 3}."
    for day in range(1, 13)
)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Dateline]:
    opened = Dateline(Settings(data=tmp_path / "data"))
    yield opened
    opened.close()


def test_what_becomes_of_each_is_told_with_its_origin(own: Dateline) -> None:
    refusal = ArticleError("It has no text.")
    refusal.origin = "file:///somewhere"
    report = own.add([Source(text="One.", origin="o-1", id="a"), refusal])
    assert [(item.id, item.origin) for item in report.stored] == [("a", "o-1")]
    assert [(item.code, item.origin) for item in report.refused] == [
        ("article_invalid", "file:///somewhere")
    ]


def test_two_files_of_one_name_in_one_batch_stay_two_articles(own: Dateline) -> None:
    sources = [Source(text=f"Text {n}.", origin=f"folder-{n}/a.txt", name="a") for n in range(3)]
    stored = own.add(sources).stored
    assert len({item.id for item in stored}) == 3
    assert [item.outcome for item in stored] == ["added"] * 3
    again = own.add(sources).stored
    assert {item.id for item in again} == {item.id for item in stored}
    assert [item.outcome for item in again] == ["unchanged"] * 3


def test_an_id_that_comes_twice_in_one_batch_is_a_new_version(own: Dateline) -> None:
    texts = ("One.", "Two.", "Two.")
    report = own.add([Source(text=text, origin="o", id="a") for text in texts])
    assert [(item.version, item.outcome) for item in report.stored] == [
        (1, "added"),
        (2, "changed"),
        (2, "unchanged"),
    ]
    assert own.article("a").text == "Two."
    assert own.article("a", 1).text == "One."


def test_what_breaks_a_parser_stops_nobody_else(
    own: Dateline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    chunk = ingesting.chunk.chunk

    def fragile(text: str, *rest: object) -> object:
        if "bad" in text:
            raise RecursionError
        return chunk(text, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(ingesting.chunk, "chunk", fragile)
    names = ("good", "bad", "fine")
    with caplog.at_level(logging.ERROR, "dateline.ingest"):
        report = own.add([Source(text=f"A {name} one.", origin=name) for name in names])
    assert [item.origin for item in report.stored] == ["good", "fine"]
    assert [(item.origin, item.code) for item in report.refused] == [("bad", "internal")]
    assert "RecursionError" in caplog.text


def test_a_failing_store_stops_and_keeps_what_was_stored(
    own: Dateline, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, count = own.catalogue.put, 0

    def full(*args: object, **kwargs: object) -> Stored:
        nonlocal count
        count += 1
        if count == 3:
            raise CatalogueError("The disk is full.")
        return put(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(own.catalogue, "put", full)
    sources = [Source(text=f"Text {n}.", origin="o", id=f"a-{n}") for n in range(5)]
    with pytest.raises(CatalogueError):
        own.add(sources)
    assert own.articles().total == 2
    assert {result.article.id for result in own.search("Text")} == {"a-0", "a-1"}
    monkeypatch.undo()
    assert own.add(sources).count("added") == 3


def test_what_went_wrong_first_is_said_after_what_was_stored_before_it(
    own: Dateline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put = own.catalogue.put

    def full(article: Article, *args: object, **kwargs: object) -> Stored:
        if article.id == "a-2":
            raise CatalogueError("The disk is full.")
        return put(article, *args, **kwargs)  # type: ignore[arg-type]

    def full_too() -> None:
        raise DataFolderError("The index cannot be written.")

    monkeypatch.setattr(own.catalogue, "put", full)
    monkeypatch.setattr(own.index, "refresh", full_too)
    told: list[Stored | Refused] = []
    sources = [Source(text=f"Text {n}.", origin="o", id=f"a-{n}") for n in range(5)]
    with pytest.raises(CatalogueError, match="The disk is full"):
        told.extend(own.ingesting.run(sources))
    assert [item.id for item in told if isinstance(item, Stored)] == ["a-0", "a-1"]
    assert "the index is behind" in caplog.text


def test_nothing_is_stored_when_a_path_is_wrong(own: Dateline, seeds: Path) -> None:
    with pytest.raises(SourceMissing):
        own.ingest([seeds, seeds / "none"])
    assert own.articles().total == 0


def test_reprints_share_a_cluster_and_show_once(own: Dateline) -> None:
    own.add(
        [
            Source(text=STORY, origin="1", id="wire", outlet="Agency"),
            Source(text=f"By our staff\n\n{STORY[:500]}", origin="2", id="cut", outlet="Gazette"),
            Source(text="Nothing of the sort happened elsewhere.", origin="3", id="other"),
        ]
    )
    assert own.article("wire").cluster_id == own.article("cut").cluster_id
    assert own.article("other").cluster_id != own.article("cut").cluster_id
    results = own.search("envoy of country met minister", limit=1)
    assert [len(result.also_in) for result in results] == [1]


def test_outcomes_come_while_the_rest_is_still_to_be_read(
    own: Dateline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingesting, "BATCH", 2)
    read = 0

    def sources() -> Iterator[Source]:
        nonlocal read
        for read in range(1, 7):
            yield Source(text=f"Text {read}.", origin="o", id=f"a-{read}")

    outcomes = own.ingesting.run(sources())
    assert isinstance(next(outcomes), Stored)
    assert read == 2
    assert [type(item) for item in outcomes] == [Stored] * 5
    assert not isinstance(next(outcomes, None), Refused)


def test_the_index_catches_up_while_more_come_in(
    own: Dateline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingesting, "BATCH", 2)
    monkeypatch.setattr(ingesting, "CATCH_UP", 3)
    outcomes = own.ingesting.run(
        Source(text=f"Text {n}.", origin="o", id=f"a-{n}") for n in range(9)
    )
    for _ in range(5):
        next(outcomes)
    assert len(own.index.vectors) == 4
    assert len(list(outcomes)) == 4
    assert len(own.index.vectors) == 9


def test_reinstating_what_is_not_retracted_changes_nothing(own: Dateline) -> None:
    own.add([Source(text="One.", origin="o", id="a")])
    generation = own.catalogue.generation()
    own.reinstate("a")
    assert own.catalogue.generation() == generation


def test_everything_is_embedded_anew_also_what_is_stored_meanwhile(
    own: Dateline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingesting, "REINDEXED", 2)
    own.add([Source(text=f"Report {n} of the harbour.", origin="o", id=f"a-{n}") for n in range(5)])
    before = {row.id for row in own.catalogue.changes(0).added}
    running = Dateline(own.settings)
    exchange = own.catalogue.replace_vectors

    def late(*given: Any) -> bool:
        if own.articles().total == 5:
            running.add([Source(text="Stored while all were embedded.", origin="o", id="late")])
        return exchange(*given)

    monkeypatch.setattr(own.catalogue, "replace_vectors", late)
    own.ingesting.embedder = Other()
    done: list[int] = []
    assert own.ingesting.reindex(done.append) == sum(done) == 6
    assert own.catalogue.embedder() == "other@1"
    rows = own.catalogue.changes(0).added
    assert {row.id for row in rows} == {*before, "late:1:0-31"}
    assert all(row.vector[0] == 1 for row in rows)
    # The one that is still running would write vectors that do not fit.
    with pytest.raises(EmbedderMismatch):
        running.add([Source(text="Stored too late.", origin="o", id="b")])
    running.close()


class Other(Embedder):
    """Another embedder: all its vectors point one way."""

    fingerprint = "other@1"

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
        if progress is not None:
            progress(len(texts))
        return np.eye(1, self.dimension, dtype=np.float32).repeat(len(texts), axis=0)
