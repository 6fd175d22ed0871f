"""What can go wrong with a snapshot and with the place it is written to."""

from __future__ import annotations

import dataclasses
import io
import json
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from rag.errors import DataFolderError
from rag.store import compact, snapshot
from rag.store import ids as ids_
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.index import Index
from tests.rag.store.conftest import DIMENSION, Put, vectors_for
from tests.rag.store.test_index import NONE, content, ids, open_index


@pytest.fixture
def url(tmp_path: Path) -> str:
    """What follows is about files, whatever holds the catalogue."""
    return f"sqlite:///{tmp_path / 'catalogue.db'}"


def saved(catalogue: Catalogue, put: Put, tmp_path: Path) -> Path:
    """Store two articles, save a snapshot of them and return it."""
    catalogue.claim_embedder("model@1")
    put("Some text.\nMore text.", id="a")
    put("News text.", id="b")
    made = open_index(catalogue, tmp_path)
    made.save()
    made.close()
    found = snapshot.newest(tmp_path / "index" / "snapshots")
    assert found is not None
    return found


def numbers(values: list[int]) -> bytes:
    """Return a file of whole numbers as numpy writes it."""
    file = io.BytesIO()
    np.save(file, np.asarray(values, np.int64), allow_pickle=False)
    return file.getvalue()


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow beyond 100 bytes: writing then fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("name", ["vectors.faiss", "columns.npz", "names.json", *ids_.FILES])
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_noticed_and_the_index_built_anew(
    catalogue: Catalogue, put: Put, tmp_path: Path, name: str, kept: float
) -> None:
    file = saved(catalogue, put, tmp_path) / "vectors" / name
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * kept)])
    again = open_index(catalogue, tmp_path)
    assert "damaged" in str(again.rebuilt)
    assert content(again) == (ids(catalogue), ids(catalogue))
    assert again.check(deep=True).ok
    again.save()
    assert open_index(catalogue, tmp_path).rebuilt is None


@pytest.mark.parametrize(
    ("name", "content_"),
    [
        ("names.json", b'{"next": 9}'),
        ("names.json", b"[]"),
        ("ids.txt", b""),
        ("ids.txt", b"too few"),
        ("id-ends.npy", b""),
        ("id-rows.npy", b"no numbers"),
        ("id-rows.npy", numbers([])),
        ("id-rows.npy", numbers([10**9] * 3)),
        ("id-hashes.npy", numbers([1, 2, 3])),
        ("columns.npz", b"PK not a zip file"),
        ("vectors.faiss", b"no index"),
    ],
)
def test_files_that_were_written_wrong_are_noticed_too(
    catalogue: Catalogue, put: Put, tmp_path: Path, name: str, content_: bytes
) -> None:
    found = saved(catalogue, put, tmp_path)
    (found / "vectors" / name).write_bytes(content_)
    manifest = json.loads((found / "manifest.json").read_text())
    manifest["files"][f"vectors/{name}"] = snapshot.sha256(found / "vectors" / name)
    (found / "manifest.json").write_text(json.dumps(manifest))
    again = open_index(catalogue, tmp_path)
    assert "not a readable snapshot" in str(again.rebuilt)
    assert content(again) == (ids(catalogue), ids(catalogue))


@pytest.mark.parametrize(("key", "value"), [("format", 1), ("embedder", "model@2")])
def test_a_snapshot_of_another_format_or_embedder_is_left_aside(
    catalogue: Catalogue, put: Put, tmp_path: Path, key: str, value: object
) -> None:
    found = saved(catalogue, put, tmp_path)
    manifest = json.loads((found / "manifest.json").read_text())
    (found / "manifest.json").write_text(json.dumps({**manifest, key: value}))
    again = open_index(catalogue, tmp_path)
    assert str(value) in str(again.rebuilt)
    assert content(again) == (ids(catalogue), ids(catalogue))


def test_a_snapshot_of_an_older_generation_is_caught_up(
    catalogue: Catalogue, put: Put, tmp_path: Path
) -> None:
    saved(catalogue, put, tmp_path)
    put("Changed text.", id="a")
    catalogue.delete("b")
    again = open_index(catalogue, tmp_path)
    assert again.rebuilt is None
    assert again.check(deep=True).ok


