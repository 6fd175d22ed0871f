"""Score a run: each case first, then all of them, then slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eval import jsonl
from eval.corpus import FIGURES
from eval.diagnose import DIAGNOSES, diagnose, diagnose_claim, diagnose_spoken
from eval.folder import RunFolder
from eval.judge import Judged, judge
from eval.metrics import interval
from eval.metrics.answers import answers
from eval.metrics.attribution import attribution
from eval.metrics.citations import citations
from eval.metrics.decision import decision, right
from eval.metrics.interval import Estimate
from eval.metrics.latency import Latency, latency
from eval.metrics.retrieval import retrieval, rewrites
from eval.metrics.support import support
from eval.metrics.verification import verification
from eval.scored import Scored
from eval.suite import Task

READ_DEPTH = 10
"""Passages that are read, where a system has no setting that says."""


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


def score_cases(
    judged: Sequence[Judged], depth: int = READ_DEPTH, task: Task = "ask"
) -> list[Scored]:
    """Return the figures of each case, in order."""
    if task == "verify":
        return [Scored(item, verification(item), diagnose_claim(item)) for item in judged]
    if task == "attribute":
        figures = [attribution(item) for item in judged]
        return [
            Scored(item, found, diagnose_spoken(item, found))
            for item, found in zip(judged, figures, strict=True)
        ]
    found, chat = retrieval(judged), rewrites(judged)
    return [
        _answered(item, {**found[item.case.id], **chat.get(item.case.id, {})}, depth)
        for item in judged
    ]


def _answered(item: Judged, searched: dict[str, float | None], depth: int) -> Scored:
    figures = {**searched, **answers(item), **citations(item), **support(item), **decision(item)}
    figures["right"] = right(item, figures)
    return Scored(item, figures, diagnose(item, figures["right"], depth))


def score(folder: RunFolder) -> tuple[Summary, list[Scored]]:
    """Score a run folder and write scores.jsonl and summary.json into it."""
    info = folder.info()
    depth = int(info["settings"].get("candidates", READ_DEPTH))
    scored = score_cases(judge(folder), depth, info.get("task", "ask"))
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
    failed = sum(item.judged.failed for item in scored)
    task: Task = info.get("task", "ask")
    seconds = info.get("seconds")
    return Summary(
        info=info,
        cases=len(scored),
        failed=failed,
        unlocated=sum(item.judged.quoted and not all(item.judged.groups) for item in scored),
        estimates=(*_means(scored), *_corpus(scored, task)),
        slices={
            name: (*_means(chosen), *(_corpus(chosen, task) if task == "verify" else ()))
            for name, chosen in slices(scored).items()
        },
        latency=tuple(latency([item.judged for item in scored])),
        throughput=round(len(scored) / seconds, 2) if seconds else None,
        diagnoses=_count(scored),
    )


def _means(scored: Sequence[Scored]) -> tuple[Estimate, ...]:
    names = dict.fromkeys(name for item in scored for name in item.figures)
    estimates = (interval.mean(name, [item.figures.get(name) for item in scored]) for name in names)
    return tuple(item for item in estimates if item.n)


def slices(scored: Sequence[Scored]) -> dict[str, list[Scored]]:
    """Sort cases by kind, and by what a claim is or a speaker is named by."""
    found: dict[str, list[Scored]] = {}
    for name_of in (_kind, _label):
        for name in sorted({name for item in scored if (name := name_of(item))}):
            found[name] = [item for item in scored if name_of(item) == name]
    return found


def _kind(item: Scored) -> str:
    return item.judged.case.kind


def _label(item: Scored) -> str | None:
    case = item.judged.case
    if case.claim is not None:
        return f"claim {case.claim.label}"
    named_by = None if case.spoken is None else case.spoken.named_by
    return f"speaker by {named_by}" if named_by else None


def _corpus(scored: Sequence[Scored], task: Task) -> tuple[Estimate, ...]:
    found = []
    for name, figure in FIGURES[task].items():
        if figure.defined(scored):
            data = figure.data(scored)
            left = len(scored) - len(data[0])
            found.append(interval.estimate(name, figure.statistic, data, left))
    return tuple(item for item in found if item.n)


def _count(scored: Sequence[Scored]) -> dict[str, int]:
    counted = Counter(item.diagnosis for item in scored)
    return {name: counted[name] for name in DIAGNOSES if counted[name]}
