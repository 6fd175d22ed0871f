"""The catalogue in a SQLite file: one writer at a time, readers that never wait."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from rag.errors import CatalogueBusy, CatalogueError, DataFolderError, StoreError
from rag.store import backend
from rag.store.backend import Area


class Sqlite:
    """A file in WAL mode.

    A write transaction takes the write lock at its start, so it can't fail half-way for want of it.
    """

    name = "sqlite"
    shared = False

    def __init__(self, path: str | None, shown: str) -> None:
        self._path = path
        self._shown = shown

    def options(self) -> Mapping[str, Any]:
        """Return the arguments for SQLAlchemy's ``create_engine``."""
        return {"connect_args": {"timeout": backend.BUSY_SECONDS}}

    def attach(self, engine: Engine) -> None:
        """Set every connection up; raises DataFolderError."""
        if self._path:
            make_folder(Path(self._path).parent)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)

    def reading(self) -> Mapping[str, Any]:
        """Return the options of a connection that reads one unchanging view."""
        return {}

    def writing(self, area: Area, *, durable: bool) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the options of a connection that writes; there is one lock for all areas."""
        return {"dateline_write": True, "dateline_durable": durable}

    def flush(self) -> None:
        """Wait until every commit is on the disk; raises CatalogueError."""
        if not self._path:
            return
        # Commits are in the log; where there is none, they were moved from it and flushed.
        for path in (Path(f"{self._path}-wal"), Path(self._path)):
            try:
                handle = os.open(path, os.O_RDONLY)
            except FileNotFoundError:
                continue
            try:
                os.fsync(handle)
            except OSError as error:
                raise CatalogueError(
                    f"The catalogue {self._shown} cannot be written: {error.strerror}.",
                    remedy="Check the disk, then hand in again what was not reported as stored.",
                ) from error
            finally:
                os.close(handle)
            return

    def now(self, tx: Connection) -> datetime:  # noqa: ARG002
        """Return the time: the file is used on one machine."""
        return datetime.now(UTC)

    def translate(self, error: DBAPIError) -> StoreError:
        """Say an error of the driver in our own words."""
        text = str(error.orig)
        if "locked" in text or "busy" in text:
            return CatalogueBusy(
                f"Another writer held {self._shown} for more than {backend.BUSY_SECONDS} seconds.",
                remedy="Try again; `dateline doctor` shows who uses it.",
            )
        if "readonly" in text or "unable to open" in text:
            return DataFolderError(
                f"The catalogue {self._shown} cannot be written: {text}.",
                remedy="Check the owner and the permissions of the data folder.",
            )
        if "full" in text or "disk I/O" in text:
            return CatalogueError(
                f"The catalogue {self._shown} cannot be written: {text}. Nothing was changed.",
                remedy="Free some disk space and try again.",
            )
        return CatalogueError(
            f"The catalogue {self._shown} cannot be used: {text}.",
            remedy="If the file is damaged, restore a backup or ingest into a new data folder.",
        )

    def damage(self, tx: Connection, most: int) -> Iterator[str]:
        """Name what SQLite finds damaged in its file."""
        for line in tx.scalars(sa.text(f"PRAGMA integrity_check({most})")):
            if line != "ok":
                yield f"the file: {line}"

    def counter(self, tx: Connection, table: str, column: str) -> int:  # noqa: ARG002
        """Return the last number that a counting column gave out, 0 before the first."""
        query = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        if (found := tx.scalar(query, {"name": table})) is not None:
            return int(found)
        return int(
            tx.scalar(sa.select(sa.func.max(sa.text("rowid"))).select_from(sa.table(table))) or 0
        )

    def set_counter(self, tx: Connection, table: str, column: str, last: int) -> None:  # noqa: ARG002
        """Have a counting column go on behind a number, where SQLite keeps one."""
        given = {"name": table, "last": last}
        sequence = "SELECT sql FROM sqlite_master WHERE name = :name"
        if "AUTOINCREMENT" not in str(tx.scalar(sa.text(sequence), {"name": table})).upper():
            return  # it goes on behind the greatest that is there
        tx.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table})
        tx.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), given)


def make_folder(path: Path) -> None:
    """Make a folder or raise DataFolderError, which says why not."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".dateline-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise DataFolderError(
            f"The data folder {path} cannot be used: {error.strerror}.",
            remedy="Name another with --data or DATELINE_DATA, or change its permissions.",
        ) from error


def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # SQLAlchemy's "begin" event below opens transactions, not the driver.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    options: dict[str, Any] = dict(connection.get_execution_options())
    if not options.get("dateline_write"):
        connection.exec_driver_sql("BEGIN")
        return
    wanted = "FULL" if options.get("dateline_durable", True) else "NORMAL"
    if connection.info.get("synchronous") != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous={wanted}")
        connection.info["synchronous"] = wanted
    connection.exec_driver_sql("BEGIN IMMEDIATE")
