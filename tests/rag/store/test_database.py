from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import rag.store
from rag.errors import CatalogueBusy, CatalogueError, DataFolderError
from rag.store import backend
from rag.store.database import HEAD, Database
from rag.store.schema import metadata


def file(folder: Path) -> str:
    return f"sqlite:///{folder / 'catalogue.db'}"


def test_the_known_head_is_the_newest_migration() -> None:
    config = Config()
    folder = Path(rag.store.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_migrations_make_the_tables_that_the_schema_says(url: str) -> None:
    opened = Database(url)
    with opened.read() as tx:
        context = MigrationContext.configure(tx, opts={"include_name": _ours})
        assert compare_metadata(context, metadata) == []
    opened.close()


def _ours(name: str | None, kind: str, parents: object) -> bool:
    """Leave out the tables of the queue, which has migrations of its own."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def test_a_write_that_fails_leaves_nothing(url: str) -> None:
    opened = Database(url)
    with pytest.raises(RuntimeError), opened.write() as tx:
        tx.execute(sa.text("INSERT INTO state VALUES ('a', 'b')"))
        raise RuntimeError
    with opened.read() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM state WHERE name = 'a'")) == 0
    opened.close()


def test_a_reader_sees_one_state_while_a_writer_writes(url: str) -> None:
    opened = Database(url)
    count = sa.text("SELECT count(*) FROM state")
    with opened.read() as tx:
        before = tx.scalar(count)
        with opened.write() as writing:
            writing.execute(sa.text("INSERT INTO state VALUES ('a', 'b')"))
        assert tx.scalar(count) == before
    with opened.read() as tx:
        assert tx.scalar(count) == (before or 0) + 1
    opened.close()


def test_two_processes_may_make_the_catalogue_at_once(tmp_path: Path) -> None:
    code = f"from rag.store.database import Database; Database({file(tmp_path)!r}).close()"
    command = [sys.executable, "-c", code]
    running = [
        subprocess.Popen(command, stderr=subprocess.PIPE, cwd=Path(rag.store.__file__).parents[2])
        for _ in range(3)
    ]
    errors = [process.communicate()[1].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], errors


def test_a_lock_held_for_too_long_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Database(file(tmp_path)).close()
    monkeypatch.setattr(backend, "BUSY_SECONDS", 0)
    opened = Database(file(tmp_path))
    other = sqlite3.connect(tmp_path / "catalogue.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CatalogueBusy, match="Another writer"), opened.write():
        pass
    other.close()
    opened.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "catalogue.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(CatalogueError, match=r"catalogue\.db.*not a database"):
        Database(file(tmp_path))


def test_a_catalogue_from_the_future_is_refused(url: str) -> None:
    opened = Database(url)
    with opened.write() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    opened.close()
    with pytest.raises(CatalogueError, match="another version of Dateline"):
        Database(url)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataFolderError, match="file"):
        Database(file(tmp_path / "file" / "data"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DataFolderError):
        Database(file(tmp_path))


@pytest.mark.parametrize("bad", ["nonsense", "nodb://x", "postgresql+nodriver://x/y"])
def test_a_url_of_no_database_is_refused(bad: str) -> None:
    with pytest.raises(CatalogueError, match="DATELINE_DATABASE"):
        Database(bad)


def test_a_password_is_not_shown() -> None:
    with pytest.raises(CatalogueError) as caught:
        Database("nodb://user:secret@host/x")
    assert "secret" not in str(caught.value)


def test_a_commit_waits_for_the_disk_unless_told_not_to(tmp_path: Path) -> None:
    opened = Database(file(tmp_path))
    level = sa.text("PRAGMA synchronous")
    normal, full = 1, 2
    with opened.write() as tx:
        assert tx.scalar(level) == full
    with opened.write(durable=False) as tx:
        assert tx.scalar(level) == normal
    with opened.write() as tx:
        assert tx.scalar(level) == full
    opened.close()


def test_flushing_waits_for_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Database(file(tmp_path))
    with opened.write(durable=False) as tx:
        tx.execute(sa.text("INSERT INTO state VALUES ('a', 'b')"))
    flushed: list[tuple[int, int]] = []

    def fsync(handle: int) -> None:
        found = os.fstat(handle)
        flushed.append((found.st_ino, found.st_size))

    monkeypatch.setattr(os, "fsync", fsync)
    opened.flush()
    log = (tmp_path / "catalogue.db-wal").stat()
    assert flushed == [(log.st_ino, log.st_size)]
    opened.close()
    flushed.clear()
    opened.flush()  # closing moved everything from the log into the file
    assert flushed == [((tmp_path / "catalogue.db").stat().st_ino, flushed[0][1])]


def test_a_disk_that_fails_to_flush_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Database(file(tmp_path))

    def fsync(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(CatalogueError, match="Input/output error"):
        opened.flush()
    opened.close()
