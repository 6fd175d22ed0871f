from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from eval.compare import compare, holm
from eval.errors import RunError
from eval.score import Summary, summarise
from eval.scored import Scored
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
        (metric, 0, 1) for metric in ("F1", "right", "AURC", "coverage at 5% risk", "ECE")
    ]
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


def confident(
    values: Sequence[tuple[bool, float]], probability: bool = True
) -> tuple[Summary, list[Scored]]:
    """Half of the cases are answerable; each is answered with the confidence given."""
    scored = [
        Scored(
            judged(
                case(id=str(at), answerable=answerable),
                reply(confidence=confidence, probability=probability),
            ),
            {"right": float(answerable)},
            None,
        )
        for at, (answerable, confidence) in enumerate(values)
    ]
    return summarise(scored, INFO), scored


def test_auroc_aurc_and_calibration_are_compared_by_bootstrap() -> None:
    rng = np.random.default_rng(1)
    labels = [at % 2 == 0 for at in range(120)]
    noise = [(label, float(rng.uniform(0, 1))) for label in labels]
    sure = [(label, 0.9 if label else 0.1) for label in labels]

    found = {item.metric: item for item in compare(confident(noise), confident(sure))}

    for metric, better in (("AUROC", 1), ("AURC", -1), ("ECE", -1)):
        item = found[metric]
        assert better * item.difference > 0
        assert item.significant
        assert item.low <= item.difference <= item.high
        assert item.n == 120
    assert found["AUROC"].second == 1
    assert found["AUROC"].p == pytest.approx(2 / 5000)
    # Corrected for all that was compared.
    assert found["AUROC"].corrected > found["AUROC"].p


def test_the_same_confidence_is_no_difference() -> None:
    run_ = confident([(True, 0.9), (False, 0.4), (True, 0.3), (False, 0.5)])

    assert {item.p for item in compare(run_, run_)} == {1.0}


def test_calibration_is_compared_only_where_both_claim_a_probability() -> None:
    values = [(True, 0.9), (False, 0.4), (True, 0.3), (False, 0.5)]

    found = compare(confident(values), confident(values, probability=False))

    assert "ECE" not in {item.metric for item in found}
    assert "AUROC" in {item.metric for item in found}


def test_a_statistic_that_a_run_does_not_have_is_not_compared() -> None:
    found = compare(confident([(True, 0.9), (True, 0.4)]), confident([(True, 0.9), (True, 0.4)]))

    assert "AUROC" not in {item.metric for item in found}
