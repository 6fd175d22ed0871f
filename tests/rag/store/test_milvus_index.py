"""What Milvus can do that FAISS cannot: be shared, be away, be half written."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from eval.lite import free_port, served
from rag.config import Settings
from rag.errors import VectorsUnavailable
from rag.store import milvus_index
from rag.store.border import open_index
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.milvus import Milvus
from rag.store.milvus_index import MilvusIndex
from rag.store.milvus_rows import Rows
from tests.rag.store.conftest import DIMENSION, Put
from tests.rag.store.test_index import NONE, content, ids

pytest.importorskip("milvus_lite", reason="the extra `milvus` is not installed")


class Opening:
    """Opens indexes on one catalogue, as replicas do."""

    def __init__(
        self, catalogue: Catalogue, database: Database, url: str, seconds: float = 10.0
    ) -> None:
        self.catalogue, self.database = catalogue, database
        self.url, self.seconds = url, seconds
        self.opened: list[MilvusIndex] = []

    def __call__(self, dimension: int = DIMENSION) -> MilvusIndex:
        settings = Settings(vectors=self.url, vectors_seconds=self.seconds)
        made = open_index(settings, self.catalogue, self.database, dimension)
        assert isinstance(made, MilvusIndex)
        self.opened.append(made)
        return made


@pytest.fixture
def replica(catalogue: Catalogue, database: Database, milvus_url: str) -> Iterator[Opening]:
    opening = Opening(catalogue, database, milvus_url)
    yield opening
    for index in opening.opened:
        index.close()


def found(index: MilvusIndex) -> set[str]:
    return {name for name, _ in index.words.search("text", NONE, 100)}


def eventually(index: MilvusIndex, wanted: set[str]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        index.follow()
        try:
            if found(index) == wanted:
                return
        except VectorsUnavailable:
            pass
        time.sleep(0.05)
    pytest.fail(f"{found(index)} is not {wanted}")


def test_a_replica_sees_what_another_wrote_and_does_not_write_it_again(
    catalogue: Catalogue, put: Put, replica: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = replica(), replica()
    put("Some text.\nMore text.", id="a")
    first.refresh()
    monkeypatch.setattr(Rows, "put", lambda *_: pytest.fail("written twice"))
    second.refresh()
    assert second.generation == first.generation == catalogue.generation()
    assert found(second) == ids(catalogue)


def test_archives_on_one_server_do_not_see_each_other(
    catalogue: Catalogue, put: Put, replica: Opening, milvus_url: str, tmp_path: Path
) -> None:
    put("Some text.", id="a")
    database = Database(f"sqlite:///{tmp_path / 'other.db'}")
    other = Opening(Catalogue(database), database, milvus_url)
    empty, full = other(), replica()
    assert found(empty) == set()
    assert found(full) == ids(catalogue)
    assert empty.check(deep=True).ok
    empty.vectors.clear()
    assert found(full) == ids(catalogue)
    empty.close()
    database.close()


@pytest.mark.parametrize("where", ["put", "remove", "note"])
def test_what_was_written_by_half_is_written_again(
    catalogue: Catalogue, put: Put, replica: Opening, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    index = replica()
    put("Some text.\nMore text.", id="a")
    index.refresh()
    put("Other text.", id="a")
    put("New text.", id="b")
    real = getattr(Rows, where)

    def broken(self: Rows, given: object) -> None:
        real(self, given)
        raise KeyboardInterrupt  # as a kill would: done, and nobody knows

    monkeypatch.setattr(Rows, where, broken)
    with pytest.raises(KeyboardInterrupt):
        index.refresh()
    monkeypatch.undo()
    again = replica()
    assert content(again) == (ids(catalogue), ids(catalogue))
    assert again.check(deep=True).ok
    assert len(again.words) == len(ids(catalogue))


def test_a_first_filling_that_was_cut_off_goes_on(
    catalogue: Catalogue, put: Put, replica: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcdef":
        put(f"Some text of {name}.", id=name)
    monkeypatch.setattr(milvus_index, "PART", 2)
    monkeypatch.setattr(milvus_index, "NOTED", 2)
    real, written = Rows.put, []

    def counted(self: Rows, rows: list[object]) -> None:
        written.extend(rows)
        if len(written) == 6:
            raise KeyboardInterrupt
        real(self, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(Rows, "put", counted)
    with pytest.raises(KeyboardInterrupt):
        replica()
    # Meanwhile one that was written goes, and one that was not comes.
    catalogue.delete("a")
    put("Some text of g.", id="g")
    index = replica()
    assert len(written) - 6 == 4  # c and d were not written again; g came with the rest
    assert content(index) == (ids(catalogue), ids(catalogue))
    assert index.check(deep=True).ok


def test_nobody_answers_from_a_part_of_the_collection(
    catalogue: Catalogue, put: Put, replica: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("Some text.", id="a")
    monkeypatch.setattr(Rows, "put", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        replica()
    monkeypatch.setattr(milvus_index.Lease, "take", lambda _: False)  # another one fills it
    monkeypatch.setattr(milvus_index, "WAIT", 0.1)
    index = replica()
    with pytest.raises(VectorsUnavailable, match="whole collection"):
        found(index)
    monkeypatch.undo()
    index.refresh()
    assert found(index) == ids(catalogue)


def test_another_embedder_or_a_past_that_was_undone_fills_it_anew(
    catalogue: Catalogue, database: Database, put: Put, replica: Opening, tmp_path: Path
) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("a file is copied")
    put("Some text.", id="a")
    backup = tmp_path / "backup.db"
    with (
        closing(sqlite3.connect(tmp_path / "catalogue.db")) as source,
        closing(sqlite3.connect(backup)) as target,
    ):
        source.backup(target)
    index = replica()
    put("Lost text.", id="b")
    put("Lost too, text.", id="c")
    index.refresh()
    restored = Database(f"sqlite:///{backup}")
    past = Catalogue(restored)
    opening = Opening(past, restored, replica.url)
    for turn in range(4):
        past.retract("a", str(turn))
    past.delete("a")
    again = opening()
    assert content(again) == (set(), set())
    again.close()
    past.claim_embedder("another@1")
    third = opening()
    assert third.check(deep=True).ok
    third.close()
    restored.close()


def test_without_milvus_questions_are_refused_and_writes_go_on(
    catalogue: Catalogue, database: Database, put: Put, tmp_path: Path
) -> None:
    """It need not be there at first, may hang, be killed, and lose what it had."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("each start of a server takes seconds")
    port = free_port()
    replica = Opening(catalogue, database, f"milvus://127.0.0.1:{port}", 1.0)
    put("Some text.", id="a")
    index = replica()
    with pytest.raises(VectorsUnavailable, match=str(port)):
        found(index)
    with served(tmp_path / "milvus", port) as server:
        eventually(index, ids(catalogue))
        server.freeze()
        begun = time.monotonic()
        for _ in range(20):
            with pytest.raises(VectorsUnavailable):
                found(index)
        assert time.monotonic() - begun < 18  # the first waits for a second, the others do not
        server.thaw()
        eventually(index, ids(catalogue))
        server.kill()
        put("More text.", id="b")
        index.refresh()  # the write is acknowledged all the same
        with pytest.raises(VectorsUnavailable):
            found(index)
        assert not index.check().ok
    with served(tmp_path / "milvus", port):
        eventually(index, ids(catalogue))
        milvus = Milvus(replica.url, None, 5.0)
        milvus.call("drop_collection", f"dateline_passages_{DIMENSION}")
        with pytest.raises(VectorsUnavailable, match="made again"):
            found(index)
        eventually(index, ids(catalogue))
        assert index.check(deep=True).ok
        index.close()
        milvus.close()
