from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from llama_index.core.vector_stores.types import VectorStoreQuery

from rag.ask.retrieve import metadata_filters
from rag.store import snapshot
from rag.store.border import PassageIndex
from rag.store.catalogue import Catalogue
from rag.store.index import Index
from rag.types import Filters
from tests.rag.store.conftest import DIMENSION, Open, Put, vectors_for

NONE = Filters()


def open_index(catalogue: Catalogue, tmp_path: Path) -> Index:
    return Index(catalogue, DIMENSION, tmp_path / "index")


def content(index: PassageIndex) -> tuple[set[str], set[str]]:
    index.refresh()
    query = VectorStoreQuery(query_embedding=[1.0] * DIMENSION, similarity_top_k=1000)
    words = {name for name, _ in index.words.search("text news", NONE, 1000)}
    return set(index.vectors.query(query).ids or []), words


def ids(catalogue: Catalogue) -> set[str]:
    return {row.id for row in catalogue.changes(0).added}


def test_it_follows_the_catalogue(catalogue: Catalogue, put: Put, opening: Open) -> None:
    index = opening()
    put("Some text.\nMore text.", id="a")
    assert content(index) == (ids(catalogue), ids(catalogue))
    put("Some text.\nNew text.", id="a")
    put("Other text.", id="b")
    catalogue.delete("b")
    assert content(index) == (ids(catalogue), ids(catalogue))
    assert index.check().ok


def test_a_snapshot_is_used_and_caught_up(catalogue: Catalogue, put: Put, tmp_path: Path) -> None:
    put("Some text.\nMore text.", id="a")
    put("News text.", id="b")
    first = open_index(catalogue, tmp_path)
    first.save()
    first.save()
    first.close()
    put("Changed text.", id="a")
    catalogue.delete("b")
    put("Third text.", id="c")
    again = open_index(catalogue, tmp_path)
    assert again.rebuilt is None
    assert content(again) == (ids(catalogue), ids(catalogue))
    again.save()
    assert len(list((tmp_path / "index" / "snapshots").glob("g*"))) == 1


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "add", "manifest"])
def test_a_damaged_snapshot_is_left_aside(
    catalogue: Catalogue, put: Put, tmp_path: Path, damage: str
) -> None:
    put("Some text.", id="a")
    index = open_index(catalogue, tmp_path)
    index.save()
    index.close()
    folder = snapshot.newest(tmp_path / "index" / "snapshots")
    assert folder is not None
    file = next(path for path in (folder / "words").iterdir() if path.suffix == ".idx")
    data = file.read_bytes()
    # The files are second names for others, so they are replaced, not changed in place.
    file.unlink()
    match damage:
        case "flip":
            file.write_bytes(bytes([data[0] ^ 1]) + data[1:])
        case "cut":
            file.write_bytes(data[:-1])
        case "add":
            file.write_bytes(data)
            (folder / "more").write_text("x")
        case "manifest":
            file.write_bytes(data)
            (folder / "manifest.json").write_text("{")
    again = open_index(catalogue, tmp_path)
    assert again.rebuilt is not None
    assert content(again) == (ids(catalogue), ids(catalogue))
    assert "snapshot not used" in again.check().detail


def test_a_snapshot_of_a_future_that_was_undone_is_left_aside(
    catalogue: Catalogue, put: Put, tmp_path: Path
) -> None:
    put("Some text.", id="a")
    index = open_index(catalogue, tmp_path)
    index.save()
    index.close()
    folder = snapshot.newest(tmp_path / "index" / "snapshots")
    assert folder is not None
    folder.rename(folder.with_name("g000000000099"))
    again = open_index(catalogue, tmp_path)
    assert "newer than the catalogue" in str(again.rebuilt)
    assert content(again) == (ids(catalogue), ids(catalogue))


def test_a_snapshot_of_another_dimension_is_left_aside(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    open_index(catalogue, tmp_path).save()
    again = Index(catalogue, DIMENSION + 1, tmp_path / "index")
    assert "dimensions" in str(again.rebuilt)


def test_a_snapshot_that_was_not_finished_is_not_seen(
    catalogue: Catalogue, put: Put, tmp_path: Path
) -> None:
    put("Some text.", id="a")
    folder = tmp_path / "snapshots"
    with pytest.raises(RuntimeError), snapshot.building(folder, 1, None) as draft:
        assert draft is not None
        (draft / "x").write_text("half")
        raise RuntimeError
    assert snapshot.newest(folder) is None


def test_working_folders_of_dead_processes_are_removed(tmp_path: Path) -> None:
    mine = snapshot.live_folder(tmp_path)
    dead = tmp_path / "live-999999999-abc"
    reused = tmp_path / f"live-{os.getpid()}-abc"
    other = tmp_path / "live-1-abc"
    for folder in (dead, reused, other):
        folder.mkdir()
    snapshot.live_folder(tmp_path)
    assert mine.exists()
    assert other.exists()
    assert not dead.exists()
    assert not reused.exists()


def test_retracted_and_corrected_passages_are_not_found(
    catalogue: Catalogue, put: Put, opening: Open
) -> None:
    index = opening()
    put("Some text.\nMore text.", id="a")
    put("News text.", id="b")
    before = content(index)
    catalogue.retract("a", "wrong")
    assert content(index) == ({"b:1:0-10"}, {"b:1:0-10"})
    rows = [(0, 10), (11, 21)]
    catalogue.reinstate("a", 1, rows, vectors_for(["Some text.", "More text."]))
    assert content(index) == before == (ids(catalogue), ids(catalogue))
    put("Other text.", id="a")
    assert content(index)[0] == {"a:2:0-11", "b:1:0-10"}
    assert index.check(deep=True).ok


def test_searches_are_narrowed(catalogue: Catalogue, put: Put, opening: Open) -> None:
    index = opening()
    days = [datetime(2025, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    put("First text.", id="a", outlet="Times", published_at=days[0])
    put("Next text.", id="b", outlet="Post", published_at=days[1])
    put("Last text.", id="c", outlet='Quo"te\\ Ω', published_at=days[2])
    put("Undated text.", id="d")
    index.refresh()
    for filters, wanted in (
        (Filters(after=days[1]), "bc"),
        (Filters(before=days[1]), "a"),
        (Filters(as_of=days[1]), "ab"),
        (Filters(outlets=("times", 'quo"te\\ ω')), "ac"),
        (Filters(articles=("b", "d", '" or key > 0 or id == "')), "bd"),
        (Filters(articles=("a", "b"), after=days[1], outlets=("POST",)), "b"),
        (NONE, "abcd"),
    ):
        query = VectorStoreQuery(
            query_embedding=[1.0] * DIMENSION,
            similarity_top_k=10,
            filters=metadata_filters(filters),
        )
        near = index.vectors.query(query).ids or []
        said = [name for name, _ in index.words.search("text", filters, 10)]
        assert "".join(sorted(name[0] for name in near)) == wanted, filters
        assert "".join(sorted(name[0] for name in said)) == wanted, filters


def test_the_check_finds_what_is_lost(catalogue: Catalogue, put: Put, opening: Open) -> None:
    put("Some text.\nMore text.", id="a")
    index = opening()
    index.vectors.delete_nodes([next(iter(ids(catalogue)))])
    finding = index.check()
    assert not finding.ok
    assert finding.remedy
    index.rebuild()
    assert index.check(deep=True).ok
    assert content(index) == (ids(catalogue), ids(catalogue))
