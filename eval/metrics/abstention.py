"""How well confidence tells what it can answer: of all cases together.

Every function takes arrays whose last axis is the cases and returns one value for each of the
leading ones, so that a bootstrap is one call. NaN is what these cases cannot tell.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

Array = np.ndarray[Any, np.dtype[np.float64]]

RISK = 0.05
BINS = 10


def precision(answerable: Array, abstained: Array, axis: int = -1) -> Array:
    """Return the share of the abstentions that were right."""
    return _share((1 - answerable) * abstained, abstained, axis)


def recall(answerable: Array, abstained: Array, axis: int = -1) -> Array:
    """Return the share of the unanswerable cases that were declined."""
    return _share((1 - answerable) * abstained, 1 - answerable, axis)


def auroc(answerable: Array, confidence: Array, axis: int = -1) -> Array:
    """Return the chance that an answerable case has more confidence than an unanswerable one.

    By the ranks, ties half (Mann and Whitney).
    """
    ranks = stats.rankdata(confidence, axis=axis)
    positive = answerable.sum(axis=axis)
    negative = (1 - answerable).sum(axis=axis)
    wins = (ranks * answerable).sum(axis=axis) - positive * (positive + 1) / 2
    return _divide(wins, positive * negative)


def risk_coverage(right: Array, abstained: Array, confidence: Array) -> tuple[Array, Array]:
    """Return coverage and risk after each case, the surest first.

    Cases that were declined come last and count as wrong: what would have been said is not known,
    and declining must not buy a better curve. Among equals the wrong come first.
    """
    order = np.lexsort((right * (1 - abstained), -(confidence - 10 * abstained)), axis=-1)
    wrong = np.take_along_axis(1 - right * (1 - abstained), order, axis=-1)
    number = np.arange(1, wrong.shape[-1] + 1, dtype=np.float64)
    risk = wrong.cumsum(axis=-1) / number
    return np.broadcast_to(number / wrong.shape[-1], risk.shape), risk


def area(right: Array, abstained: Array, confidence: Array, axis: int = -1) -> Array:
    """Return the area under the risk-coverage curve; lower is better (Geifman and others, 2019)."""
    _, risk = risk_coverage(*_last(axis, right, abstained, confidence))
    return np.asarray(risk.mean(axis=-1))


def coverage_at_risk(right: Array, abstained: Array, confidence: Array, axis: int = -1) -> Array:
    """Return the largest share of the cases that can be answered with at most 5% wrong."""
    coverage, risk = risk_coverage(*_last(axis, right, abstained, confidence))
    return np.asarray(np.where(risk <= RISK, coverage, 0.0).max(axis=-1))


def calibration_error(right: Array, abstained: Array, confidence: Array, axis: int = -1) -> Array:
    """Return how far confidence is from being right, on average over the answers.

    In ten bins of equal width (Naeini and others, 2015).
    """
    given = 1 - abstained
    answered = given.sum(axis=axis)
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    total = np.zeros_like(answered)
    for number in range(BINS):
        inside = (bins == number) * given
        total += np.abs((inside * (confidence - right)).sum(axis=axis))
    return _divide(total, answered)


def _last(axis: int, *arrays: Array) -> tuple[Array, ...]:
    return tuple(np.moveaxis(array, axis, -1) for array in arrays)


def _share(part: Array, whole: Array, axis: int) -> Array:
    return _divide(part.sum(axis=axis), whole.sum(axis=axis))


def _divide(part: Array, whole: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(np.asarray(whole) > 0, part / np.asarray(whole), np.nan))
