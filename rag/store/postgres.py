"""The catalogue in PostgreSQL: many hosts, one writer at a time for each area."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, get_args

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from rag.errors import (
    CatalogueBusy,
    CatalogueError,
    CatalogueUnreachable,
    PackageMissing,
    StoreError,
)
from rag.store import backend
from rag.store.backend import Area

if TYPE_CHECKING:
    from psycopg import Connection as Driver

LINK = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "application_name": "dateline",
}
"""How soon a host that is gone, or a cut network, is noticed: a new connection after 5 s, one that
waits for an answer after 5 + 3 * 3 s, one that sends after 10 s (libpq's parameters). A parameter
in the URL wins."""
POOL = {"pool_size": 10, "max_overflow": 20, "pool_timeout": 10, "pool_recycle": 1_800}
"""Connections of one process: questions, writes and background threads together use fewer."""
PACKAGES = ("psycopg", "procrastinate")
"""What the extra `postgres` brings: who speaks to the server, and who queues its jobs."""
IDLE_SECONDS = 60
"""A transaction whose process says nothing for so long is ended by the server, with its locks."""
_LOCKS = 0xDA7E
"""The first number of all our advisory locks, so that others in the database do not meet them."""

# SQLSTATE, https://www.postgresql.org/docs/15/errcodes-appendix.html
_AWAY = ("08", "57P01", "57P02", "57P03", "57P05", "53300", "25P03")
_BUSY = ("55P03", "40001", "40P01", "57014")
_FULL = ("53100", "53200")
_STANDBY = ("25006",)


class Postgres:
    """A database on a server that all processes of a collection reach.

    Reads see one snapshot (repeatable read). Writes of one area queue at an advisory lock that ends
    with the transaction, so each sees all that came before it, as with SQLite's single writer.
    Every commit waits for the disk: the server may fail between a commit that did not wait and the
    flush that was to make it safe, and nobody would know. Raises PackageMissing.
    """

    name = "postgresql"
    shared = True

    def __init__(self, url: sa.URL, shown: str) -> None:
        # Before anything is connected, though jobs are queued later.
        for package in PACKAGES:
            if find_spec(package) is None:
                raise PackageMissing(
                    f"DATELINE_DATABASE names a PostgreSQL server, and {package} is not installed.",
                    remedy="Run `pip install 'dateline[postgres]'`, or unset DATELINE_DATABASE.",
                )
        self._url = url
        self._shown = shown

    def options(self) -> Mapping[str, Any]:
        """Return the arguments for SQLAlchemy's ``create_engine``."""
        given = {name: value for name, value in LINK.items() if name not in self._url.query}
        return {"pool_pre_ping": True, "connect_args": given, **POOL}

    def attach(self, engine: Engine) -> None:
        """Set every connection up."""
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "begin", _begin)

    def reading(self) -> Mapping[str, Any]:
        """Return the options of a connection that reads one unchanging view."""
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    def writing(self, area: Area, *, durable: bool) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the options of a connection that writes.

        Read committed: what is read after the wait for the lock must not be older than it.
        """
        return {"isolation_level": "READ COMMITTED", "dateline_area": area}

    def flush(self) -> None:
        """Do nothing: every commit is on the disk."""

    def now(self, tx: Connection) -> datetime:
        """Return the server's time: clocks of hosts differ."""
        clock = sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))
        return tx.execute(sa.select(clock)).scalar_one().astimezone(UTC)

    def translate(self, error: DBAPIError) -> StoreError:
        """Say an error of the driver in our own words."""
        state = getattr(error.orig, "sqlstate", None) or ""
        text = " ".join(str(error.orig).split())
        if (
            error.connection_invalidated
            or state.startswith(_AWAY)
            or (not state and isinstance(error, sa.exc.OperationalError))
        ):
            return CatalogueUnreachable(
                f"The database {self._shown} cannot be reached: {text}.",
                remedy="Start it, or check the network; Dateline goes on by itself.",
            )
        if state in _BUSY:
            return CatalogueBusy(
                f"Another writer held {self._shown} for more than {backend.BUSY_SECONDS} seconds.",
                remedy="Try again; the view pg_stat_activity shows who uses it.",
            )
        if state in _FULL:
            return CatalogueError(
                f"The catalogue {self._shown} cannot be written: {text}. Nothing was changed.",
                remedy="Free some disk space on the database's host and try again.",
            )
        if state in _STANDBY:
            return CatalogueError(
                f"The database {self._shown} may only be read: it is a standby.",
                remedy="Name all hosts in DATELINE_DATABASE, with target_session_attrs=read-write.",
            )
        return CatalogueError(
            f"The catalogue {self._shown} cannot be used: {text}.",
            remedy="Check DATELINE_DATABASE and its user's rights; the server's log says more.",
        )

    def damage(self, tx: Connection, most: int) -> Iterator[str]:  # noqa: ARG002
        """Name what PostgreSQL counted: pages whose checksum was wrong."""
        count = tx.scalar(
            sa.text(
                "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
            )
        )
        if count:
            yield f"the database: {count} pages with a wrong checksum; see pg_amcheck"

    def counter(self, tx: Connection, table: str, column: str) -> int:
        """Return the last number that a counting column gave out, 0 before the first."""
        name = tx.scalar(_SEQUENCE, {"name": table, "column": column})
        row = tx.execute(sa.text(f"SELECT last_value, is_called FROM {name}")).one()  # noqa: S608
        return int(row.last_value) if row.is_called else 0

    def set_counter(self, tx: Connection, table: str, column: str, last: int) -> None:
        """Have a counting column go on behind a number."""
        name = tx.scalar(_SEQUENCE, {"name": table, "column": column})
        query = sa.text("SELECT setval(CAST(:name AS regclass), :value, :called)")
        tx.execute(query, {"name": name, "value": max(1, last), "called": last > 0})

    def _prepare(self, driver: Driver[Any], _entry: ConnectionPoolEntry) -> None:
        from psycopg.types.string import StrDumperUnknown

        class NoNul(StrDumperUnknown):
            """PostgreSQL has no U+0000 in texts; nothing that is stored holds one, so a text with
            it is found nowhere, which the replacement character says as well."""

            def dump(self, obj: str) -> Any:
                return super().dump(obj.replace("\x00", "\ufffd"))

        driver.adapters.register_dumper(str, NoNul)
        driver.autocommit = True
        driver.execute(
            f"SET lock_timeout = '{backend.BUSY_SECONDS}s'; "
            f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'; "
            "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 3; "
            "SET tcp_keepalives_count = 3; SET tcp_user_timeout = 10000"
        )
        encoding = driver.info.parameter_status("server_encoding")
        driver.autocommit = False
        if encoding != "UTF8":
            raise CatalogueError(
                f"The database {self._shown} is encoded in {encoding}, not in UTF8.",
                remedy="Make one with `createdb --encoding UTF8 --template template0`.",
            )


_SEQUENCE = sa.text("SELECT pg_get_serial_sequence(:name, :column)")


def _begin(connection: Connection) -> None:
    area = connection.get_execution_options().get("dateline_area")
    if area is not None:
        number = get_args(Area).index(area)
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCKS}, {number})")
