"""Score a run: each case first, then all of them, then slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval import jsonl
from eval.diagnose import DIAGNOSES, Diagnosis, diagnose
from eval.folder import RunFolder
from eval.judge import Judged, judge
from eval.metrics import abstention, interval
from eval.metrics.answers import answers
from eval.metrics.citations import citations
from eval.metrics.decision import decision, right
from eval.metrics.interval import Estimate
from eval.metrics.latency import Latency, latency
from eval.metrics.retrieval import retrieval, rewrites

READ_DEPTH = 10
"""Passages that are read, where a system has no setting that says."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One case with its figures and what went wrong."""

    judged: Judged
    figures: dict[str, float | None]
    diagnosis: Diagnosis | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in figures."""

    info: dict[str, Any]
    cases: int
    failed: int
    unlocated: int
    """Cases with evidence that the collection does not have: they score zero there."""
    estimates: tuple[Estimate, ...]
    slices: dict[str, tuple[Estimate, ...]]
    latency: tuple[Latency, ...]
    throughput: float | None
    """Cases a second, of the whole run."""
    diagnoses: dict[str, int]

    def value(self, metric: str) -> float | None:
        """Return one figure, None where it was not measured."""
        return next((item.value for item in self.estimates if item.metric == metric), None)

    def to_row(self) -> dict[str, Any]:
        """Write it as JSON has it."""
        return {
            "run": self.info,
            "cases": self.cases,
            "failed": self.failed,
            "unlocated": self.unlocated,
            "metrics": [item._asdict() for item in self.estimates],
            "slices": {k: [item._asdict() for item in v] for k, v in self.slices.items()},
            "latency_ms": [item._asdict() for item in self.latency],
            "cases_per_second": self.throughput,
            "diagnoses": self.diagnoses,
        }


def score_cases(judged: Sequence[Judged], depth: int = READ_DEPTH) -> list[Scored]:
    """Return the figures of each case, in order."""
    found, chat = retrieval(judged), rewrites(judged)
    scored = []
    for item in judged:
        figures = {
            **found[item.case.id],
            **answers(item),
            **citations(item),
            **decision(item),
            **chat.get(item.case.id, {}),
        }
        figures["right"] = right(item, figures)
        scored.append(Scored(item, figures, diagnose(item, figures["right"], depth)))
    return scored


def score(folder: RunFolder) -> tuple[Summary, list[Scored]]:
    """Score a run folder and write scores.jsonl and summary.json into it."""
    info = folder.info()
    scored = score_cases(judge(folder), int(info["settings"].get("candidates", READ_DEPTH)))
    summary = summarise(scored, info)
    jsonl.write(
        folder.path / "scores.jsonl",
        (
            {"case": item.judged.case.id, "diagnosis": item.diagnosis, **item.figures}
            for item in scored
        ),
    )
    jsonl.write(folder.path / "summary.json", [summary.to_row()])
    return summary, scored


def summarise(scored: Sequence[Scored], info: dict[str, Any]) -> Summary:
    """Aggregate the figures of the cases, with intervals."""
    failed = sum(item.judged.reply is None for item in scored)
    kinds = sorted({item.judged.case.kind for item in scored})
    seconds = info.get("seconds")
    return Summary(
        info=info,
        cases=len(scored),
        failed=failed,
        unlocated=sum(item.judged.quoted and not all(item.judged.groups) for item in scored),
        estimates=(*_means(scored), *_corpus(scored)),
        slices={
            kind: _means([item for item in scored if item.judged.case.kind == kind])
            for kind in kinds
        },
        latency=tuple(latency([item.judged for item in scored])),
        throughput=round(len(scored) / seconds, 2) if seconds else None,
        diagnoses=_count(scored),
    )


def _means(scored: Sequence[Scored]) -> tuple[Estimate, ...]:
    names = dict.fromkeys(name for item in scored for name in item.figures)
    estimates = (interval.mean(name, [item.figures.get(name) for item in scored]) for name in names)
    return tuple(item for item in estimates if item.n)


def _corpus(scored: Sequence[Scored]) -> tuple[Estimate, ...]:
    labelled = [item for item in scored if item.judged.case.answerable is not None]
    wanted = _array(float(bool(item.judged.case.answerable)) for item in labelled)
    declined = _array(_declined(item) for item in labelled)
    sure = _array(_confidence(item) for item in labelled)
    correct = curves(scored)
    off, untold = len(scored) - len(labelled), len(scored) - len(correct[0])
    claims = all(item.judged.reply is None or item.judged.reply.probability for item in scored)
    make = interval.estimate
    found = [
        make("abstain precision", abstention.precision, (wanted, declined), off),
        make("abstain recall", abstention.recall, (wanted, declined), off),
        make("AUROC", abstention.auroc, (wanted, sure), off),
        make("AURC", abstention.area, correct, untold),
        make("coverage at 5% risk", abstention.coverage_at_risk, correct, untold),
    ]
    if claims:
        found.append(make("ECE", abstention.calibration_error, correct, untold))
    return tuple(item for item in found if item.n)


def curves(scored: Sequence[Scored]) -> tuple[abstention.Array, abstention.Array, abstention.Array]:
    """Return right, declined and confidence of the cases for which right is known."""
    told = [
        item
        for item in scored
        if item.judged.case.answerable is not None and item.figures["right"] is not None
    ]
    return (
        _array(item.figures["right"] or 0.0 for item in told),
        _array(_declined(item) for item in told),
        _array(_confidence(item) for item in told),
    )


def _declined(item: Scored) -> float:
    return float(item.judged.reply is not None and item.judged.reply.abstained)


def _confidence(item: Scored) -> float:
    return item.judged.reply.confidence if item.judged.reply is not None else 0.0


def _array(values: Any) -> abstention.Array:
    return np.fromiter(values, dtype=np.float64)


def _count(scored: Sequence[Scored]) -> dict[str, int]:
    counted = Counter(item.diagnosis for item in scored)
    return {name: counted[name] for name in DIAGNOSES if counted[name]}
