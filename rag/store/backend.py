"""What the catalogue needs of its database beyond SQL that all of them speak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from rag.errors import StoreError

BUSY_SECONDS = 30
"""A writer waits so long for the one before it."""

Area = Literal["articles", "jobs", "uploads", "keys", "answers", "chats", "requests", "leases"]
"""What a write is about: of one area one is written at a time, and sees all that came before.

Where a database has one writer at a time anyway, that is all areas together.
"""


class Backend(Protocol):
    """One kind of database."""

    name: str
    shared: bool
    """Whether processes on several hosts may use one catalogue."""

    def options(self) -> Mapping[str, Any]:
        """Return the arguments for SQLAlchemy's ``create_engine``."""
        ...

    def attach(self, engine: Engine) -> None:
        """Set every connection up; raises DataFolderError."""
        ...

    def reading(self) -> Mapping[str, Any]:
        """Return the options of a connection that reads one unchanging view."""
        ...

    def writing(self, area: Area, *, durable: bool) -> Mapping[str, Any]:
        """Return the options of a connection that writes."""
        ...

    def flush(self) -> None:
        """Wait until commits that were not to be durable are; raises CatalogueError."""
        ...

    def now(self, tx: Connection) -> datetime:
        """Return the time of the one clock that all processes on the catalogue go by."""
        ...

    def translate(self, error: DBAPIError) -> StoreError:
        """Say an error of the driver in our own words."""
        ...

    def damage(self, tx: Connection, most: int) -> Iterator[str]:
        """Name what the database itself finds damaged."""
        ...

    def counter(self, tx: Connection, table: str, column: str) -> int:
        """Return the last number that a counting column gave out, 0 before the first."""
        ...

    def set_counter(self, tx: Connection, table: str, column: str, last: int) -> None:
        """Have a counting column go on behind a number."""
        ...
