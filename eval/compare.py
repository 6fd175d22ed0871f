"""Is one run better than another: paired by case, corrected for the number of metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from eval.errors import RunError
from eval.metrics import interval
from eval.score import Scored, Summary

RESAMPLES = 4999
LEVEL = 0.05
METRICS = (
    "nDCG@10", "Success@1", "RR@10", "R@5", "R@10", "article nDCG@10", "article Success@1",
    "article R@5", "EM", "F1", "contains", "must", "citation recall", "citation precision",
    "quotes exact", "speaker", "decision", "right",
)  # fmt: skip


class Difference(NamedTuple):
    """One metric in two runs, over the cases that both can judge."""

    metric: str
    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float
    """Two-sided, by random exchange of the two runs within each case."""
    corrected: float
    """After Holm (1979), over the metrics compared."""
    n: int

    @property
    def significant(self) -> bool:
        """Whether the corrected p is below ``LEVEL``."""
        return self.corrected < LEVEL


def compare(
    first: tuple[Summary, Sequence[Scored]], second: tuple[Summary, Sequence[Scored]]
) -> list[Difference]:
    """Compare metric by metric; raises RunError when the runs did not ask the same cases."""
    for name in ("suite", "data"):
        if first[0].info[name] != second[0].info[name]:
            raise RunError(f"The runs have not the same {name}; they cannot be compared.")
    tested = []
    for metric in METRICS:
        one, two = _pairs(first[1], second[1], metric)
        if len(one) > 1:
            tested.append((metric, one, two, _p(one, two)))
    corrected = holm([p for *_, p in tested])
    return [
        _difference(metric, one, two, p, adjusted)
        for (metric, one, two, p), adjusted in zip(tested, corrected, strict=True)
    ]


def holm(values: Sequence[float]) -> list[float]:
    """Correct p values for their number; the order stays."""
    order = sorted(range(len(values)), key=lambda at: values[at])
    corrected = [0.0] * len(values)
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - rank) * values[at]))
        corrected[at] = highest
    return corrected


def _pairs(
    first: Sequence[Scored], second: Sequence[Scored], metric: str
) -> tuple[interval.Array, interval.Array]:
    others = {item.judged.case.id: item.figures.get(metric) for item in second}
    pairs = [
        (mine, other)
        for item in first
        if (mine := item.figures.get(metric)) is not None
        and (other := others.get(item.judged.case.id)) is not None
    ]
    array = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def _p(one: interval.Array, two: interval.Array) -> float:
    differences = (two - one)[two != one]
    if len(differences) < 2:
        return 1.0
    # Exchanging equal values changes nothing, so they only take time.
    tested = stats.permutation_test(
        (differences,),
        _sum,
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=max(1, min(RESAMPLES, 1_000_000 // len(differences))),
        rng=np.random.default_rng(interval.SEED),
    )
    return float(tested.pvalue)


def _sum(values: Any, axis: int = -1) -> Any:
    return np.sum(values, axis=axis)


def _difference(
    metric: str, one: interval.Array, two: interval.Array, p: float, corrected: float
) -> Difference:
    by_chance = interval.estimate(metric, np.mean, (two - one,))
    change = float(np.mean(two - one))
    return Difference(
        metric=metric,
        first=float(one.mean()),
        second=float(two.mean()),
        difference=change,
        low=change if by_chance.low is None else by_chance.low,
        high=change if by_chance.high is None else by_chance.high,
        p=p,
        corrected=corrected,
        n=len(one),
    )
