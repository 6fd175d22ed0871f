from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rag.errors import CatalogueError
from rag.evaluation_types import Evaluation, Figure
from rag.store.database import Database
from rag.store.evaluations import Evaluations
from rag.store.schema import state

FOUND = Evaluation(
    suite="gold",
    system="dateline",
    cases=166,
    failed=1,
    articles=5,
    started=datetime(2025, 3, 18, 9, 30, tzinfo=UTC),
    version="0.1.0",
    commit=None,
    models={"embedder": "mini@1"},
    milliseconds=257.5,
    figures=(
        Figure(metric="right", value=0.64, low=0.56, high=0.71, n=166),
        Figure(metric="speaker", value=None, low=None, high=None, n=0),
    ),
)


def test_the_last_evaluation_is_kept_and_the_one_before_is_not(database: Database) -> None:
    kept = Evaluations(database)
    assert kept.last() is None
    kept.keep(FOUND)
    assert kept.last() == FOUND
    later = replace(FOUND, suite="newsdesk")
    kept.keep(later)
    assert Evaluations(database).last() == later


def test_one_that_cannot_be_read_is_named_with_its_remedy(database: Database) -> None:
    with database.write() as tx:
        tx.execute(state.insert().values(name="evaluation", value='{"suite": "gold"}'))
    with pytest.raises(CatalogueError, match="cannot be read") as refused:
        Evaluations(database).last()
    assert "eval report RUN --keep" in (refused.value.remedy or "")
