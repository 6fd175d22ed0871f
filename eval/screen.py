"""A run's figures in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from eval.agreement import Agreement
from eval.compare import Difference
from eval.diagnose import MEANING
from eval.gate import Shortfall
from eval.metrics.interval import Estimate
from eval.score import Summary

SLICED = ("Success@1", "article Success@1", "contains", "must", "citation recall", "decision",
          "right", "rejection rate", "keep rate", "balanced accuracy", "AUROC", "found", "speaker",
          "quote type", "content F1", "statement precision", "statement recall")  # fmt: skip


def show_summary(summary: Summary, console: Console) -> None:
    """Print the table of a run, its slices, times and what went wrong."""
    info = summary.info
    table = Table(title=f"{info['suite']} · {info['system']}", title_justify="left")
    for name in ("metric", "value", "95% interval", "n", "unscored"):
        table.add_column(name, justify="left" if name == "metric" else "right")
    for item in summary.estimates:
        table.add_row(*_cells(item))
    console.print(table)
    _show_slices(summary, console)
    _show_latency(summary, console)
    for name, count in summary.diagnoses.items():
        console.print(f"{count:5d}  {name}: {MEANING[name]}", highlight=False)
    _show_notes(summary, console)


def show_shortfalls(found: Sequence[Shortfall], console: Console) -> None:
    """Print what is below its floor."""
    for item in found:
        value = "not measured" if item.value is None else f"{item.value:.4f}"
        console.print(f"[red]below the floor[/]: {item.metric} {value} < {item.floor}")
    if not found:
        console.print("[green]every figure is at or above its floor[/]")


def show_differences(found: Sequence[Difference], console: Console) -> None:
    """Print a comparison of two runs."""
    table = Table(title="B - A, paired by case", title_justify="left")
    for name in ("metric", "A", "B", "difference", "95% interval", "p", "p (Holm)", "n"):
        table.add_column(name, justify="left" if name == "metric" else "right")
    for item in found:
        table.add_row(
            f"[bold]{item.metric}[/]" if item.significant else item.metric,
            f"{item.first:.3f}", f"{item.second:.3f}", f"{item.difference:+.3f}",
            f"{item.low:+.3f} to {item.high:+.3f}", f"{item.p:.4f}", f"{item.corrected:.4f}",
            str(item.n),
        )  # fmt: skip
    console.print(table)


def show_agreement(
    found: Sequence[Agreement], judged: int, malformed: int, console: Console
) -> None:
    """Print how far a language model and the string metrics agree."""
    table = Table(title="judge and string metrics", title_justify="left")
    for name in ("what", "n", "alike", "kappa", "right by judge", "right by strings"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for item in found:
        numbers = (item.same, item.kappa, item.judge, item.strings)
        cells = ("-" if value is None else f"{value:.3f}" for value in numbers)
        table.add_row(item.what, str(item.n), *cells)
    console.print(table)
    console.print(f"{judged} judged, {malformed} malformed", highlight=False)


def _cells(item: Estimate) -> tuple[str, ...]:
    value = "-" if item.value is None else f"{item.value:.3f}"
    between = "" if item.low is None else f"{item.low:.3f} to {item.high:.3f}"
    return item.metric, value, between, str(item.n), str(item.unscored or "")


def _show_slices(summary: Summary, console: Console) -> None:
    if len(summary.slices) < 2:
        return
    present = {item.metric for estimates in summary.slices.values() for item in estimates}
    names = [name for name in SLICED if name in present]
    table = Table(title="by kind", title_justify="left")
    table.add_column("kind")
    for name in names:
        table.add_column(name, justify="right")
    for kind, estimates in summary.slices.items():
        by_name = {item.metric: item for item in estimates}
        cells = [
            f"{item.value:.3f} ({item.n})"
            if (item := by_name.get(name)) is not None and item.value is not None
            else ""
            for name in names
        ]
        table.add_row(kind, *cells)
    console.print(table)


def _show_latency(summary: Summary, console: Console) -> None:
    table = Table(title=f"milliseconds ({summary.info['jobs']} at a time)", title_justify="left")
    for name in ("stage", "p50", "p95", "p99", "n"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for item in summary.latency:
        table.add_row(item.stage, str(item.p50), str(item.p95), str(item.p99), str(item.n))
    console.print(table)
    if summary.throughput is not None:
        console.print(f"{summary.throughput} cases a second", highlight=False)


def _show_notes(summary: Summary, console: Console) -> None:
    if summary.failed:
        console.print(f"[red]{summary.failed} of {summary.cases} cases failed and score zero[/]")
    if summary.unlocated:
        console.print(
            f"{summary.unlocated} cases have evidence that the collection does not: zero there"
        )
    for note in summary.info.get("notes", ()):
        console.print(f"note: {note}", highlight=False)
    refused = (summary.info.get("ingest") or {}).get("refused", [])
    if refused:
        console.print(f"[red]{len(refused)} articles were refused at ingest[/]")
