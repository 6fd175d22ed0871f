"""The commands that look at runs that are there: score, floors, compare, report, judge."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from eval.folder import RunFolder
    from eval.score import Summary

BELOW = 1
WIDTH = 110
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


@click.command()
@click.argument("runs", nargs=-1, required=True, type=FOLDER)
@click.option("--floors", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Fail when a figure is below its floor in this file.")  # fmt: skip
@click.option("--trec", is_flag=True, help="Also write run.trec, qrels.trec and rag.jsonl.")
@as_json_option
def score(runs: tuple[Path, ...], floors: Path | None, trec: bool, as_json: bool) -> None:
    """Score stored runs again; no model is loaded.

    \b
    Examples:
      dateline eval score runs/today
      dateline eval score runs/today --floors eval/floors.json
    """
    from eval.folder import RunFolder

    folders = [RunFolder(path) for path in runs]
    summaries = score_and_show(folders, as_json)
    if trec:
        for folder in folders:
            _write_trec(folder)
    if floors is not None:
        from eval.gate import load_floors, shortfalls
        from eval.screen import show_shortfalls

        found = [low for item in summaries for low in shortfalls(item, load_floors(floors))]
        show_shortfalls(found, console(stderr=as_json))
        if found:
            raise click.exceptions.Exit(BELOW)


@click.command()
@click.argument("run", type=FOLDER)
@click.option("--why", required=True, help="What made the figures better; kept with the floors.")
def floors(run: Path, why: str) -> None:
    """Raise the floors of the gate to just below RUN, a run of the gold set; none goes down.

    \b
    Example:
      dateline eval floors runs/today --why "the reader of 0.2"
    """
    from eval.folder import RunFolder
    from eval.gate import FLOORS, load_floors, raised, write_floors
    from eval.score import score as score_run

    summary, _ = score_run(RunFolder(run))
    if summary.info["suite"] != "gold" or summary.info["counts"]["cases"] != summary.cases:
        raise click.BadParameter(f"{run} is no run of the gold set.", param_hint="RUN")
    found = raised(summary, load_floors() if FLOORS.exists() else {})
    write_floors(found, why)
    click.echo(json.dumps(found, indent=1))


@click.command()
@click.argument("first", type=FOLDER)
@click.argument("second", type=FOLDER)
@as_json_option
def compare(first: Path, second: Path, as_json: bool) -> None:
    """Say whether run SECOND differs from run FIRST by more than chance.

    Both must have asked the same cases. p values are by permutation, paired by case, and corrected
    for the number of metrics (Holm).

    \b
    Example:
      dateline eval compare runs/before runs/after
    """
    from eval.compare import compare as compare_runs
    from eval.folder import RunFolder
    from eval.score import score as score_run
    from eval.screen import show_differences

    found = compare_runs(score_run(RunFolder(first)), score_run(RunFolder(second)))
    if as_json:
        click.echo(json.dumps([item._asdict() for item in found], indent=1))
    else:
        show_differences(found, console())


@click.command()
@click.argument("run", type=FOLDER)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Default: RUN/report.html.")
@click.option("--keep", is_flag=True, help="Also keep the figures with the collection.")
@click.pass_context
def report(ctx: click.Context, run: Path, output: Path | None, keep: bool) -> None:
    """Write RUN as one HTML page: figures, plots, and the worst cases with what went wrong.

    With --keep the status of a served collection shows the figures, in the place of those that were
    kept before. They say of which build, models and articles they are.

    \b
    Examples:
      dateline eval report runs/today -o report.html
      dateline --data FOLDER eval report runs/today --keep
    """
    from eval.folder import RunFolder
    from eval.llm_judge import read
    from eval.report.kept import keep_with
    from eval.report.page import page
    from eval.score import score as score_run
    from rag.config import load_settings

    target, folder = output or run / "report.html", RunFolder(run)
    judgements = list(read(folder).values())
    summary, scored = score_run(folder)
    target.write_text(page(summary, scored, judgements), encoding="utf-8")
    click.echo(str(target))
    if keep:
        click.echo(f"Kept in {keep_with(load_settings(**(ctx.obj or {})), summary)}")


@click.command()
@click.argument("run", type=FOLDER)
@click.option("--url", required=True, help="Of a server with OpenAI's protocol, such as "
              "http://127.0.0.1:8080/v1.")  # fmt: skip
@click.option("--model", required=True, help="Its name there; take another than what composes.")
@click.option("--key-from", help="Environment variable that holds the key, if one is needed.")
@click.option("--limit", type=click.IntRange(1), help="Judge so many answers at most.")
@click.option("--jobs", type=click.IntRange(1, 32), default=1, show_default=True)
@as_json_option
def judge(
    run: Path,
    url: str,
    model: str,
    key_from: str | None,
    limit: int | None,
    jobs: int,
    as_json: bool,
) -> None:
    """Let a language model judge the answers of RUN, and say how far it agrees with the metrics.

    The answers and their quotes are sent to the server. What was judged before is not sent again.

    \b
    Example:
      dateline eval judge runs/today --url http://127.0.0.1:8080/v1 --model qwen3-32b
    """
    from eval.agreement import agreement
    from eval.folder import RunFolder
    from eval.llm_judge import LlmJudge, judge_run
    from eval.score import score as score_run
    from eval.screen import show_agreement

    if key_from is not None and key_from not in os.environ:
        raise click.BadParameter(f"There is no variable {key_from}.", param_hint="--key-from")
    folder = RunFolder(run)
    asked = LlmJudge(url, model, os.environ[key_from] if key_from else None)
    try:
        judgements = judge_run(folder, asked, limit=limit, jobs=jobs)
    finally:
        asked.close()
    found = agreement(score_run(folder)[1], judgements)
    malformed = sum(item.malformed is not None for item in judgements)
    if as_json:
        rows = [item._asdict() for item in found]
        counts = {"judged": len(judgements), "malformed": malformed}
        click.echo(json.dumps({**counts, "agreement": rows}, indent=1))
    else:
        show_agreement(found, len(judgements), malformed, console())


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@as_json_option
@click.pass_context
def feedback(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """Write what people said of answers as a suite into FOLDER, with the articles.

    \b
    Example:
      dateline eval feedback said && dateline eval run own:said
    """
    from eval.feedback import export
    from rag.config import load_settings
    from rag.dateline import Dateline

    dateline = Dateline(load_settings(**(ctx.obj or {})))
    try:
        found = export(dateline, folder)
    finally:
        dateline.close()
    if as_json:
        click.echo(json.dumps(
            {"cases": found.cases, "articles": found.articles, "skipped": found.skipped}
        ))  # fmt: skip
        return
    click.echo(
        f"{found.cases} cases and {found.articles} articles: `dateline eval run own:{folder}`."
    )
    for reason, count in found.skipped.items():
        click.echo(f"{count} left out: {reason}.")


def score_and_show(folders: Sequence[RunFolder], as_json: bool) -> list[Summary]:
    """Score runs and print them, as tables or as JSON."""
    from eval.score import score as score_run
    from eval.screen import show_summary

    summaries = [score_run(folder)[0] for folder in folders]
    if as_json:
        click.echo(json.dumps([item.to_row() for item in summaries], indent=1))
    else:
        for item in summaries:
            show_summary(item, console())
    return summaries


def _write_trec(folder: RunFolder) -> None:
    from eval import trec
    from eval.judge import judge

    judged, tag = judge(folder), folder.info()["system"]
    trec.write_run(folder.path / "run.trec", judged, tag)
    trec.write_qrels(folder.path / "qrels.trec", judged)
    trec.write_rag(folder.path / "rag.jsonl", judged, tag)


def console(*, stderr: bool = False) -> Console:
    """Return a console that is wide enough for the tables when nobody watches."""
    from rich.console import Console

    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=WIDTH)
