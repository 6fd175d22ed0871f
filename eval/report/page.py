"""The page itself: tables, plots and the worst cases, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from eval.agreement import agreement
from eval.diagnose import DIAGNOSES, MEANING
from eval.llm_judge import Judgement
from eval.metrics.interval import Estimate
from eval.report import plots
from eval.report.worst import show_case
from eval.score import Summary
from eval.scored import Scored

WORST = 60
"""Cases that are shown, spread over the diagnoses."""
SLICED = ("Success@1", "R@10", "article Success@1", "F1", "contains", "must", "citation recall",
          "decision", "right", "rejection rate", "keep rate", "balanced accuracy", "AUROC", "found",
          "speaker", "quote type", "content F1", "statement precision",
          "statement recall")  # fmt: skip
_STYLE = Path(__file__).with_name("page.css")


def page(summary: Summary, scored: Sequence[Scored], judgements: Sequence[Judgement] = ()) -> str:
    """Return one HTML page with a run's figures; it loads nothing from anywhere."""
    info = summary.info
    title = f"{info['suite']} · {info['system']}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        _facts(summary),
        _section("Figures", _estimates(summary.estimates)),
        _section("What went wrong", _diagnoses(summary)),
        _section("A language model as judge", _judged(scored, judgements)),
        _section("By kind", _slices(summary)),
        _plots(summary, scored),
        _section(f"Milliseconds, {info['jobs']} at a time", _latency(summary)),
        _section("Worst cases", "".join(show_case(item) for item in worst(scored))),
        _section("Settings", _settings(summary)),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE.read_text()}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def worst(scored: Sequence[Scored], limit: int = WORST) -> list[Scored]:
    """Choose cases that went wrong: of every diagnosis in turn, the surest first."""
    by_name = {
        name: sorted(
            (item for item in scored if item.diagnosis == name),
            key=lambda item: -_sureness(item),
        )
        for name in DIAGNOSES
    }
    rounds = max((len(items) for items in by_name.values()), default=0)
    turns = (items[at] for at in range(rounds) for items in by_name.values() if at < len(items))
    chosen = list(turns)[:limit]
    return sorted(chosen, key=lambda item: DIAGNOSES.index(item.diagnosis or "failed"))


def _sureness(item: Scored) -> float:
    """Return how sure it was; a failure comes first."""
    reply, verdict = item.judged.reply, item.judged.record.verdict
    if verdict is not None:
        return abs(verdict.probability - 0.5)
    return 1.0 if reply is None else reply.confidence


def table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Write a table that scrolls by itself where it is too wide; cells are escaped."""
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide {kind}" tabindex="0"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'  # noqa: E501


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>" if body else ""


def _facts(summary: Summary) -> str:
    info = summary.info
    lines = [
        f"{summary.cases} cases, {info['counts']['articles']} articles, {summary.failed} failed.",
        f"Commit {_short(info['commit'])}, {info['started']}.",
        *info.get("notes", ()),
    ]
    if summary.unlocated:
        lines.append(f"{summary.unlocated} cases have evidence that the collection does not have.")
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _estimates(estimates: Sequence[Estimate]) -> str:
    return table(
        ("metric", "value", "95% interval", "n", "unscored"),
        (
            (
                item.metric,
                _number(item.value),
                "" if item.low is None else f"{_number(item.low)}–{_number(item.high)}",
                str(item.n),
                str(item.unscored or ""),
            )
            for item in estimates
        ),
    )


def _diagnoses(summary: Summary) -> str:
    rows = [(name, str(count), MEANING[name]) for name, count in summary.diagnoses.items()]
    return table(("diagnosis", "cases", "meaning"), rows, "meaning") if rows else "<p>Nothing.</p>"


def _judged(scored: Sequence[Scored], judgements: Sequence[Judgement]) -> str:
    if not judgements:
        return ""
    malformed = sum(item.malformed is not None for item in judgements)
    models = ", ".join(sorted({item.model for item in judgements}))
    rows = [
        (i.what, str(i.n), _number(i.same), _number(i.kappa), _number(i.judge), _number(i.strings))
        for i in agreement(scored, judgements)
    ]
    said = f"{models}: {len(judgements)} judged, {malformed} malformed."
    head = ("what", "n", "alike", "kappa", "right by judge", "right by strings")
    return f"<p>{escape(said)}</p>{table(head, rows)}"


def _slices(summary: Summary) -> str:
    present = {item.metric for items in summary.slices.values() for item in items}
    names = [name for name in SLICED if name in present]
    rows = []
    for kind, items in summary.slices.items():
        by_name = {item.metric: item for item in items}
        rows.append((kind, *(_counted(by_name.get(name)) for name in names)))
    return table(("kind", *names), rows)


def _plots(summary: Summary, scored: Sequence[Scored]) -> str:
    drawn = (
        ("Risk and coverage", plots.risk_coverage(scored)),
        ("Calibration", plots.calibration(scored)),
        ("Latency", plots.latency(scored)),
        ("By kind", plots.by_kind(summary)),
    )
    figures = "".join(
        f"<figure><figcaption>{escape(title)}</figcaption>{svg}</figure>" for title, svg in drawn
    )
    return f'<section class="plots">{figures}</section>'


def _latency(summary: Summary) -> str:
    return table(
        ("stage", "p50", "p95", "p99", "n"),
        ((i.stage, str(i.p50), str(i.p95), str(i.p99), str(i.n)) for i in summary.latency),
    )


def _settings(summary: Summary) -> str:
    info = summary.info
    rows = [(key, str(value)) for key, value in info["settings"].items()]
    rows += [(f"hash of {key}", value) for key, value in info["data"].items()]
    rows += [(f"version of {key}", value) for key, value in info["versions"].items()]
    return table(("setting", "value"), rows)


def _counted(item: Estimate | None) -> str:
    return "" if item is None or item.value is None else f"{item.value:.2f} ({item.n})"


def _short(commit: str | None) -> str:
    """Return enough of a commit to find it, and the mark of what differs from it."""
    if commit is None:
        return "unknown"
    name, _, changes = commit.partition("+")
    return f"{name[:12]}{' with changes' if changes else ''}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
