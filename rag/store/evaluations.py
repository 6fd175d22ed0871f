"""The last evaluation, kept beside the collection that shows it."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from rag.errors import CatalogueError
from rag.evaluation_types import Evaluation
from rag.store.database import Database
from rag.store.schema import state

KEPT: TypeAdapter[Evaluation] = TypeAdapter(Evaluation)
_MINE = state.c.name == "evaluation"


class Evaluations:
    """Keeps one evaluation: a newer one takes its place."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def keep(self, found: Evaluation) -> None:
        """Keep it in the place of the one before."""
        with self._db.write("answers") as tx:
            tx.execute(state.delete().where(_MINE))
            tx.execute(
                state.insert().values(name="evaluation", value=KEPT.dump_json(found).decode())
            )

    def last(self) -> Evaluation | None:
        """Return what was kept, None before the first; raises CatalogueError."""
        with self._db.read() as tx:
            kept = tx.scalar(sa.select(state.c.value).where(_MINE))
        if kept is None:
            return None
        try:
            return KEPT.validate_json(kept)
        except ValidationError as error:
            raise CatalogueError(
                f"The evaluation kept in {self._db.shown} cannot be read: "
                f"{error.error_count()} of its fields are wrong.",
                remedy="Keep it again: `dateline eval report RUN --keep`.",
            ) from error