@pytest.mark.parametrize("other", ["longer", "as long"])
def test_a_snapshot_of_another_catalogue_is_left_aside(
    catalogue: Catalogue, put: Put, tmp_path: Path, other: str
) -> None:
    """Generations and keys are the same numbers there, for other passages."""
    saved(catalogue, put, tmp_path)
    database = Database(f"sqlite:///{tmp_path / 'other.db'}")
    second = Catalogue(database)
    second.claim_embedder("model@1")
    article = catalogue.article("a")
    spans = [(0, 4), (5, 9)] if other == "as long" else [(0, 4), (5, 9), (0, 9)]
    second.put(dataclasses.replace(article, id="x"), "o", spans, vectors_for(["x"] * len(spans)))
    second.put(dataclasses.replace(article, id="y"), "o", [(0, 4)], vectors_for(["y"]))
    again = Index(second, DIMENSION, tmp_path / "index")
    assert "of another" in str(again.rebuilt)
    assert again.check(deep=True).ok
    again.close()
    second.close()


def test_a_full_disk_while_saving_loses_nothing(
    catalogue: Catalogue, put: Put, tmp_path: Path
) -> None:
    found = saved(catalogue, put, tmp_path)
    put("Third text.", id="c")
    index = open_index(catalogue, tmp_path)
    with full_disk(), pytest.raises(DataFolderError, match="Stored articles are safe"):
        index.save()
    assert snapshot.newest(tmp_path / "index" / "snapshots") == found
    assert not list((tmp_path / "index" / "snapshots").glob("*.building"))
    assert content(index) == (ids(catalogue), ids(catalogue))
    index.save()
    assert snapshot.newest(tmp_path / "index" / "snapshots") != found
    assert open_index(catalogue, tmp_path).rebuilt is None


def test_a_full_disk_while_catching_up_leaves_the_last_whole_generation(
    catalogue: Catalogue, put: Put, tmp_path: Path
) -> None:
    put("Some text.\nMore text.", id="a")
    index = open_index(catalogue, tmp_path)
    before = ids(catalogue)
    put("Other text.", id="a")
    put("Third text.", id="c")
    with full_disk(), pytest.raises(DataFolderError, match="cannot be written"):
        index.refresh()
    assert {name for name, _ in index.words.search("text", NONE, 10)} == before
    assert set(index.vectors.newest(10).values()) == before
    assert content(index) == (ids(catalogue), ids(catalogue))
    assert index.check(deep=True).ok


def test_a_folder_that_cannot_be_written_is_named(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file where the folder should be")
    with pytest.raises(DataFolderError, match="index"):
        open_index(catalogue, tmp_path)


def test_a_failed_catch_up_is_undone_whatever_failed(
    catalogue: Catalogue, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("Some text.", id="a")
    index = open_index(catalogue, tmp_path)
    before = ids(catalogue)
    put("Other text.", id="a")

    def broken() -> None:
        raise MemoryError

    monkeypatch.setattr(index.words, "commit", broken)
    with pytest.raises(MemoryError):
        index.refresh()
    assert set(index.vectors.newest(10).values()) == before
    monkeypatch.undo()
    assert content(index) == (ids(catalogue), ids(catalogue))
    assert index.check(deep=True).ok


# ---- the check -----------------------------------------------------------------------------------


def test_the_deep_check_finds_a_vector_that_is_another(
    catalogue: Catalogue, put: Put, tmp_path: Path
) -> None:
    put("Some text.\nMore text.", id="a")
    index = open_index(catalogue, tmp_path)
    row = catalogue.changes(0).added[0]
    index.vectors.delete_nodes([row.id])
    index.vectors.add_rows(
        [row.key], [row.id], ["a"], [{"article_id": "a"}], np.stack([-row.vector])
    )
    assert index.check().ok
    finding = index.check(deep=True)
    assert not finding.ok
    assert f"1 with another vector, first {row.id}" in finding.detail


def test_the_check_finds_texts_that_are_missing_or_too_many(
    catalogue: Catalogue, put: Put, tmp_path: Path
) -> None:
    put("Some text.\nMore text.", id="a")
    index = open_index(catalogue, tmp_path)
    first, second = catalogue.changes(0).added
    index.words.apply([first.id], [dataclasses.replace(first, id="ghost")])
    finding = index.check()
    assert not finding.ok
    assert f"1 without a text, first {first.id}" in finding.detail
    assert "1 texts too many, first ghost" in finding.detail
    index.words.apply([second.id], [dataclasses.replace(second, text="Different words.")])
    assert f"1 with another text, first {second.id}" in index.check(deep=True).detail


def test_the_check_reports_recall_where_the_search_is_approximate(
    catalogue: Catalogue, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compact, "EXACT_UP_TO", 10)
    put("\n".join(f"Line {n} of text." for n in range(60)), id="a")
    index = open_index(catalogue, tmp_path)
    assert "exact" in index.check().detail
    index.save()
    finding = index.check(deep=True)
    assert finding.ok, finding
    assert "of the exact 10 nearest found" in finding.detail
