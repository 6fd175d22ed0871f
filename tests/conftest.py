"""What several tests share: the seeds, one opened collection of them, small articles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.lite import served
from rag.config import Settings
from rag.dateline import Dateline
from rag.store.database import Database
from rag.store.queue import Queue
from tests.postgres import Databases, Pool, Server, running

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def seeds() -> Path:
    return ROOT / "seeds"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests neither read nor write what the person running them has configured."""
    for name in list(os.environ):
        if name.upper().startswith("DATELINE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def dateline(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Iterator[Dateline]:
    """A collection of the seeds that tests only read."""
    opened = Dateline(Settings(data=tmp_path_factory.mktemp("seeds")))
    report = opened.ingest([seeds])
    assert report.count("added") == 5
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL that tests share; those that use it are skipped where there is none."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> str:
    """Name of a database with an empty catalogue, to be copied."""
    name = postgres_server.create()
    database = Database(postgres_server.url(name))
    Queue(database)
    database.close()
    return name


@pytest.fixture(scope="session")
def postgres_pool(postgres_server: Server, postgres_template: str) -> Pool:
    """Databases that one test uses after the other."""
    return Pool(postgres_server, postgres_template)


@pytest.fixture
def postgres(postgres_pool: Pool) -> Iterator[Databases]:
    """Makes URLs of empty catalogues in PostgreSQL."""
    with postgres_pool.lend() as make:
        yield make


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty catalogue: the test runs on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalogue.db'}"
    make: Databases = request.getfixturevalue("postgres")
    return make()


@pytest.fixture(scope="session")
def milvus_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Milvus Lite server for all tests, each with an archive of its own."""
    pytest.importorskip("milvus_lite", reason="the extra `milvus` is not installed")
    with served(tmp_path_factory.mktemp("milvus") / "data") as server:
        yield server.url
