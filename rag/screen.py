"""What the command line shows: progress to stderr, results to stdout, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.dateline import Dateline
    from rag.types import Finding, IngestReport

# Nothing of an article or a question is taken for markup, and no control sequence gets through.
_out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, markup=False, emoji=False)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show a spinner while something takes a while."""
    with _err.status(escape(what)):
        yield


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[..., None]]:
    """Show a bar; the function given advances it, by one or by a number."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_err, transient=True) as bar:
        task = bar.add_task(what, total=total)

        def step(count: int = 1, of: int | None = None) -> None:
            if of is not None:
                bar.update(task, total=of)
            bar.advance(task, count)

        yield step


@contextmanager
def steps(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar that is told how much is done of how much."""
    with progress(what, None) as step:
        last = 0

        def show(done: int, total: int) -> None:
            nonlocal last
            step(done - last, total)
            last = done

        yield show


NEAREST = 300
"""Code points that are shown of a passage that does not answer."""


def show_answer(answer: Mapping[str, Any], as_json: bool) -> None:
    """Print an answer with its citations, or an abstention with what came closest."""
    if as_json:
        return print_json(answer)
    if answer["query"] != " ".join(answer["question"].split()):
        line(f"Understood as: {answer['query']}", style="dim")
    line(answer["text"], style="bold")
    if answer["abstained"]:
        line(f"\nReason: {answer['reason']} (confidence {answer['confidence']:.2f})")
        for result in answer["nearest"]:
            article, passage = result["article"], result["passage"]
            line(f"\nNearest: {named(article)}", style="cyan")
            line(f"  {shorten(' '.join(passage['text'].split()), NEAREST, placeholder=' …')}")
    else:
        line(f"\nConfidence {answer['confidence']:.2f}", style="dim")
    for conflict in answer["conflicts"]:
        sides = " against ".join(
            "".join(f"[{number}]" for number in side["citations"]) for side in conflict["sides"]
        )
        line(f"The articles do not agree ({conflict['type']}): {sides}", style="yellow")
    for citation in answer["citations"]:
        said = citation["quote_type"]
        if citation["speaker"]:
            said = f"{citation['speaker']}, {said}" + (", denied" if citation["denied"] else "")
        line(f"\n[{citation['number']}] {named(citation)} ({said})", style="cyan")
        if citation["quote"] not in answer["text"]:
            line(f"    {citation['quote']}")
        place = f"{citation['article_id']} v{citation['version']}"
        line(f"    {place}, {citation['start']}-{citation['end']}", style="dim")
        if citation["also_in"]:
            line(f"    also in {len(citation['also_in'])} reprints", style="dim")
    for notice in answer["notices"]:
        line(f"\nNote: {notice['message']}", style="yellow")
    return None


def show_results(results: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Print search results, best first."""
    if as_json:
        return print_json({"results": results})
    if not results:
        line("Nothing was found.")
    for number, result in enumerate(results, start=1):
        line(f"{number}. {named(result['article'])}", style="cyan")
        passage = result["passage"]
        line(f"   {' '.join(passage['text'].split())}")
        line(f"   {passage['id']}, score {result['score']:.4f}\n", style="dim")
    return None


def show_ingest(report: IngestReport, as_json: bool) -> None:
    """Print what an ingest did; what was refused goes to stderr with its reason."""
    if as_json:
        from pydantic import TypeAdapter

        from rag.types import IngestReport as Kind

        return print_json(TypeAdapter(Kind).dump_python(report, mode="json"))
    parts = [f"{report.count(outcome)} {outcome}" for outcome in ("added", "changed", "unchanged")]
    line(f"{', '.join(parts)}, {len(report.refused)} refused")
    for item in report.refused:
        _err.print(Text(_safe(f"Refused: {item.message} [{item.code}]"), style="red"))
    return None


def show_preview(rows: Iterable[Mapping[str, Any]], as_json: bool) -> int:
    """Print what would be stored, a line an article as they come; return how many are refused."""
    refused = shown = 0
    for row in rows:
        refused += "code" in row
        shown += "code" not in row
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
        elif "code" in row:
            _err.print(Text(_safe(f"Refused: {row['message']} [{row['code']}]"), style="red"))
        else:
            known = ", ".join(f"{name} {origin}" for name, origin in row["origins"].items())
            date = (row["published_at"] or "undated")[:10]
            line(f"{date:10}  {(row['outlet'] or '-')[:20]:20}  {row['title'][:70]}", style="cyan")
            size = f"{row['characters']:,} characters, {row['left_out']:,} left out"
            line(f"{'':34}{row['id']}: {size}")
            line(f"{'':34}{known}", style="dim")
    if not as_json:
        noun = "article" if shown == 1 else "articles"
        line(f"{shown:,} {noun} would be stored, {refused:,} refused; nothing was stored.")
    return refused


def show_settings(settings: Settings, origins: Mapping[str, str], as_json: bool) -> None:
    """Print every setting with its value, where that comes from and what it means."""
    fields = type(settings).model_fields
    rows = [
        {
            "name": f"DATELINE_{name.upper()}",
            "value": _value(name, getattr(settings, name), settings),
            "from": origins[name],
            "meaning": field.description or "",
        }
        for name, field in fields.items()
    ]
    if as_json:
        return print_json({"settings": rows})
    table = Table(box=None, pad_edge=False)
    for title in ("setting", "value", "from", "meaning"):
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_safe(value)) for value in row.values()))
    _out.print(table)
    return None


def show_findings(
    settings: Settings, origins: Mapping[str, str], findings: Sequence[Finding], as_json: bool
) -> None:
    """Print settings that differ from the default, then what was found and how to mend it."""
    if as_json:
        from pydantic import TypeAdapter

        from rag.types import Finding as Kind

        dumped = TypeAdapter(list[Kind]).dump_python(list(findings), mode="json")
        return print_json({"findings": dumped})
    show_settings(settings, origins, as_json=False)
    line("")
    for finding in findings:
        mark = "ok  " if finding.ok else "BAD "
        line(f"{mark} {finding.name}: {finding.detail}", style="green" if finding.ok else "red")
        if finding.remedy:
            line(f"     {finding.remedy}")
    return None


def show_ready(dateline: Dateline, url: str) -> None:
    """Say what can be tried once a server is ready."""
    counts = dateline.catalogue.counts()
    line(
        f"\nDateline is ready: {url} ({counts['articles']} articles, {counts['passages']} passages)"
    )
    line("Try next:")
    line(f"  open {url} in a browser")
    line('  .venv/bin/dateline ask "Why was Russia not on the US tariff list?"')
    line(
        f"  curl -s {url}/v1/ask -H 'content-type: application/json' "
        '-d \'{"question": "When will Putin and Trump speak?"}\''
    )
    line("Stop with Ctrl+C.\n")


def named(article: Mapping[str, Any]) -> str:
    """Return title, outlet and day of an article; a title that was made up stands in quotes."""
    title = article["title"]
    if article["title_from"] == "derived":
        title = f"“{title}”"
    date = (article["published_at"] or "undated")[:10]
    return " · ".join(part for part in (title, article["outlet"], date) if part)


def _value(name: str, value: object, settings: Settings) -> str:
    if name == "database":
        import sqlalchemy as sa

        return sa.make_url(settings.database_url).render_as_string(hide_password=True)
    return str(value)


def line(text: str, style: str = "") -> None:
    """Print a line to stdout; nothing in it is obeyed."""
    _out.print(Text(_safe(text), style=style))


def _safe(text: str) -> str:
    """Drop control characters, which a terminal would obey."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")


def print_json(value: Any) -> None:
    """Print JSON for machines."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
