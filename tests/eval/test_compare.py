from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from eval.compare import compare, holm
from eval.errors import RunError
from eval.score import Scored, Summary, summarise
from tests.eval.judging import case, judged, reply

INFO = {"suite": "s", "data": {"cases": "h"}, "jobs": 1}


def run(values: Sequence[float | None]) -> tuple[Summary, list[Scored]]:
    scored = [
        Scored(judged(case(id=str(at)), reply()), {"F1": value, "right": value}, None)
        for at, value in enumerate(values)
    ]
    return summarise(scored, INFO), scored


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_run_does_not_differ_from_itself() -> None:
    values = [0.0, 1.0, 0.5, 1.0]

    found = compare(run(values), run(values))

    assert [(item.metric, item.difference, item.p) for item in found] == [
        ("F1", 0, 1), ("right", 0, 1)
    ]  # fmt: skip
    assert not any(item.significant for item in found)


def test_a_clear_difference_is_significant() -> None:
    found = compare(run([0.0] * 30), run([0.0] * 10 + [1.0] * 20))

    assert found[0].difference == pytest.approx(2 / 3)
    # One in a million by chance, as far as 4,999 exchanges can tell; twice that after Holm.
    assert found[0].p <= 2 / 5000
    assert found[0].significant
    assert found[0].low < 2 / 3 < found[0].high


def test_six_changes_all_one_way_are_exactly_two_in_sixty_four() -> None:
    found = compare(run([0.0] * 6), run([1.0] * 6))

    assert found[0].p == pytest.approx(2 / 64)


def test_cases_that_one_run_cannot_score_are_left_out() -> None:
    found = compare(run([1.0, None, 0.0, 1.0]), run([1.0, 1.0, None, 0.0]))

    assert found[0].n == 2


def test_runs_over_other_data_are_not_compared() -> None:
    summary, scored = run([1.0, 0.0])
    other = replace(summary, info={**INFO, "data": {"cases": "other"}})

    with pytest.raises(RunError, match="not the same data"):
        compare((summary, scored), (other, scored))
