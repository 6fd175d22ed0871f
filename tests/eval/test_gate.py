"""The gold set with the real pipeline: the figures must not fall, and injuries must show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.collection import open_collection
from eval.errors import RunError
from eval.folder import RunFolder
from eval.gate import load_floors, shortfalls
from eval.injuries import NO_THRESHOLD, OffByOne, shuffle_ids
from eval.run import run
from eval.score import Summary, score, score_cases, summarise
from eval.scored import Scored
from eval.suite import Suite
from eval.systems.pipeline import Pipeline
from eval.systems.system import System
from rag.dateline import Dateline
from tests.eval.conftest import SETTINGS

SAMPLE = 12


def test_the_gold_set_is_at_or_above_its_floors(
    gold_scored: tuple[Summary, list[Scored]],
) -> None:
    summary, _ = gold_scored

    assert shortfalls(summary, load_floors()) == []
    assert summary.failed == 0
    assert summary.unlocated == 0


def test_shuffled_ids_turn_the_gate_red_and_are_named_not_retrieved(
    gold: Suite, runs: Path, gold_scored: tuple[Summary, list[Scored]]
) -> None:
    suite = _some(gold, answerable=True)
    dateline = open_collection(gold, SETTINGS, runs)
    try:
        injured = _run(suite, shuffle_ids(dateline), runs / "shuffled")
    finally:
        dateline.close()

    healthy = _of(gold_scored, suite)
    assert {"Success@1", "nDCG@10"} <= _red(injured) - _red(healthy)
    assert injured.diagnoses["not_retrieved"] > healthy.diagnoses.get("not_retrieved", 0)


def test_quotes_off_by_one_turn_the_gate_red_and_are_named_wrong_offsets(
    gold: Suite, runs: Path, dateline: Dateline, gold_scored: tuple[Summary, list[Scored]]
) -> None:
    answered = [item.judged.case for item in gold_scored[1] if item.judged.answered][:SAMPLE]
    suite = _only(gold, {case.id for case in answered})
    injured = _run(suite, OffByOne(Pipeline(dateline)), runs / "off-by-one")

    assert "quotes exact" in _red(injured) - _red(_of(gold_scored, suite))
    assert injured.diagnoses == {"wrong_offsets": len(answered)}


def test_a_threshold_of_zero_turns_the_gate_red_and_is_named_answered_unanswerable(
    gold: Suite, runs: Path, gold_scored: tuple[Summary, list[Scored]]
) -> None:
    suite = _some(gold, answerable=False)
    dateline = open_collection(gold, {**SETTINGS, **NO_THRESHOLD}, runs)
    try:
        injured = _run(suite, Pipeline(dateline), runs / "no-threshold")
    finally:
        dateline.close()

    healthy = _of(gold_scored, suite)
    assert "abstain recall" in _red(injured)
    assert injured.diagnoses["answered_unanswerable"] > healthy.diagnoses.get(
        "answered_unanswerable", 0
    )


def test_two_runs_of_one_build_give_the_same_figures(
    gold: Suite, runs: Path, dateline: Dateline, gold_scored: tuple[Summary, list[Scored]]
) -> None:
    suite = gold.sample(SAMPLE)
    again = _run(suite, Pipeline(dateline), runs / "again", jobs=3)

    assert again.estimates == _of(gold_scored, suite).estimates


def test_a_figure_that_was_not_measured_is_below_any_floor(
    gold_scored: tuple[Summary, list[Scored]],
) -> None:
    found = shortfalls(gold_scored[0], {"not a metric": 0.0})

    assert [(item.metric, item.value) for item in found] == [("not a metric", None)]


@pytest.mark.parametrize("write", [lambda path: path.write_text("{}"), lambda path: None])
def test_floors_that_cannot_be_read_are_refused(
    tmp_path: Path, write: Callable[[Path], object]
) -> None:
    write(tmp_path / "floors.json")

    with pytest.raises(RunError, match="has no floors"):
        load_floors(tmp_path / "floors.json")


def test_every_floor_is_a_share() -> None:
    assert all(0 <= floor <= 1 for floor in load_floors().values())
    assert json.dumps(load_floors())


def _run(suite: Suite, system: System, path: Path, jobs: int = 1) -> Summary:
    return score(run(suite, system, RunFolder(path), jobs=jobs))[0]


def _of(gold_scored: tuple[Summary, list[Scored]], suite: Suite) -> Summary:
    """Summarise the healthy run on the same cases."""
    chosen = {case.id for case in suite.cases}
    judged = [item.judged for item in gold_scored[1] if item.judged.case.id in chosen]
    return summarise(score_cases(judged), gold_scored[0].info)


def _red(summary: Summary) -> set[str]:
    return {item.metric for item in shortfalls(summary, load_floors())}


def _some(gold: Suite, *, answerable: bool) -> Suite:
    chosen = [case.id for case in gold.cases if case.answerable is answerable]
    return _only(gold, set(chosen)).sample(SAMPLE)


def _only(gold: Suite, chosen: set[str]) -> Suite:
    return gold.keep(lambda case: case.id in chosen, "chosen by a test")
