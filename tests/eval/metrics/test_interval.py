from __future__ import annotations

import numpy as np
import pytest

from eval.metrics import abstention, interval


def test_a_mean_counts_what_is_unscored_apart() -> None:
    found = interval.mean("m", [1.0, 0.0, None, 1.0])

    assert (found.n, found.unscored) == (3, 1)
    assert found.value == pytest.approx(2 / 3)
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert 0 <= found.low < found.value < found.high <= 1


def test_the_same_values_give_the_same_interval() -> None:
    values = [float(at % 3 == 0) for at in range(50)]

    assert interval.mean("m", values) == interval.mean("m", values)


def test_the_interval_of_a_share_is_about_what_theory_says() -> None:
    found = interval.mean("m", [float(at < 200) for at in range(400)])

    # 1.96 standard errors of a half among 400: 0.049.
    assert found.low == pytest.approx(0.451, abs=0.006)
    assert found.high == pytest.approx(0.549, abs=0.006)


@pytest.mark.parametrize("values", [[], [None]])
def test_nothing_scored_is_no_figure(values: list[float | None]) -> None:
    assert interval.mean("m", values) == interval.Estimate("m", None, None, None, 0, len(values))


@pytest.mark.parametrize("values", [[0.5], [1.0, 1.0]])
def test_what_does_not_vary_has_no_interval(values: list[float]) -> None:
    found = interval.mean("m", list(values))

    assert (found.value, found.low, found.high) == (values[0], None, None)


def test_resamples_without_an_abstention_are_left_out() -> None:
    answerable, declined = np.array([1.0, 0, 1, 0]), np.array([0.0, 0, 0, 1])

    found = interval.estimate("p", abstention.precision, (answerable, declined))

    assert (found.value, found.low, found.high) == (1, 1, 1)


def test_a_statistic_that_is_not_defined_is_no_figure() -> None:
    ones = np.ones(3)

    assert interval.estimate("r", abstention.recall, (ones, ones)).value is None
