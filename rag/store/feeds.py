"""What the servers of feeds asked to be told the next time."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from rag.store.database import Database
from rag.store.schema import feed

State = tuple[str | None, str | None]
"""A feed's ETag and its Last-Modified."""


class Feeds:
    """Remembers feeds between runs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, url: str) -> State | None:
        """Return what was remembered of a feed."""
        with self._db.read() as tx:
            row = tx.execute(sa.select(feed).where(feed.c.url == url)).one_or_none()
        return None if row is None else (row.etag, row.last_modified)

    def put(self, url: str, state: State) -> None:
        """Remember it in place of what was."""
        with self._db.write("jobs") as tx:
            tx.execute(feed.delete().where(feed.c.url == url))
            tx.execute(
                feed.insert().values(
                    url=url, etag=state[0], last_modified=state[1], fetched_at=datetime.now(UTC)
                )
            )
