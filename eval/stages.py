"""Every stage of an answer switched on in turn: what each adds, and what it costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from eval.collection import ingest_report
from eval.compare import Difference, compare
from eval.folder import RunFolder
from eval.record import Record
from eval.run import ask, begin, finish
from eval.score import Summary, score
from eval.scored import Scored
from eval.suite import Suite
from eval.systems.stages import ADDS, stages
from rag.dateline import Dateline

METRICS = (
    "article Success@1", "Success@1", "R@5", "contains", "F1", "citation recall",
    "citation precision", "decision", "AUROC", "right",
)  # fmt: skip


class Row(NamedTuple):
    """One stage, with all before it on."""

    stage: str
    summary: Summary
    gains: Mapping[str, Difference]
    """By metric, over the row before; paired by case, p corrected for the number of metrics."""
    adds: float
    """Milliseconds of this stage by itself, at the median."""
    total: float
    """Milliseconds up to here, at the median; of the first three, of one search and one text."""


def measure_stages(
    suite: Suite, dateline: Dateline, out: Path, progress: Callable[[int], None] = lambda _: None
) -> list[Row]:
    """Ask every stage each case before the next case, and score them; ``out`` gets their runs.

    So what else the machine does falls on all of them alike. A run that was cut off goes on.
    Raises RunError where a folder holds another run.
    """
    systems = stages(dateline)
    ingest = ingest_report(dateline)
    folders = [RunFolder(out / system.name) for system in systems]
    records = [begin(suite, s, f, 1, ingest) for s, f in zip(systems, folders, strict=True)]
    systems[-1].warm()
    begun = time.perf_counter()
    for case in suite.cases:
        for system, folder, known in zip(systems, folders, records, strict=True):
            if case.id not in known:
                known[case.id] = _timed(ask(case, system))
                folder.append(known[case.id])
        progress(1)
    spent = time.perf_counter() - begun
    for system, folder, known in zip(systems, folders, records, strict=True):
        finish(suite, system, folder, known.values(), spent / len(systems))
    return rows([score(folder) for folder in folders])


def rows(scored: Sequence[tuple[Summary, list[Scored]]]) -> list[Row]:
    """Compare each stage with the one before."""
    found: list[Row] = []
    for at, (summary, cases) in enumerate(scored):
        gains: dict[str, Difference] = {}
        if at:
            gains = {item.metric: item for item in compare(scored[at - 1], (summary, cases))}
        done = [item.judged.record for item in cases if item.judged.record.error is None]
        stage = str(summary.info["system"])
        total = [record.milliseconds for record in done]
        own = total if stage not in ADDS else [_own(record, stage) for record in done]
        found.append(Row(stage, summary, gains, _median(own), _median(total)))
    return found


def markdown(found: Sequence[Row]) -> Iterator[str]:
    """Write the table; a gain that is more than chance (p below .05, corrected) has a star."""
    shown = [name for name in METRICS if any(r.summary.value(name) is not None for r in found)]
    yield f"| stage | {' | '.join(shown)} | adds ms | all ms |"
    yield f"|---{'|---:' * (len(shown) + 2)}|"
    for row in found:
        cells = [_cell(row, name) for name in shown]
        yield f"| {row.stage} | {' | '.join(cells)} | {row.adds:.0f} | {row.total:.0f} |"


def to_json(found: Sequence[Row]) -> list[dict[str, Any]]:
    """Write it as JSON has it."""
    return [
        {
            "stage": row.stage,
            "cases": row.summary.cases,
            "failed": row.summary.failed,
            "metrics": {item.metric: item._asdict() for item in row.summary.estimates},
            "gains": {name: gain._asdict() for name, gain in row.gains.items()},
            "adds_ms_p50": row.adds,
            "all_ms_p50": row.total,
        }
        for row in found
    ]


def _cell(row: Row, metric: str) -> str:
    value = row.summary.value(metric)
    if value is None:
        return "–"
    gain = row.gains.get(metric)
    if gain is None:
        return f"{value:.3f}"
    return f"{value:.3f} ({gain.difference:+.3f}{'*' if gain.significant else ''})"


def _timed(record: Record) -> Record:
    """Take the time that a stage says itself: it shares one pass with others."""
    spent = None if record.reply is None else record.reply.timings.get("total")
    return record if spent is None else replace(record, milliseconds=spent)


def _own(record: Record, stage: str) -> float:
    timings = record.reply.timings if record.reply is not None else {}
    # Retrieval has its own rows above.
    return sum(timings.get(name, 0.0) for name in ADDS[stage] if name != "retrieve")


def _median(values: Sequence[float]) -> float:
    return round(median(values), 2) if values else 0.0
