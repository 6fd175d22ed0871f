"""Ask many questions and look whether the answers keep what is promised.

`python -m eval.audit --data FOLDER --questions 2000`; exit code 1 when one does not.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from eval.audit.questions import suites
from eval.audit.review import review, summary
from eval.cli import DATA
from eval.measure import ingested

SHOWN = 20
"""Complaints that are printed; all of them are in the folder."""


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True)
@click.option("--questions", "count", type=click.IntRange(3), default=1000, show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/audit"),
    show_default=True,
    help="Folder of the answers; those that are there are kept.",
)
def main(data: Path, count: int, out: Path) -> None:
    """Ask newsdesk's, newsroom's and realtimeqa's questions and headlines; check the answers."""
    rows = []
    for suite in suites(data, count):
        dateline = ingested(suite)
        try:
            rows += review(suite, dateline, out / f"{suite.name}.jsonl")
        finally:
            dateline.close()
    report = summary(rows)
    (out / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    for item in report["wrong"][:SHOWN]:
        click.echo(f"{item['id']}: {item['code']}: {item['detail']}", err=True)
    click.echo(json.dumps({k: v for k, v in report.items() if k != "wrong"}, indent=1))
    if report["wrong"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
