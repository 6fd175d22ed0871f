"""Is one run better than another: paired by case, corrected for the number of metrics.

What each case has by itself is tested by permutation; what only all cases together have, such as
AUROC, by the bootstrap of the difference over the cases, because confidences of two systems may be
on different scales and cannot change places.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from eval.corpus import FIGURES, Figure
from eval.errors import RunError
from eval.metrics import interval
from eval.metrics.interval import Array
from eval.score import Summary
from eval.scored import Scored

RESAMPLES = 4999
LEVEL = 0.05
METRICS = (
    "nDCG@10", "Success@1", "RR@10", "R@5", "R@10", "article nDCG@10", "article Success@1",
    "article R@5", "EM", "F1", "contains", "must", "citation recall", "citation precision",
    "quotes exact", "support recall", "support precision", "speaker", "decision", "right",
    "accuracy", "rejection rate", "keep rate", "found", "quote type", "content F1",
    "statement precision", "statement recall",
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
    """Two-sided, by random exchange of the two runs within each case, or by bootstrap."""
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
    tested = [*_of_cases(first[1], second[1]), *_of_corpus(first, second)]
    corrected = holm([item.p for item in tested])
    return [item._replace(corrected=p) for item, p in zip(tested, corrected, strict=True)]


def _of_cases(first: Sequence[Scored], second: Sequence[Scored]) -> Iterator[Difference]:
    for metric in METRICS:
        one, two = _pairs(first, second, metric)
        if len(one) > 1:
            yield _difference(metric, one, two, _p(one, two))


def _of_corpus(
    first: tuple[Summary, Sequence[Scored]], second: tuple[Summary, Sequence[Scored]]
) -> Iterator[Difference]:
    others = {item.judged.case.id: item for item in second[1]}
    for metric, figure in FIGURES[first[0].info.get("task", "ask")].items():
        pairs = [
            (item, other)
            for item in first[1]
            if (other := others.get(item.judged.case.id)) is not None
            and figure.judges(item)
            and figure.judges(other)
        ]
        one, two = [item for item, _ in pairs], [other for _, other in pairs]
        if len(pairs) < 2 or not (figure.defined(one) and figure.defined(two)):
            continue
        found = bootstrapped(metric, figure, figure.data(one), figure.data(two))
        if found is not None:
            yield found


def bootstrapped(
    metric: str, figure: Figure, one: Sequence[Array], two: Sequence[Array]
) -> Difference | None:
    """Compare a statistic of all cases; None where one of the runs does not have it.

    The interval is of percentiles; p is twice the smaller share of resamples on either side of no
    difference (Efron and Tibshirani, 1993, section 15.4), with one added so that it is never zero.
    """
    a, b = (float(figure.statistic(*data, axis=-1)) for data in (one, two))
    if math.isnan(a) or math.isnan(b):
        return None
    n = len(one[0])
    rng = np.random.default_rng(interval.SEED)
    step = max(1, min(RESAMPLES, 1_000_000 // n))
    drawn: list[Array] = []
    for start in range(0, RESAMPLES, step):
        chosen = rng.integers(0, n, size=(min(step, RESAMPLES - start), n))
        mine, other = ([column[chosen] for column in data] for data in (one, two))
        drawn.append(figure.statistic(*other, axis=-1) - figure.statistic(*mine, axis=-1))
    changes = np.concatenate(drawn)
    changes = changes[~np.isnan(changes)]
    below, above = int((changes <= 0).sum()), int((changes >= 0).sum())
    low, high = np.percentile(changes, interval.LEVEL)
    return Difference(
        metric=metric, first=a, second=b, difference=b - a, low=float(low), high=float(high),
        p=min(1.0, 2 * (1 + min(below, above)) / (1 + len(changes))), corrected=1.0, n=n,
    )  # fmt: skip


def holm(values: Sequence[float]) -> list[float]:
    """Correct p values for their number; the order stays."""
    order = sorted(range(len(values)), key=lambda at: values[at])
    corrected = [0.0] * len(values)
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - rank) * values[at]))
        corrected[at] = highest
    return corrected


def _pairs(first: Sequence[Scored], second: Sequence[Scored], metric: str) -> tuple[Array, Array]:
    others = {item.judged.case.id: item.figures.get(metric) for item in second}
    pairs = [
        (mine, other)
        for item in first
        if (mine := item.figures.get(metric)) is not None
        and (other := others.get(item.judged.case.id)) is not None
    ]
    array = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def _p(one: Array, two: Array) -> float:
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


def _difference(metric: str, one: Array, two: Array, p: float) -> Difference:
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
        corrected=1.0,
        n=len(one),
    )
