"""Make the tables of docs/evaluation.md again: `python -m eval.table --data FOLDER --write`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from eval.cli import DATA
from eval.folder import RunFolder
from eval.measure import measure
from eval.score import Summary, score
from eval.suite import Task
from eval.systems.choose import SYSTEMS


class Row(NamedTuple):
    """One suite of the table: how many cases, and the figures that say the most about it."""

    suite: str
    limit: int | None
    dev: bool
    metrics: tuple[str, ...]
    task: Task = "ask"


_ASKED = ("contains", "F1", "citation recall", "citation precision", "decision", "AUROC", "right")
_VERIFIED = ("rejection rate", "keep rate", "balanced accuracy", "AUROC", "ECE")
ROWS = (
    Row("gold", None, False, ("Success@1", "nDCG@10", "R@10", "must", *_ASKED)),
    Row("newsdesk", 150, True, ("Success@1", "nDCG@10", "R@10", *_ASKED)),
    Row("realtimeqa", 300, False, ("article Success@1", "article R@5", "EM", "contains", "F1",
                                   "decision", "AUROC", "right")),
    Row("multihop_rag", 120, False, ("Success@1", "nDCG@10", "R@10", "EM", *_ASKED)),
    Row("clapnq", 120, False, ("Success@1", "nDCG@10", "R@10", "F1", "citation recall",
                               "citation precision", "decision", "AUROC")),
    Row("squad2", 200, True, ("EM", *_ASKED)),
    Row("newsdesk-twins", 200, True, _ASKED),
    Row("newsdesk-stories", None, True, ("Success@1", "nDCG@10", "R@10", *_ASKED, "conflict")),
    Row("newsroom", 200, True, ("Success@1", "nDCG@10", "R@10", *_ASKED)),
    Row("newsroom-stories", None, True, ("Success@1", "nDCG@10", "R@10", "citation recall",
                                         "citation precision", "decision", "AUROC", "right")),
    Row("ramdocs", 120, False, ("contains", "F1", "decision", "conflict", "right")),
    Row("rgb", None, False, ("contains", "F1", "decision", "conflict", "right")),
    Row("mtrag_un", 120, False, ("article Success@1", "article R@5", "F1", "decision", "AUROC",
                                 "rewritten R@5", "standalone R@5")),
    Row("mtrag_rewrites", None, False, ("article Success@1", "rewritten R@5", "standalone R@5",
                                        "rewritten RR@10", "standalone RR@10")),
    Row("newsdesk-claims", None, True, _VERIFIED, "verify"),
    Row("newsroom-claims", None, True, _VERIFIED, "verify"),
    Row("qags", None, False, _VERIFIED, "verify"),
    Row("wice", None, False, _VERIFIED, "verify"),
    Row("polnear", None, False, ("found", "speaker", "content F1", "statement precision",
                                 "statement recall"), "attribute"),
    Row("newsdesk-statements", None, True, ("found", "speaker", "quote type"), "attribute"),
)  # fmt: skip


OURS = ("dateline", "rules")
"""The whole, and a part of it; everything else is a baseline."""
PAGE = Path("docs/evaluation.md")
BEGIN, END = "<!-- tables: made by eval.table -->", "<!-- end of tables -->"
LOWER = frozenset({"AURC", "ECE"})
OUT = "Folder of the runs; what is there goes on, so remove it to measure anew."


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/table"), help=OUT)
@click.option("--suite", "only", multiple=True, help="Only these suites.")
@click.option("--system", "systems", multiple=True, help="Only these systems.")
@click.option("--jobs", default=1, show_default=True)
@click.option("--write", is_flag=True, help=f"Put the tables into {PAGE} instead of printing them.")
@click.option("--kept", is_flag=True, help="Measure nothing: take the runs that are there.")
def main(
    data: Path,
    out: Path,
    only: tuple[str, ...],
    systems: tuple[str, ...],
    jobs: int,
    write: bool,
    kept: bool,
) -> None:
    """Run every suite with every system and write the tables in Markdown."""
    tables: dict[str, list[str]] = {}
    for row in ROWS:
        if only and row.suite not in only:
            continue
        chosen = [name for name in SYSTEMS[row.task] if not systems or name in systems]
        folders = {name: out / f"{row.suite}-{name}" for name in chosen}
        if kept:
            folders = {n: path for n, path in folders.items() if (path / "run.json").exists()}
        found = {
            name: _measured(row, name, data, path, jobs, kept=kept)
            for name, path in folders.items()
        }
        if found:
            tables[row.suite] = list(markdown(row, found))
    if write:
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")
    else:
        click.echo("\n".join(line for lines in tables.values() for line in lines))


def replaced(page: str, tables: dict[str, list[str]]) -> str:
    """Return the page with the section of each suite replaced, new ones at the end of them.

    Raises ClickException where the page has no place for them.
    """
    begin, marks, rest = page.partition(BEGIN)
    inside, end, after = rest.partition(END)
    if not marks or not end:
        raise click.ClickException(f"{PAGE} has no {BEGIN} … {END}.")
    known = {
        part.partition(":")[0].strip(): f"### {part}".rstrip().splitlines()
        for part in inside.split("### ")[1:]
    }
    known.update({suite: [line for line in lines if line] for suite, lines in tables.items()})
    order = [row.suite for row in ROWS]
    body = "\n\n".join(_spaced(known[name]) for name in order if name in known)
    return f"{begin}{BEGIN}\n\n{body}\n\n{END}{after}"


def _spaced(lines: list[str]) -> str:
    """Put an empty line after the heading and after the command, as Markdown wants it."""
    heading, command, *table = [line for line in lines if line]
    return "\n".join([heading, "", command, "", *table])


def markdown(row: Row, found: dict[str, Summary]) -> Iterator[str]:
    """Write one suite: its command, and a line for each system."""
    counts = next(iter(found.values())).info["counts"]
    yield f"### {row.suite}: {counts['cases']} cases, {counts['articles']:,} articles"
    yield ""
    sample = (" --dev" if row.dev else "") + (f" --limit {row.limit}" if row.limit else "")
    folder = "" if row.suite == "gold" else " --data FOLDER"
    yield f"`dateline eval run {row.suite}{folder}{sample} --system SYSTEM`"
    yield ""
    yield f"| system | {' | '.join(row.metrics)} | p50 ms |"
    yield f"|---{'|---:' * (len(row.metrics) + 1)}|"
    for name, summary in found.items():
        cells = [_cell(summary, metric) for metric in row.metrics]
        spent = f"{summary.latency[0].p50:.0f}" if summary.latency else ""
        yield f"| {name} | {' | '.join(cells)} | {spent} |"
    baselines = {name: summary for name, summary in found.items() if name not in OURS}
    if OURS[0] in found and baselines:
        best = [_best(baselines, metric) for metric in row.metrics]
        yield f"| *best baseline* | {' | '.join(best)} | |"
    yield ""


def _best(baselines: dict[str, Summary], metric: str) -> str:
    """Name the baseline that is best at one metric, with its figure."""
    values = {
        name: value for name, item in baselines.items() if (value := item.value(metric)) is not None
    }
    if not values:
        return "–"
    best = min(values.values()) if metric in LOWER else max(values.values())
    names = [name for name, value in values.items() if value == best]
    return f"{best:.3f} {names[0] if len(names) == 1 else f'({len(names)} of them)'}"


def _cell(summary: Summary, metric: str) -> str:
    item = next((item for item in summary.estimates if item.metric == metric), None)
    if item is None or item.value is None:
        return "–"
    if item.low is None or item.high is None:
        return f"{item.value:.3f}"
    return f"{item.value:.3f} ±{(item.high - item.low) / 2:.2f}"


def _measured(row: Row, name: str, data: Path, out: Path, jobs: int, *, kept: bool) -> Summary:
    click.echo(f"{row.suite}, {name}", err=True)
    folder = RunFolder(out)
    if not kept and not (out / "summary.json").exists():
        folder = measure(row.suite, data, out, name=name, jobs=jobs, limit=row.limit, dev=row.dev)
    summary, _ = score(folder)
    click.echo(json.dumps({"failed": summary.failed, "unlocated": summary.unlocated}), err=True)
    return summary


if __name__ == "__main__":
    main()
