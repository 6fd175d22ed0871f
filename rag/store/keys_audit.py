"""Who changed what: one row for every request that was to change something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from rag.errors import CursorError
from rag.key_types import Change, ChangePage
from rag.store.database import Database
from rag.store.rows import decode_cursor, encode_cursor
from rag.store.schema import audit

KEPT = timedelta(days=365)
"""As long as the longest retention that logs of access are commonly held to."""


class AuditLog:
    """Rows are only ever added, and removed after a year."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, changes: Sequence[Change]) -> None:
        """Write some down."""
        rows = [{name: getattr(item, name) for name in Change.__slots__} for item in changes]
        with self._db.write("requests") as tx:
            tx.execute(audit.delete().where(audit.c.at < datetime.now(UTC) - KEPT))
            tx.execute(audit.insert(), rows)

    def page(self, limit: int, cursor: str | None = None) -> ChangePage:
        """Return one page, the newest first; raises CursorError."""
        query = sa.select(audit).order_by(audit.c.number.desc()).limit(limit + 1)
        if cursor:
            query = query.where(audit.c.number < _number(cursor))
        with self._db.read() as tx:
            rows = tx.execute(query).all()
        shown = rows[:limit]
        return ChangePage(
            items=tuple(
                Change(**{name: getattr(row, name) for name in Change.__slots__}) for row in shown
            ),
            next_cursor=encode_cursor(str(shown[-1].number)) if len(rows) > limit else None,
        )


def _number(cursor: str) -> int:
    given = decode_cursor(cursor)
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise CursorError(
            f"{cursor[:60]!r} is not a cursor of this list.", remedy="Use `next_cursor` as it is."
        )
    return int(given)
