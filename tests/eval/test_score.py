from __future__ import annotations

import time
from pathlib import Path

import pytest

from eval.folder import RunFolder
from eval.run import run
from eval.score import score, score_cases, summarise
from eval.suite import Suite
from tests.eval.echo import Echo
from tests.eval.judging import DECLINED, NO, YES, case, cited, gold, judged, passage, reply

INFO = {"suite": "s", "system": "x", "data": {}, "settings": {}, "jobs": 1, "seconds": 2.0}
ITEMS = [
    judged(case(id="1", evidence=gold(YES)), reply(cited(YES), ranked=(passage(0, 56),))),
    judged(case(id="2", evidence=gold(YES), kind="quote"), reply(cited(NO), confidence=0.9)),
    judged(case(id="3", answerable=False), DECLINED),
    judged(case(id="4", answerable=None), reply(cited(NO))),
]


def test_figures_are_averaged_over_what_they_can_judge() -> None:
    summary = summarise(score_cases(ITEMS), INFO)

    assert summary.value("citation recall") == 0.5
    assert summary.value("right") == pytest.approx(2 / 3)
    assert summary.value("decision") == 1
    assert summary.value("abstain recall") == 1
    # One sure and wrong, one less sure and right, one declined.
    assert summary.value("AURC") == pytest.approx((1 + 1 / 2 + 2 / 3) / 3)
    assert summary.value("no such metric") is None
    right = next(item for item in summary.estimates if item.metric == "right")
    assert (right.n, right.unscored) == (3, 1)


def test_slices_are_by_kind() -> None:
    summary = summarise(score_cases(ITEMS), INFO)

    assert set(summary.slices) == {"fact", "quote"}
    by_name = {item.metric: item.value for item in summary.slices["quote"]}
    assert by_name["citation recall"] == 0


def test_diagnoses_and_throughput_are_counted() -> None:
    summary = summarise(score_cases(ITEMS), INFO)

    assert summary.diagnoses == {"not_retrieved": 1}
    assert summary.throughput == 2


def test_confidence_that_only_ranks_has_no_calibration() -> None:
    items = [judged(case(id="1", evidence=gold(YES)), reply(cited(YES), probability=False))]

    summary = summarise(score_cases(items), INFO)

    assert summary.value("ECE") is None
    assert summary.value("AURC") == 0


def test_ten_thousand_records_score_in_under_a_minute(tmp_path: Path) -> None:
    many = Suite(
        name="many", about="", articles=(),
        cases=tuple(
            case(id=str(at), kind=f"kind {at % 12}", evidence=gold(YES, NO), answers=("Alpha",))
            if at % 3 else case(id=str(at), kind="near miss", answerable=False)
            for at in range(10_000)
        ),
    )  # fmt: skip
    folder = run(many, Echo(), RunFolder(tmp_path / "run"))
    begun = time.process_time()

    summary, _ = score(folder)

    assert time.process_time() - begun < 60
    assert summary.cases == 10_000
