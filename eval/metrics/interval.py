"""A figure with its 95% interval by bootstrap over the cases."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

RESAMPLES = 1000
SEED = 20250318
LEVEL = (2.5, 97.5)
Array = np.ndarray[Any, np.dtype[np.float64]]


class Estimate(NamedTuple):
    """A figure of many cases; the interval is None where it cannot be told."""

    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    unscored: int = 0
    """Cases that this metric cannot judge; they are in no other number here."""


def mean(metric: str, values: Sequence[float | None]) -> Estimate:
    """Average what is scored and count what is not."""
    scored = np.array([value for value in values if value is not None], dtype=np.float64)
    return estimate(metric, np.mean, (scored,), unscored=len(values) - len(scored))


def estimate(
    metric: str, statistic: Callable[..., Any], data: Sequence[Array], unscored: int = 0
) -> Estimate:
    """Compute a statistic and its percentile interval.

    ``statistic`` takes the arrays of ``data`` and ``axis``. Resamples for which it is not defined
    are left out.
    """
    n = len(data[0])
    if n == 0:
        return Estimate(metric, None, None, None, 0, unscored)
    value = float(statistic(*data, axis=-1))
    if np.isnan(value):
        return Estimate(metric, None, None, None, n, unscored)
    if n == 1 or all(np.ptp(array) == 0 for array in data):
        return Estimate(metric, value, None, None, n, unscored)
    with warnings.catch_warnings():
        # Some resamples have no abstention, say: the percentiles below leave those out.
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        low, high = np.nanpercentile(_distribution(statistic, data), LEVEL)
    return Estimate(metric, value, float(low), float(high), n, unscored)


def _distribution(statistic: Callable[..., Any], data: Sequence[Array]) -> Array:
    drawn = stats.bootstrap(
        tuple(data),
        statistic,
        n_resamples=RESAMPLES,
        # Larger batches only take more memory: 10,000 cases fit the cache in tens.
        batch=max(1, min(RESAMPLES, 1_000_000 // len(data[0]))),
        vectorized=True,
        paired=True,
        method="percentile",
        rng=np.random.default_rng(SEED),
    )
    return np.asarray(drawn.bootstrap_distribution)
