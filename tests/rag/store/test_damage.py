from __future__ import annotations

import logging
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import CatalogueError
from rag.store import damage as module
from rag.store.catalogue import Catalogue
from rag.store.damage import damage
from rag.store.database import Database
from rag.store.index import Index
from tests.rag.store.conftest import DIMENSION, Put

ROOT = Path(__file__).parents[3]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """What follows is about SQLite's file."""
    return f"sqlite:///{tmp_path / 'catalogue.db'}"


@pytest.fixture
def path(catalogue: Catalogue, put: Put, tmp_path: Path) -> Path:
    for number in range(3):
        put(f"Report {number}.\nIt rained.", id=f"a-{number}")
    catalogue.close()
    return tmp_path / "catalogue.db"


def broken(path: Path, *statements: str) -> Database:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return Database(f"sqlite:///{path}")


def test_a_sound_catalogue_has_nothing_to_tell(path: Path) -> None:
    database = broken(path)
    assert [*damage(database, DIMENSION)] == []
    database.close()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "UPDATE article_version SET text = 'Other.' WHERE article_id = 'a-1'",
            "the text of a-1 v1",
        ),
        ("UPDATE passage SET vector = x'00' WHERE article_id = 'a-1'", "the vector of passage a-1"),
        ("UPDATE passage SET vector = zeroblob(31)", "the vector of passage a-0"),
        ("UPDATE passage SET \"end\" = 999 WHERE article_id = 'a-1'", "the place of passage a-1"),
        ("DELETE FROM article_version WHERE article_id = 'a-1'", "the current version of a-1"),
    ],
)
def test_each_damaged_row_is_named(path: Path, statement: str, told: str) -> None:
    database = broken(path, statement)
    assert told in "; ".join(damage(database, DIMENSION))
    database.close()


def test_only_so_many_are_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    database = broken(path, "UPDATE passage SET vector = x''")
    assert [*damage(database, DIMENSION)][-1] == "and more of these"
    assert len([*damage(database, DIMENSION)]) == 3
    database.close()


def test_a_file_that_cannot_be_read_names_the_remedy(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 3 + 50] = b"?" * 50
    path.write_bytes(data)
    with pytest.raises(CatalogueError, match="restore a backup"):
        [*damage(Database(f"sqlite:///{path}"), DIMENSION)]


def test_what_sqlite_finds_is_told(path: Path) -> None:
    database = broken(
        path,
        "PRAGMA writable_schema = ON",
        "DELETE FROM sqlite_master WHERE name = 'ix_band_hash'",
    )
    assert "the file: " in next(damage(database, DIMENSION))
    database.close()


def test_the_others_are_searched_when_one_vector_is_damaged(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = broken(path, "UPDATE passage SET vector = x'0000' WHERE id = 'a-1:1:0-9'")
    with caplog.at_level(logging.ERROR, "dateline.index"):
        index = Index(Catalogue(database), DIMENSION, tmp_path / "index")
    assert "1 damaged passages" in caplog.text
    assert len(index.vectors) == 5
    index.close()
    database.close()


def test_a_full_disk_refuses_the_article_and_keeps_the_others(tmp_path: Path) -> None:
    code = """
import resource, sys
from pathlib import Path
from rag.errors import StoreError
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.ingest.clean import clean
from rag.types import Source
from tests.rag.store.conftest import vectors_for
catalogue = Catalogue(Database(f"sqlite:///{sys.argv[1]}"))
# The model that tells languages unpacks itself into a file, once.
clean(Source(text="It rained in Porto. " * 9, origin="o", id="first"), 10**6)
# A file may not grow beyond this, which is what a full disk says too.
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
for number in range(100):
    article, _ = clean(Source(text=f"Report {number}. " + "It rained. " * 500, origin="o",
                              id=f"a-{number}"), 10**6)
    try:
        catalogue.put(article, "o", [(0, 9)], vectors_for(["x"]))
    except StoreError as error:
        print(number, error.code, error)
        break
"""
    path = tmp_path / "catalogue.db"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    stored, told = done.stdout.split(" ", 1)
    assert told.startswith("catalogue_unusable")
    assert "Nothing was changed" in told
    catalogue = Catalogue(Database(f"sqlite:///{path}"))
    assert catalogue.counts()["articles"] == int(stored) > 0
    assert len(catalogue.changes(0).added) == int(stored)
    catalogue.close()
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 600_000
