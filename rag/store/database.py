"""Open the catalogue's database: transactions, migrations, and errors in our own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rag.errors import CatalogueBusy, CatalogueError
from rag.store.backend import Area, Backend
from rag.store.postgres import Postgres
from rag.store.sqlite import Sqlite, make_folder

__all__ = ["HEAD", "Database", "make_folder"]

HEAD = "0009"
"""The newest migration; a test compares it with Alembic's."""

_MIGRATING = Lock()


class Database:
    """Transactions on the catalogue's database.

    Readers never wait for a writer, and see one unchanging view. A write takes the lock of its area
    at its start, so it can't fail half-way for want of it. What SQLite and PostgreSQL each need for
    that is in the modules of their names.
    """

    def __init__(self, url: str) -> None:
        self.shown = _shown(url)
        try:
            parsed = sa.make_url(url)
            self.backend: Backend = _backend(parsed, self.shown)
            self.engine: Engine = sa.create_engine(parsed, **self.backend.options())
        except (SQLAlchemyError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise CatalogueError(
                f"The database URL {self.shown} cannot be used: {error}.",
                remedy="Check DATELINE_DATABASE; PostgreSQL needs the extra `dateline[postgres]`.",
            ) from error
        self.backend.attach(self.engine)
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read transaction: one unchanging view of the catalogue."""
        options = self.backend.reading()
        with (
            self._translated(),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def write(self, area: Area = "articles", *, durable: bool = True) -> Iterator[Connection]:
        """Open a write transaction; it commits when the block ends and not otherwise.

        Of one ``area`` there is one at a time, on all hosts together. One that is not ``durable``
        is as whole as any other, but a power cut may undo it until the next that is, or until
        ``flush``. So many can be written for one wait for the disk.
        """
        options = self.backend.writing(area, durable=durable)
        with (
            self._translated(),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    def now(self, tx: Connection) -> datetime:
        """Return the time of the one clock that all processes on the catalogue go by."""
        return self.backend.now(tx)

    def flush(self) -> None:
        """Wait until every commit is on the disk; raises CatalogueError.

        Only SQLite has commits that wait for it.
        """
        self.backend.flush()

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
            raise self.backend.translate(error) from error
        except PoolTimeout as error:
            raise CatalogueBusy(
                f"Every connection to {self.shown} is in use.", remedy="Try again in a moment."
            ) from error


def exists(url: str) -> bool:
    """Whether a SQLite catalogue is there; one elsewhere is taken to be."""
    parsed = sa.make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    return not sqlite or not parsed.database or Path(parsed.database).exists()


def _backend(url: sa.URL, shown: str) -> Backend:
    match url.get_backend_name():
        case "sqlite":
            return Sqlite(url.database, shown)
        case "postgresql":
            return Postgres(url, shown)
        case name:
            raise NoSuchModuleError(f"{name} is neither sqlite nor postgresql+psycopg")


def _shown(url: str) -> str:
    """Return the URL without its password."""
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "given"
