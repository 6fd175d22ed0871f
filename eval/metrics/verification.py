"""Are claims kept that the articles support, and rejected that they do not."""

from __future__ import annotations

from typing import Any

import numpy as np

from eval.judge import Judged
from eval.metrics.abstention import Array


def verification(item: Judged) -> dict[str, float | None]:
    """Return the figures of one claim; a failure is wrong either way.

    ``rejection rate`` is of claims that are not supported, ``keep rate`` of those that are.
    """
    claim, verdict = item.case.claim, item.record.verdict
    if claim is None:
        return dict.fromkeys(("accuracy", "rejection rate", "keep rate"))
    right = float(verdict is not None and verdict.supported == claim.supported)
    return {
        "accuracy": right,
        "rejection rate": None if claim.supported else right,
        "keep rate": right if claim.supported else None,
    }


def balanced_accuracy(supported: Array, right: Array, axis: int = -1) -> Any:
    """Return the mean of keep rate and rejection rate; NaN where one of them has no claims."""
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = (right * supported).sum(axis=axis) / supported.sum(axis=axis)
        rejected = (right * (1 - supported)).sum(axis=axis) / (1 - supported).sum(axis=axis)
    return (kept + rejected) / 2
