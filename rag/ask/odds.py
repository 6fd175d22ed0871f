"""Probabilities and log-odds, in which evidence adds up."""

from __future__ import annotations

import math

_EDGE = 1e-4
"""Probabilities are kept this far from 0 and 1, where log-odds have no end."""


def log_odds(probability: float, edge: float = _EDGE) -> float:
    """Return the log-odds of a probability that is kept ``edge`` from 0 and 1."""
    kept = min(max(probability, edge), 1 - edge)
    return math.log(kept / (1 - kept))


def probability(odds: float) -> float:
    """Return the probability in (0, 1) of log-odds."""
    return 1 / (1 + math.exp(-odds))


def more(before: float, odds: float) -> float:
    """Return a probability in (0, 1) with log-odds added; negative ones take away."""
    return probability(log_odds(before) + odds)
