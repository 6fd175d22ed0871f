"""Draw vectors that are distributed like those of real passages."""

from __future__ import annotations

import faiss
import numpy as np

from rag.store.segments import Vectors

# A drawn vector is a real one moved along the difference of two others, by this much. At 0.4 drawn
# passages have about as near neighbours as real ones have (see `likeness`); at 1 far too few.
STEP = 0.4
_HELD_OUT = 1_000
_RANKS = (1, 10, 100)


def draw(real: Vectors, count: int, random: np.random.Generator) -> Vectors:
    """Return unit vectors, (count, dimension) float32: new ones around those that are real."""
    here, one, other = (real[random.integers(len(real), size=count)] for _ in range(3))
    moved = here + STEP * (one - other)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)


def likeness(real: Vectors) -> dict[str, dict[str, float]]:
    """Return the median cosine to the 1st, 10th and 100th nearest, of real and of drawn vectors."""
    random = np.random.default_rng(0)
    order = random.permutation(len(real))
    some, rest = real[order[:_HELD_OUT]], real[order[_HELD_OUT:]]
    return {
        "real": _nearness(some, rest),
        "drawn": _nearness(draw(rest, _HELD_OUT, random), draw(rest, len(rest), random)),
    }


def _nearness(some: Vectors, rest: Vectors) -> dict[str, float]:
    scores, _ = faiss.knn(
        np.ascontiguousarray(some), rest, max(_RANKS), metric=faiss.METRIC_INNER_PRODUCT
    )
    return {str(rank): round(float(np.median(scores[:, rank - 1])), 3) for rank in _RANKS}
