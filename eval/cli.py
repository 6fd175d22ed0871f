"""`dateline eval`: run, stages, score, compare, report, judge, suites."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from eval.commands import (
    as_json_option,
    compare,
    feedback,
    floors,
    judge,
    report,
    score,
    score_and_show,
)

DATA = Path("../shared/data")
SOME_FAILED = 4
NAMED = """Of questions: dateline, bm25, dense, fused, constant, silent, llama-index, and first
and majority, which give one answer where articles give several. Of claims:
dateline, rules, overlap, constant, silent. Of speakers: dateline, nearest-name. trec:FILE plays
back another program's run."""


@click.group(
    "eval",
    epilog="Exit codes: 0 done, 1 failed or below a floor, 2 wrong usage, 4 some cases failed.",
)
def eval_group() -> None:
    """Measure quality: run a suite of questions, score it, compare runs.

    \b
    Examples:
      dateline eval run gold
      dateline eval run newsdesk --data FOLDER --limit 300 --dev
      dateline eval run gold --system bm25 --out runs/bm25
      dateline eval compare runs/bm25 runs/today
      dateline eval report runs/today -o report.html
    """


@eval_group.command()
@click.argument("suite")
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True,
              help="Folder of the public sets.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="Ask so many cases, the same every time.")
@click.option("--dev", is_flag=True, help="Only what is held out from training.")
@click.option("--system", "name", default="dateline", show_default=True, help=NAMED)
@click.option("--server", help="URL of a running server to ask instead.")
@click.option("--upload", is_flag=True, help="Send the server the suite's articles first.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True,
              help="Questions at a time; above 1, latency is that of a busy machine.")  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), help="Run folder; one that is there goes on."
)
@as_json_option
def run(
    suite: str,
    data: Path,
    limit: int | None,
    dev: bool,
    name: str,
    server: str | None,
    upload: bool,
    jobs: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Ask every case of SUITE, store what was said, and print the figures.

    \b
    Examples:
      dateline eval run gold
      dateline eval run squad2 --data FOLDER --limit 200 --system llama-index
      dateline eval run gold --server http://127.0.0.1:8000
      dateline eval run beir:FOLDER --system bm25
    """
    from eval.measure import measure
    from eval.systems.choose import NAMES, TREC

    if name not in NAMES and not name.startswith(TREC):
        raise click.BadParameter(f"{name!r} is none of {', '.join(NAMES)}.", param_hint="--system")
    out = out or Path("runs") / f"{suite.replace(':', '-').replace('/', '-')}-{_now()}"
    folder = measure(
        suite, data, out, name=name, server=server, upload=upload, jobs=jobs, limit=limit, dev=dev
    )
    summary = score_and_show([folder], as_json)[0]
    if not as_json:
        click.echo(f"{out}: `dateline eval report {out}` makes a page of it.")
    if summary.failed:
        raise click.exceptions.Exit(SOME_FAILED)


@eval_group.command()
@click.argument("suite")
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True,
              help="Folder of the public sets.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="Ask so many cases, the same every time.")
@click.option("--dev", is_flag=True, help="Only what is held out from training.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the runs of the stages.")
@as_json_option
def stages(
    suite: str, data: Path, limit: int | None, dev: bool, out: Path | None, as_json: bool
) -> None:
    """Switch on every stage of an answer in turn, and say what each gains and costs.

    BM25, dense, fusion, reader, composer and verifier are asked the same cases of SUITE in one run.
    Gains are over the row before. Milliseconds are medians; "adds" is without what came before.

    \b
    Example:
      dateline eval stages newsdesk --data FOLDER --dev --limit 150
    """
    from eval.measure import prepared, staged
    from eval.stages import markdown, to_json

    asked = prepared(suite, data, limit=limit, dev=dev)
    found = staged(asked, out or Path("runs") / f"stages-{asked.name}-{_now()}")
    click.echo(json.dumps(to_json(found), indent=1) if as_json else "\n".join(markdown(found)))
    if any(row.summary.failed for row in found):
        raise click.exceptions.Exit(SOME_FAILED)


@eval_group.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True)
@as_json_option
def suites(data: Path, as_json: bool) -> None:
    """List the suites, with their sizes where their data is there.

    \b
    Example:
      dateline eval suites --data FOLDER
    """
    from eval.adapters import SUITES, load_suite
    from eval.errors import DataMissing

    rows: list[dict[str, object]] = []
    for name in SUITES:
        try:
            found = load_suite(name, data)
        except DataMissing as error:
            rows.append({"suite": name, "missing": str(error)})
            continue
        rows.append({"suite": name, "cases": len(found.cases), "articles": len(found.articles),
                     "about": found.about, "task": found.task})  # fmt: skip
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        if "missing" in row:
            click.echo(f"{row['suite']}: {row['missing']}")
            continue
        click.echo(f"{row['suite']} ({row['task']}): {row['cases']} cases, "
                   f"{row['articles']} articles. {row['about']}.")  # fmt: skip


for command in (score, floors, compare, report, judge, feedback):
    eval_group.add_command(command)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
