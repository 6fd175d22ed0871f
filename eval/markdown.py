"""The tables of docs/evaluation.md and of the README, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from eval.errors import RunError
from eval.score import Summary
from eval.suite import Task


class Row(NamedTuple):
    """One suite of the table: how many cases, and the figures that say the most about it."""

    suite: str
    limit: int | None
    dev: bool
    metrics: tuple[str, ...]
    task: Task = "ask"
    taught: bool = False
    """Whether the reader was trained on it, so that its figures say what it learnt."""


PAGE = Path("docs/evaluation.md")
BEGIN, END = "<!-- tables: made by eval.table -->", "<!-- end of tables -->"
OURS = ("dateline", "rules")
"""The whole, and a part of it; everything else is a baseline."""
LOWER = frozenset({"AURC", "ECE"})
FRONT = ("gold", "newsdesk", "realtimeqa")
"""The suites of the README's table."""
NAMED = {"dateline": "Dateline", "fused": "words and vectors, first passage",
         "llama-index": "llama-index retrieval, first chunk"}  # fmt: skip
"""The systems in it, with what it calls them."""


def replaced(page: str, tables: Mapping[str, list[str]], order: Sequence[str]) -> str:
    """Return the page with the section of each suite replaced, new ones at the end of them.

    ``order`` is that of the suites. Raises RunError where the page has no place for them.
    """
    begin, marks, rest = page.partition(BEGIN)
    inside, end, after = rest.partition(END)
    if not marks or not end:
        raise RunError(f"{PAGE} has no {BEGIN} … {END}.")
    known = {
        part.partition(":")[0].strip(): f"### {part}".rstrip().splitlines()
        for part in inside.split("### ")[1:]
    }
    known.update({suite: [line for line in lines if line] for suite, lines in tables.items()})
    body = "\n\n".join(_spaced(known[name]) for name in order if name in known)
    return f"{begin}{BEGIN}\n\n{body}\n\n{END}{after}"


def _spaced(lines: list[str]) -> str:
    """Put an empty line after the heading and after the command, as Markdown wants it."""
    heading, command, *table = [line for line in lines if line]
    return "\n".join([heading, "", command, "", *table])


def markdown(row: Row, found: dict[str, Summary]) -> Iterator[str]:
    """Write one suite: its command, and a line for each system."""
    counts = next(iter(found.values())).info["counts"]
    taught = "; the reader was trained on them" if row.taught else ""
    yield f"### {row.suite}: {counts['cases']} cases, {counts['articles']:,} articles{taught}"
    yield ""
    sample = (" --dev" if row.dev else "") + (f" --limit {row.limit}" if row.limit else "")
    folder = "" if row.suite.startswith("gold") else " --data FOLDER"
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


def front_page(known: Mapping[str, Mapping[str, Summary]]) -> Iterator[str]:
    """Write the README's table: a few systems, each suite with its own number of cases."""
    yield "| questions | system | right | cited | AUROC of confidence | quotes exact |"
    yield "|---|---|---|---|---|---|"
    for suite in FRONT:
        found = known.get(suite, {})
        for at, name in enumerate(name for name in NAMED if name in found):
            item = found[name]
            first = f"{suite} ({item.cases})" if at == 0 else ""
            cited = " / ".join(_short(item, f"citation {what}") for what in ("recall", "precision"))
            told = [_short(item, name) for name in ("right", "AUROC", "quotes exact")]
            told.insert(1, cited)
            yield f"| {first} | {NAMED[name]} | {' | '.join(told)} |"
        if "silent" in found:
            right = _short(found["silent"], "right")
            yield f"<!-- {suite}: declining everything is right for {right} -->"


def _short(summary: Summary, metric: str) -> str:
    value = summary.value(metric)
    return "-" if value is None else f"{value:.2f}"
