from __future__ import annotations

import io
import json
import os
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import BackupDamaged, BackupImpossible
from rag.store import backup as module
from rag.store.backup import backup, restore
from rag.store.catalogue import Catalogue
from tests.rag.store.conftest import Put


@pytest.fixture
def url(tmp_path: Path) -> str:
    """What follows is about SQLite's file."""
    return f"sqlite:///{tmp_path / 'catalogue.db'}"


@pytest.fixture
def saved(catalogue: Catalogue, put: Put, tmp_path: Path) -> Path:
    for number in range(3):
        put(f"Report {number}.\nIt rained.", id=f"a-{number}")
    assert catalogue.counts()["articles"] == 3
    backup(tmp_path, tmp_path / "safe.tar")
    return tmp_path / "safe.tar"


def opened(folder: Path) -> Catalogue:
    from rag.store.database import Database

    return Catalogue(Database(f"sqlite:///{folder / 'catalogue.db'}"))


def test_what_was_saved_comes_back(saved: Path, catalogue: Catalogue, tmp_path: Path) -> None:
    made = restore(saved, tmp_path / "new")
    assert (made.articles, made.generation, made.with_index) == (3, 3, False)
    again = opened(tmp_path / "new")
    assert again.article("a-1") == catalogue.article("a-1")
    for one, other in zip(again.changes(0).added, catalogue.changes(0).added, strict=True):
        assert one.id == other.id
        assert one.vector.tobytes() == other.vector.tobytes()
    again.close()


def test_a_copy_is_of_one_moment_while_others_write(
    catalogue: Catalogue, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(200):
        put(f"Report {number}.\nIt rained.", id=f"a-{number}")
    before = catalogue.generation()
    monkeypatch.setattr(module, "PAGES", 1)
    began, written = threading.Event(), threading.Event()

    def meanwhile(_done: int, _total: int) -> None:
        if not began.is_set():
            began.set()
            put("Late news.", id="late")
            catalogue.delete("a-7")
            written.set()

    made = backup(tmp_path, tmp_path / "safe.tar", meanwhile)
    assert written.is_set()
    assert (made.articles, made.generation) == (200, before)
    assert restore(tmp_path / "safe.tar", tmp_path / "new").articles == 200
    assert catalogue.counts()["articles"] == 200


def test_a_backup_answers_as_the_original(dateline: Dateline, tmp_path: Path) -> None:
    dateline.index.save()
    made = backup(dateline.settings.data, tmp_path / "safe.tar")
    assert made.with_index
    restore(tmp_path / "safe.tar", tmp_path / "new")
    again = Dateline(Settings(data=tmp_path / "new"))
    question = "Why was Russia not on the US tariff list?"
    one, other = dateline.ask(question), again.ask(question)
    assert (one.text, one.citations, one.confidence) == (
        other.text,
        other.citations,
        other.confidence,
    )
    assert dateline.search("tariffs") == again.search("tariffs")
    again.close()


def test_nothing_is_overwritten(saved: Path, tmp_path: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(BackupImpossible, match="exists"):
        backup(tmp_path, saved)
    assert saved.read_bytes() == before
    with pytest.raises(BackupImpossible, match="not empty"):
        restore(saved, tmp_path)


def test_an_empty_folder_may_be_restored_into(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    assert restore(saved, tmp_path / "new").articles == 3


def test_there_must_be_something_to_save(tmp_path: Path) -> None:
    with pytest.raises(BackupImpossible, match="no catalogue"):
        backup(tmp_path / "none", tmp_path / "safe.tar")
    with pytest.raises(BackupDamaged, match="no file"):
        restore(tmp_path / "safe.tar", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_target_that_cannot_be_written_leaves_nothing(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupImpossible, match="cannot be written"):
        backup(tmp_path, tmp_path / "none" / "safe.tar")


Damage = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: b"not a tar file" * 100,
        lambda data: data.replace(b"It rained.", b"It hailed."),
        lambda data: data.replace(b'"format": 1', b'"format": 9'),
        lambda data: data.replace(b'"catalogue.db": "', b'"../catalogue": "'),
    ],
    ids=["cut", "empty", "other", "flipped", "newer", "outside"],
)
def test_a_damaged_backup_is_refused_and_leaves_nothing(
    saved: Path, tmp_path: Path, damage: Damage
) -> None:
    saved.write_bytes(damage(saved.read_bytes()))
    with pytest.raises(BackupDamaged):
        restore(saved, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".")} == set()


def test_a_link_in_the_archive_is_refused(saved: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil.tar"
    with tarfile.open(saved) as old, tarfile.open(evil, "w") as new:
        manifest = old.extractfile("manifest.json")
        assert manifest is not None
        data = manifest.read()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(data)
        new.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("catalogue.db")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        new.addfile(link)
    with pytest.raises(BackupDamaged, match="no file"):
        restore(evil, tmp_path / "new")


def test_the_manifest_tells_what_is_inside(saved: Path) -> None:
    with tarfile.open(saved) as tar:
        first = tar.next()
        assert first is not None
        file = tar.extractfile(first)
        assert file is not None
        manifest = json.load(file)
    assert manifest["articles"] == 3
    assert set(manifest["files"]) == {"catalogue.db"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_named(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    with pytest.raises(BackupImpossible, match="cannot be written"):
        backup(tmp_path, folder / "safe.tar")
