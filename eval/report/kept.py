"""A run's figures as a collection keeps them, for the status of a server."""

from __future__ import annotations

from datetime import datetime

from eval.score import Summary
from rag.config import Settings
from rag.errors import DataFolderError
from rag.evaluation_types import Evaluation, Figure
from rag.store.database import Database, exists
from rag.store.evaluations import Evaluations

WHOLE = "question to answer"
"""The stage of the latency that is all of them."""


def kept(summary: Summary) -> Evaluation:
    """Return what is kept of a run; its settings and cases stay in its folder."""
    info = summary.info
    models = info["settings"].get("models") or {}
    return Evaluation(
        suite=info["suite"],
        system=info["system"],
        cases=summary.cases,
        failed=summary.failed,
        articles=info["counts"]["articles"],
        started=datetime.fromisoformat(info["started"]),
        version=info["versions"]["dateline"],
        commit=info["commit"],
        models={part: str(name) for part, name in models.items()},
        milliseconds=next((one.p50 for one in summary.latency if one.stage == WHOLE), None),
        figures=tuple(
            Figure(metric=one.metric, value=one.value, low=one.low, high=one.high, n=one.n)
            for one in summary.estimates
        ),
    )


def keep_with(settings: Settings, summary: Summary) -> str:
    """Keep a run's figures with the collection of the settings; returns its database.

    Raises DataFolderError where there is no collection.
    """
    if not exists(settings.database_url):
        raise DataFolderError(
            f"There is no collection in {settings.data}.",
            remedy="Name its folder: `dateline --data FOLDER eval report RUN --keep`.",
        )
    database = Database(settings.database_url)
    try:
        Evaluations(database).keep(kept(summary))
        return database.shown
    finally:
        database.close()
