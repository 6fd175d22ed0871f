"""Fit how a cost grows with the number of passages, from few measurements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypedDict

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Form = Literal["linear", "root"]

Figures = dict[str, float]
"""What something cost, by name."""
FORMS: dict[str, Form] = {
    "disk, MB": "linear",
    "memory, MB": "linear",
    "filling, s of processor": "linear",
    "copying and comparing, s of processor": "linear",
    "words, ms of processor": "linear",  # postings of a word grow with the collection
    "counting a word, ms of processor": "linear",
    "vectors, ms of processor": "linear",
}
"""How each cost is known to grow, whatever the measurements say."""
LISTED = "vectors, ms of processor"
"""Of inverted lists, as FAISS has above EXACT_UP_TO passages, the lists that are looked into and
their lengths both grow with the root of the number of passages."""
_GROWS: dict[Form, Callable[[Array], Array]] = {"linear": lambda n: n, "root": np.sqrt}
SAID = (1_000_000, 91_400_000, 914_000_000)
"""Passages that a fit is asked about: a million, and 10 and 100 million articles of news26k."""


class Fit(TypedDict):
    """``start`` + ``slope`` times the number of passages, or times its square root."""

    form: Form
    start: float
    slope: float
    says: dict[str, float]
    """The cost at SAID, which is far outside what was measured."""
    worst: float
    """The greatest distance of a measurement from the line, as a part of the measurement."""
    n: int


def fitted(points: Sequence[tuple[int, float]], form: Form) -> Fit:
    """Fit a line by least squares of relative errors, so that small sizes count as much as large.

    Neither start nor slope is below zero. One point gives a line through the origin.
    """
    sizes = np.asarray([size for size, _ in points], dtype=np.float64)
    costs = np.maximum([cost for _, cost in points], 1e-9)
    grown = _GROWS[form](sizes)
    weights = 1 / costs
    start, slope = 0.0, float(np.sum(weights**2 * grown * costs) / np.sum((weights * grown) ** 2))
    if len(points) > 1:
        system = np.stack([weights, weights * grown], axis=1)
        found = np.linalg.lstsq(system, weights * costs, rcond=None)[0]
        if found[0] > 0 and found[1] >= 0:
            start, slope = float(found[0]), float(found[1])
    line = start + slope * grown
    return Fit(
        form=form,
        start=start,
        slope=slope,
        says={
            f"{n:,}": start + slope * float(_GROWS[form](np.asarray([n], float))[0]) for n in SAID
        },
        worst=float(np.max(np.abs(line - costs) / costs)),
        n=len(points),
    )
