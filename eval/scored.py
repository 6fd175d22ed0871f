"""One case with its figures."""

from __future__ import annotations

from dataclasses import dataclass

from eval.diagnose import Diagnosis
from eval.judge import Judged


@dataclass(frozen=True, slots=True)
class Scored:
    """One case with its figures and what went wrong."""

    judged: Judged
    figures: dict[str, float | None]
    diagnosis: Diagnosis | None
