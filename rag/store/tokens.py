"""How many tokens language models took, by day, for all processes on a catalogue."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from rag.store.database import Database
from rag.store.schema import llm_use


class TokenLedger:
    """Counts tokens; a day ends at midnight UTC."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def spent(self) -> int:
        """Tokens spent today."""
        with self._db.read() as tx:
            found = tx.scalar(sa.select(llm_use.c.tokens).where(llm_use.c.day == _today()))
        return int(found or 0)

    def spend(self, tokens: int) -> None:
        """Add to today's."""
        today = llm_use.c.day == _today()
        with self._db.write("answers") as tx:
            more = llm_use.update().where(today).values(tokens=llm_use.c.tokens + tokens)
            if tx.execute(more).rowcount == 0:
                tx.execute(llm_use.insert().values(day=_today(), tokens=tokens))


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
