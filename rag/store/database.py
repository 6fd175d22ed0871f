"""Open the catalogue's database: transactions, migrations, and errors in our own words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from rag.errors import CatalogueBusy, CatalogueError, DataFolderError, StoreError

HEAD = "0006"
"""The newest migration; a test compares it with Alembic's."""

BUSY_SECONDS = 30
_MIGRATING = Lock()


class Database:
    """Transactions on the catalogue's database.

    SQLite runs in WAL mode: readers never wait for a writer. A write transaction takes the write
    lock at its start, so it can't fail half-way for want of it.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = sa.make_url(url)
            self.engine: Engine = sa.create_engine(
                parsed,
                pool_pre_ping=parsed.get_backend_name() != "sqlite",
                **({"connect_args": {"timeout": BUSY_SECONDS}} if _is_sqlite(parsed) else {}),
            )
        except (SQLAlchemyError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise CatalogueError(
                f"The database URL {_shown(url)} cannot be used: {error}.",
                remedy="Check DATELINE_DATABASE; PostgreSQL needs the extra `dateline[postgres]`.",
            ) from error
        self.shown = _shown(url)
        if _is_sqlite(parsed):
            if parsed.database:
                make_folder(Path(parsed.database).parent)
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        self._migrate()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read transaction: one unchanging view of the catalogue."""
        with self._translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """Open a write transaction; it commits when the block ends and not otherwise.

        One that is not ``durable`` is as whole as any other, but a power cut may undo it until the
        next that is, or until ``flush``. So many can be written for one wait for the disk.
        """
        options = {"dateline_write": True, "dateline_durable": durable}
        with (
            self._translated(),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    def flush(self) -> None:
        """Wait until every commit is on the disk; raises CatalogueError.

        Only SQLite has commits that wait for it.
        """
        name = self.engine.url.database
        if self.engine.dialect.name != "sqlite" or not name:
            return
        # Commits are in the log; where there is none, they were moved from it and flushed.
        for path in (Path(f"{name}-wal"), Path(name)):
            try:
                handle = os.open(path, os.O_RDONLY)
            except FileNotFoundError:
                continue
            try:
                os.fsync(handle)
            except OSError as error:
                raise CatalogueError(
                    f"The catalogue {self.shown} cannot be written: {error.strerror}.",
                    remedy="Check the disk, then hand in again what was not reported as stored.",
                ) from error
            finally:
                os.close(handle)
            return

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _migrate(self) -> None:
        if self._version() == HEAD:
            return
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        # Alembic keeps what it works on in module globals.
        with _MIGRATING, self.write() as connection:
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise CatalogueError(
                    f"The catalogue {self.shown} was made by another version of Dateline: {error}.",
                    remedy="Install the newer Dateline, or use another data folder.",
                ) from error

    def _version(self) -> str | None:
        with self.read() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            version = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return None if version is None else str(version)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._in_our_words(error) from error
        except PoolTimeout as error:
            raise CatalogueBusy(
                f"Every connection to {self.shown} is in use.", remedy="Try again in a moment."
            ) from error

    def _in_our_words(self, error: DBAPIError) -> StoreError:
        text = str(error.orig)
        if "locked" in text or "busy" in text:
            return CatalogueBusy(
                f"Another writer held {self.shown} for more than {BUSY_SECONDS} seconds.",
                remedy="Try again; `dateline doctor` shows who uses it.",
            )
        if "readonly" in text or "unable to open" in text:
            return DataFolderError(
                f"The catalogue {self.shown} cannot be written: {text}.",
                remedy="Check the owner and the permissions of the data folder.",
            )
        if "full" in text or "disk I/O" in text:
            return CatalogueError(
                f"The catalogue {self.shown} cannot be written: {text}. Nothing was changed.",
                remedy="Free some disk space and try again.",
            )
        return CatalogueError(
            f"The catalogue {self.shown} cannot be used: {text}.",
            remedy="If the file is damaged, restore a backup or ingest into a new data folder.",
        )


def exists(url: str) -> bool:
    """Whether a SQLite catalogue is there; one elsewhere is taken to be."""
    parsed = sa.make_url(url)
    return not _is_sqlite(parsed) or not parsed.database or Path(parsed.database).exists()


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


def _is_sqlite(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _shown(url: str) -> str:
    """Return the URL without its password."""
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "given"


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # SQLAlchemy's "begin" event below opens transactions, not the driver.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options: dict[str, Any] = dict(connection.get_execution_options())
    if not options.get("dateline_write"):
        connection.exec_driver_sql("BEGIN")
        return
    wanted = "FULL" if options.get("dateline_durable", True) else "NORMAL"
    if connection.info.get("synchronous") != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous={wanted}")
        connection.info["synchronous"] = wanted
    connection.exec_driver_sql("BEGIN IMMEDIATE")
