"""How long it takes, by stage, and how many a second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from eval.judge import Judged

LEVELS = (50, 95, 99)


class Latency(NamedTuple):
    """Milliseconds of one stage: percentiles over the cases."""

    stage: str
    p50: float
    p95: float
    p99: float
    n: int


def latency(judged: Sequence[Judged]) -> list[Latency]:
    """Return the percentiles from question to answer, and by stage where a system tells."""
    spent: dict[str, list[float]] = defaultdict(list)
    for item in judged:
        if item.failed:
            continue
        spent["question to answer"].append(item.record.milliseconds)
        timings = item.reply.timings if item.reply is not None else {}
        for stage, milliseconds in timings.items():
            if stage != "total":
                spent[stage].append(milliseconds)
    found = []
    for stage, times in spent.items():
        p50, p95, p99 = (round(float(value), 2) for value in np.percentile(times, LEVELS))
        found.append(Latency(stage, p50, p95, p99, len(times)))
    return found
