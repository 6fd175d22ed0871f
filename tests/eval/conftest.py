"""One collection of the seeds, and one run of the gold set on it, for all tests here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.adapters.gold import load
from eval.collection import ingest_report, open_collection
from eval.folder import RunFolder
from eval.run import run
from eval.score import Summary, score
from eval.scored import Scored
from eval.suite import Suite
from eval.systems.pipeline import Pipeline
from rag.dateline import Dateline

# One thread for each model call: two of them compete when the machine is busy.
SETTINGS = {"threads": 1}
DATA = Path(
    # Taken away, because Dateline refuses a setting that it does not know.
    os.environ.pop("DATELINE_EVAL_DATA", "") or Path(__file__).parents[2].parent / "shared" / "data"
)


@pytest.fixture(scope="session")
def gold() -> Suite:
    return load(Path())


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def dateline(gold: Suite, runs: Path) -> Iterator[Dateline]:
    opened = open_collection(gold, SETTINGS, runs)
    opened.warm()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def gold_run(gold: Suite, dateline: Dateline, runs: Path) -> RunFolder:
    return run(
        gold, Pipeline(dateline), RunFolder(runs / "gold"), jobs=2, ingest=ingest_report(dateline)
    )


@pytest.fixture(scope="session")
def gold_scored(gold_run: RunFolder) -> tuple[Summary, list[Scored]]:
    return score(gold_run)


@pytest.fixture(scope="session")
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip(f"the public sets are not at {DATA}; DATELINE_EVAL_DATA says where they are")
    return DATA
