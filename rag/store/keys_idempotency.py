"""Remember the response to a request, so that the same request again is not done again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa

from rag.key_types import Remembered
from rag.store.database import Database
from rag.store.schema import idempotency

KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=10)
"""A request whose process ended before its response may be begun again after so long."""


class Idempotency:
    """Keys of requests with their responses, for 24 hours."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, key: str, request: str) -> Remembered | None:
        """Take a key for a request, or return what is known of it."""
        mine = idempotency.c.key == key
        with self._db.write("requests") as tx:
            now = self._db.now(tx)
            tx.execute(idempotency.delete().where(idempotency.c.at < now - KEPT))
            row = tx.execute(sa.select(idempotency).where(mine)).one_or_none()
            if row is not None and row.status is None and row.at < now - ABANDONED:
                tx.execute(idempotency.delete().where(mine))
                row = None
            if row is None:
                tx.execute(idempotency.insert().values(key=key, at=now, request=request))
                return None
        return Remembered(
            request=row.request,
            status=row.status,
            headers=json.loads(row.headers or "{}"),
            body=row.body or b"",
        )

    def end(self, key: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Remember the response."""
        with self._db.write("requests") as tx:
            tx.execute(
                idempotency.update()
                .where(idempotency.c.key == key)
                .values(status=status, headers=json.dumps(dict(headers)), body=body)
            )

    def forget(self, key: str) -> None:
        """Free a key whose request came to nothing."""
        with self._db.write("requests") as tx:
            tx.execute(idempotency.delete().where(idempotency.c.key == key))
