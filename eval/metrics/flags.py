"""How well something is flagged, such as that articles disagree: of all cases together.

Arrays are of 0 and 1, their last axis the cases; NaN is what these cases cannot tell.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


def precision(wanted: Array, flagged: Array, axis: int = -1) -> Array:
    """Return the share of the flags that were right."""
    return _divide((wanted * flagged).sum(axis=axis), flagged.sum(axis=axis))


def recall(wanted: Array, flagged: Array, axis: int = -1) -> Array:
    """Return the share of what was to be flagged that is."""
    return _divide((wanted * flagged).sum(axis=axis), wanted.sum(axis=axis))


def _divide(part: Array, whole: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(np.asarray(whole) > 0, part / np.asarray(whole), np.nan))
