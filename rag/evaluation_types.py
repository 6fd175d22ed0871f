"""What a collection keeps of the last evaluation; no logic. See `rag.types`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rag.documented import DOCUMENTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of all cases, higher is better where its name does not say otherwise."""

    __pydantic_config__ = DOCUMENTED

    metric: str
    value: float | None
    """Null where no case could be scored."""
    low: float | None
    """Lower end of the 95% interval; null where it cannot be told."""
    high: float | None
    n: int
    """Cases that were scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The figures of one run of a suite of questions, and of what they were measured."""

    __pydantic_config__ = DOCUMENTED

    suite: str
    system: str
    cases: int
    failed: int
    """Cases without a result."""
    articles: int
    """Articles that were asked: those of the suite, not of this collection."""
    started: datetime
    version: str
    """Version of Dateline that was measured."""
    commit: str | None
    """Its commit, with `+changes` where files differed from it."""
    models: Mapping[str, str]
    """Names and fingerprints; compare them with those of `GET /readyz`."""
    milliseconds: float | None
    """From question to answer, the median; null where it was not measured."""
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastEvaluation:
    """The last evaluation that was kept."""

    __pydantic_config__ = DOCUMENTED

    evaluation: Evaluation | None
    """Null until `dateline eval report RUN --keep` keeps one."""
