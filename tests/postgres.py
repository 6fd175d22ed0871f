"""A real PostgreSQL for tests: started once in a temporary folder, a database for each test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from eval.postgres import FAST, Server, programs
from rag.store.database import HEAD
from rag.store.queue import VERSION as QUEUE

__all__ = ["Databases", "Pool", "Server", "running"]


@contextmanager
def running(settings: tuple[str, ...] = FAST) -> Iterator[Server]:
    """Run a server, with nothing left of it in the end; skips the test where there is none."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")
    # Not below a folder that is this user's alone: the server runs as another one.
    folder = Path(tempfile.mkdtemp(prefix="dateline-postgres-"))
    try:
        server = Server(folder, settings)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


Databases = Callable[[], str]
"""Makes an empty catalogue's URL."""


class Pool:
    """Databases with all tables, emptied after each test: making one takes ten times as long."""

    def __init__(self, server: Server, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[str] = []

    @contextmanager
    def lend(self) -> Iterator[Databases]:
        """Give what lends databases until the end of the block."""
        lent: list[str] = []

        def take() -> str:
            lent.append(self._free.pop() if self._free else self._server.create(self._template))
            return self._server.url(lent[-1])

        try:
            yield take
        finally:
            for name in lent:
                self._empty(name)
            self._free += lent

    def _empty(self, name: str) -> None:
        with psycopg.connect(self._server.dsn(name)) as connection:
            # Whoever is left in it has nothing to say any more.
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            found = connection.execute(
                "SELECT tablename FROM pg_tables "
                "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            ).fetchall()
            kept = connection.execute("SELECT * FROM state WHERE name = %s", [QUEUE]).fetchall()
            tables = ", ".join(f'"{name}"' for (name,) in found)
            connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
            for row in [("generation", "0"), *kept]:
                connection.execute("INSERT INTO state VALUES (%s, %s)", row)
            connection.execute("UPDATE alembic_version SET version_num = %s", [HEAD])
