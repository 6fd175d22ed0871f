"""One line of the table, and how a time is taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np


class Timing(NamedTuple):
    """One line of the table."""

    what: str
    value: float
    unit: str


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that a piece of work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def each(ask: Callable[[str], object], questions: Iterable[str]) -> list[float]:
    """Return the seconds for each question, one after the other."""
    return [timed(lambda question=question: ask(question)) for question in questions]  # type: ignore[misc]


def percentiles(what: str, spent: Sequence[float]) -> list[Timing]:
    """Return the median and the 95th percentile of seconds, in milliseconds."""
    p50, p95 = np.percentile(spent, (50, 95)) * 1000
    return [Timing(f"{what}, p50", float(p50), "ms"), Timing(f"{what}, p95", float(p95), "ms")]
