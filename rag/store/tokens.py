"""What language models took, by day, for all processes on a catalogue."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from rag.spending import NOTHING, Use
from rag.store.database import Database
from rag.store.schema import llm_use


class TokenLedger:
    """Counts tokens and their cost; a day ends at midnight UTC."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def spent(self) -> Use:
        """What was taken today, with what is set aside for requests under way."""
        with self._db.read() as tx:
            return _today_in(tx)

    def reserve(self, use: Use, most: Use) -> bool:
        """Set ``use`` aside, unless today would go beyond ``most``; returns whether it did."""
        with self._db.write("answers") as tx:
            if not (_today_in(tx) + use).within(most):
                return False
            _add(tx, use)
            return True

    def settle(self, difference: Use) -> None:
        """Correct today's by what was taken more, or less, than set aside."""
        if difference != NOTHING:
            with self._db.write("answers") as tx:
                _add(tx, difference)


def _today_in(tx: sa.Connection) -> Use:
    columns = sa.select(llm_use.c.tokens, llm_use.c.cost)
    row = tx.execute(columns.where(llm_use.c.day == _today())).first()
    # A request that was set aside before midnight and took less is settled below nothing.
    return NOTHING if row is None else Use(tokens=max(0, row.tokens), cost=max(0, row.cost))


def _add(tx: sa.Connection, use: Use) -> None:
    more = llm_use.update().where(llm_use.c.day == _today())
    sums = {"tokens": llm_use.c.tokens + use.tokens, "cost": llm_use.c.cost + use.cost}
    if tx.execute(more.values(sums)).rowcount == 0:
        row = {"day": _today(), "tokens": use.tokens, "cost": use.cost}
        tx.execute(llm_use.insert().values(row))


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
