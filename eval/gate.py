"""The floors that a build must not fall below."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import NamedTuple

from eval.errors import RunError
from eval.score import Summary

EXACT = ("quotes exact", "sentences cited")
GUARDED = (
    "nDCG@10", "Success@1", "R@5", "R@10", "article Success@1", "article R@5", "must",
    "citation recall", "citation precision", "speaker", "decision", "right", "abstain precision",
    "abstain recall", "AUROC",
)  # fmt: skip
MARGIN = 0.03
FLOORS = Path(__file__).parent / "floors.json"


class Shortfall(NamedTuple):
    """A figure below its floor; None when it was not measured at all."""

    metric: str
    value: float | None
    floor: float


def write_floors(floors: dict[str, float], why: str, path: Path = FLOORS) -> None:
    """Write floors with the reason that they are what they are."""
    path.write_text(json.dumps({"why": why, "floors": floors}, indent=1) + "\n")


def load_floors(path: Path = FLOORS) -> dict[str, float]:
    """Read floors by metric; raises RunError."""
    try:
        loaded: dict[str, float] = json.loads(path.read_text())["floors"]
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"{path} has no floors: {error}.") from error
    return loaded


def raised(summary: Summary, floors: dict[str, float]) -> dict[str, float]:
    """Return floors just below a run's figures, none lower than it was.

    Figures of ``EXACT`` are their own floor. Others lie ``MARGIN`` below, so that arithmetic in
    bfloat16 on one machine and float32 on another does not decide: it moves a case of a hundred.
    """
    found = dict(floors)
    for metric in (*EXACT, *GUARDED):
        value = summary.value(metric)
        if value is not None:
            floor = value if metric in EXACT else max(0.0, value - MARGIN)
            # To two decimals, downwards.
            found[metric] = max(found.get(metric, 0.0), math.floor(floor * 100 + 1e-9) / 100)
    return found


def shortfalls(summary: Summary, floors: dict[str, float]) -> list[Shortfall]:
    """Return what is below its floor; a figure that is missing is below any floor."""
    found = []
    for metric, floor in floors.items():
        value = summary.value(metric)
        if value is None or value < floor:
            found.append(Shortfall(metric, value, floor))
    return found
