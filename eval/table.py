"""Make the tables of docs/evaluation.md again: `python -m eval.table --data FOLDER --write`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click

from eval.basis import basis, differs
from eval.cli import DATA
from eval.collection import ingest_report
from eval.folder import RunFolder
from eval.markdown import PAGE, Row, front_page, markdown, replaced
from eval.measure import ingested, measure_suite, prepared
from eval.score import Summary, score
from eval.systems.choose import SYSTEMS

_ASKED = ("contains", "F1", "citation recall", "citation precision", "decision", "AUROC", "right")
_VERIFIED = ("rejection rate", "keep rate", "balanced accuracy", "AUROC", "ECE")
ROWS = (
    Row("gold", None, False, ("Success@1", "nDCG@10", "R@10", "must", *_ASKED)),
    Row("gold-plain", None, False, ("Success@1", "nDCG@10", "R@10", "must", *_ASKED)),
    Row("gold-chats", None, False, ("must", *_ASKED)),
    Row("newsdesk", 150, True, ("Success@1", "nDCG@10", "R@10", *_ASKED)),
    Row("realtimeqa", 300, False, ("article Success@1", "article R@5", "EM", "contains", "F1",
                                   "decision", "AUROC", "right")),
    Row("multihop_rag", 120, False, ("Success@1", "nDCG@10", "R@10", "EM", *_ASKED)),
    Row("clapnq", 120, False, ("Success@1", "nDCG@10", "R@10", "F1", "citation recall",
                               "citation precision", "decision", "AUROC"), taught=True),
    Row("squad2", 200, True, ("EM", *_ASKED)),
    Row("newsdesk-twins", 200, True, _ASKED),
    Row("newsdesk-stories", None, True, ("Success@1", "nDCG@10", "R@10", *_ASKED, "conflict")),
    Row("newsroom", 200, True, ("Success@1", "nDCG@10", "R@10", *_ASKED)),
    Row("newsroom-stories", None, True, ("Success@1", "nDCG@10", "R@10", "citation recall",
                                         "citation precision", "decision", "AUROC", "right")),
    Row("ramdocs", 120, False, ("contains", "F1", "decision", "conflict", "right"), taught=True),
    Row("rgb", None, False, ("contains", "F1", "decision", "conflict", "right")),
    Row("mtrag_un", 120, False, ("article Success@1", "article R@5", "F1", "decision", "AUROC",
                                 "rewritten R@5", "standalone R@5")),
    Row("mtrag_rewrites", None, False, ("article Success@1", "rewritten R@5", "standalone R@5",
                                        "rewritten RR@10", "standalone RR@10")),
    Row("inscit", 120, False, ("article Success@1", "article R@5", "F1", "decision")),
    Row("newsdesk-claims", None, True, _VERIFIED, "verify"),
    Row("newsroom-claims", None, True, _VERIFIED, "verify"),
    Row("qags", None, False, _VERIFIED, "verify"),
    Row("wice", None, False, _VERIFIED, "verify"),
    Row("polnear", None, False, ("found", "speaker", "content F1", "statement precision",
                                 "statement recall"), "attribute"),
    Row("newsdesk-statements", None, True, ("found", "speaker", "quote type"), "attribute"),
)  # fmt: skip


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/table"),
              show_default=True, help="Folder of the runs.")  # fmt: skip
@click.option("--suite", "only", multiple=True, help="Only these suites.")
@click.option(
    "--system",
    "systems",
    multiple=True,
    help="Only these are measured; others are kept where they still hold.",
)
@click.option("--jobs", default=1, show_default=True)
@click.option("--write", is_flag=True, help=f"Put the tables into {PAGE} instead of printing them.")
@click.option("--kept", is_flag=True, help="Measure nothing: take the runs that are there.")
@click.option("--front", is_flag=True, help="Print the README's table too.")
def main(
    data: Path,
    out: Path,
    only: tuple[str, ...],
    systems: tuple[str, ...],
    jobs: int,
    write: bool,
    kept: bool,
    front: bool,
) -> None:
    """Run every suite with every system and write the tables in Markdown.

    A run that is there is kept where a new one would say the same: the same cases of the same
    articles, and the same files, models and settings. Else it is removed and made anew. Figures
    are always worked out again.
    """
    known: dict[str, dict[str, Summary]] = {}
    for row in ROWS:
        if only and row.suite not in only:
            continue
        names = SYSTEMS[row.task]
        if not kept:
            names = tuple(_measured(row, data, out, systems or names, jobs))
        if found := _scored(row, out, names):
            known[row.suite] = found
    rows = {row.suite: row for row in ROWS}
    tables = {name: list(markdown(rows[name], found)) for name, found in known.items()}
    if write:
        page = replaced(PAGE.read_text(encoding="utf-8"), tables, list(rows))
        PAGE.write_text(page, encoding="utf-8")
    else:
        click.echo("\n".join(line for lines in tables.values() for line in lines))
    if front:
        click.echo("\n".join(front_page(known)))


def _measured(
    row: Row, data: Path, out: Path, systems: tuple[str, ...], jobs: int
) -> Iterator[str]:
    """Make the runs of a suite that are not there or hold no longer; yield those that then do."""
    suite = prepared(row.suite, data, limit=row.limit, dev=row.dev)

    @cache
    def report() -> Mapping[str, Any]:
        opened = ingested(suite)
        try:
            return ingest_report(opened)
        finally:
            opened.close()

    for name in SYSTEMS[row.task]:
        folder = RunFolder(out / f"{row.suite}-{name}")
        there = (folder.path / "run.json").exists()
        reason = differs(folder, suite, basis(name, row.task, report)) if there else "not there"
        if reason is None and "finished" in folder.info():
            click.echo(f"{row.suite}, {name}: kept", err=True)
        elif name in systems:
            click.echo(f"{row.suite}, {name}: measured; {reason or 'cut off'} before", err=True)
            if there and reason is not None:
                shutil.rmtree(folder.path)
            measure_suite(suite, folder.path, name=name, jobs=jobs)
        else:
            click.echo(f"{row.suite}, {name}: left out; {reason or 'cut off'}", err=True)
            continue
        yield name


def _scored(row: Row, out: Path, names: Iterable[str]) -> dict[str, Summary]:
    """Score the finished runs of a suite; those that asked something else than the first, not."""
    found: dict[str, Summary] = {}
    for name in names:
        folder = RunFolder(out / f"{row.suite}-{name}")
        if not (folder.path / "articles.jsonl").exists():
            continue
        summary, _ = score(folder)
        told: dict[str, object] = {"failed": summary.failed, "unlocated": summary.unlocated}
        if found and next(iter(found.values())).info["data"] != summary.info["data"]:
            told["left out"] = "it was asked other cases or of other articles"
        else:
            found[name] = summary
        click.echo(f"{row.suite}, {name}: {json.dumps(told)}", err=True)
    return found


if __name__ == "__main__":
    main()
