from __future__ import annotations

import numpy as np
import pytest

from eval.metrics import abstention


def array(*values: float) -> abstention.Array:
    return np.array(values, dtype=np.float64)


ANSWERABLE = array(1, 1, 0, 0)


def test_precision_and_recall_of_declining() -> None:
    declined = array(1, 0, 1, 0)

    assert abstention.precision(ANSWERABLE, declined) == 0.5
    assert abstention.recall(ANSWERABLE, declined) == 0.5


def test_what_cannot_be_told_is_not_a_number() -> None:
    assert np.isnan(abstention.precision(ANSWERABLE, array(0, 0, 0, 0)))
    assert np.isnan(abstention.auroc(array(1, 1), array(0.1, 0.2)))


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        ((0.9, 0.8, 0.2, 0.1), 1.0),
        ((0.1, 0.2, 0.8, 0.9), 0.0),
        ((0.5, 0.5, 0.5, 0.5), 0.5),
        # Three of the four pairs are in order.
        ((0.9, 0.3, 0.5, 0.1), 0.75),
    ],
)
def test_auroc_is_the_share_of_pairs_in_order(
    confidence: tuple[float, ...], expected: float
) -> None:
    assert abstention.auroc(ANSWERABLE, array(*confidence)) == expected


def test_risk_rises_with_coverage_and_what_was_declined_is_wrong_at_the_end() -> None:
    right, declined = array(1, 0, 1, 1), array(0, 0, 0, 1)
    confidence = array(0.9, 0.6, 0.8, 0.95)

    coverage, risk = abstention.risk_coverage(right, declined, confidence)

    assert coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert risk.tolist() == pytest.approx([0, 0, 1 / 3, 2 / 4])
    assert abstention.area(right, declined, confidence) == pytest.approx((1 / 3 + 1 / 2) / 4)
    assert abstention.coverage_at_risk(right, declined, confidence) == 0.5


def test_among_equals_the_wrong_come_first() -> None:
    _, risk = abstention.risk_coverage(array(1, 0), array(0, 0), array(0.5, 0.5))

    assert risk.tolist() == [1, 0.5]


def test_calibration_error_is_the_distance_in_each_bin_by_its_size() -> None:
    right, declined = array(1, 0, 1, 0), array(0, 0, 0, 1)
    confidence = array(0.75, 0.75, 1.0, 0.9)

    # Two at .75 of which half are right, one at 1 that is right; the declined one does not count.
    expected = (2 * 0.25 + 1 * 0.0) / 3
    assert abstention.calibration_error(right, declined, confidence) == pytest.approx(expected)


def test_all_of_them_take_many_resamples_at_once() -> None:
    stack = np.stack([ANSWERABLE, ANSWERABLE[::-1]])
    sure = np.stack([array(0.9, 0.8, 0.2, 0.1)] * 2)

    assert abstention.auroc(stack, sure).tolist() == [1, 0]
    assert abstention.area(stack, 0 * stack, sure).shape == (2,)
    assert abstention.coverage_at_risk(stack, 0 * stack, sure).tolist() == [0.5, 0]
    assert abstention.calibration_error(stack, 0 * stack, sure).shape == (2,)
