"""What asking as of a day changes: ``python -m eval.as_of --data FOLDER [--limit 200]``.

Each question of a suite that has a day is asked as of it, and then of the whole collection. Told
are the citations that are published later than the day, which must be none as of it, and the
figures of both side by side: paired by question, with intervals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from eval.adapters import load_suite
from eval.cases import Case
from eval.collection import RUNS, open_collection
from eval.compare import compare
from eval.folder import RunFolder
from eval.record import Record, Reply
from eval.run import run
from eval.score import score
from eval.systems.pipeline import Pipeline
from rag.config import load_settings
from rag.dateline import Dateline

TOLD = frozenset(
    "article Success@1|article R@5|EM|F1|right|decision|citation recall|AUROC".split("|")
)


class AnyDay(Pipeline):
    """Asks the whole collection, whatever day a case has."""

    name = "dateline-any-day"

    def ask(self, case: Case) -> Reply:
        """Ask without the day."""
        return super().ask(replace(case, as_of=None))

    def rank(self, case: Case, reply: Reply) -> Reply:
        """Search without the day."""
        return super().rank(replace(case, as_of=None), reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """What a run cites from after the days of its questions."""

    cited: int
    """Citations of all answers."""
    late: int
    undated: int
    """Of articles without a date."""
    answers: int
    """Answers with a later citation."""
    questions: tuple[str, ...]
    """Their ids."""


def late(dateline: Dateline, cases: Iterable[Case], records: dict[str, Record]) -> Late:
    """Count the citations that are published after the day of their question.

    The date is that of the version cited. Raises ArticleNotFound for a citation of nothing.
    """
    cited = after = undated = 0
    questions = []
    for case in cases:
        record = records.get(case.id)
        if case.as_of is None or record is None or record.reply is None:
            continue
        dates = [
            dateline.article(item.article, item.version).published_at
            for item in record.reply.citations
        ]
        later = sum(day is not None and day > case.as_of for day in dates)
        cited += len(dates)
        undated += sum(day is None for day in dates)
        after += later
        if later:
            questions.append(case.id)
    return Late(
        cited=cited, late=after, undated=undated, answers=len(questions),
        questions=tuple(questions),
    )  # fmt: skip


def told(name: str, found: Late) -> str:
    """Say in a line what a run cites from after its questions' days."""
    return (
        f"{name}: {found.cited} citations, {found.late} published later than the day, in "
        f"{found.answers} answers; {found.undated} of articles without a date"
    )


@click.command()
@click.argument("suite", default="realtimeqa")
@click.option("--data", type=click.Path(path_type=Path), required=True)
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path),
              help="A collection that holds the suite's articles already.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), default=RUNS / "as-of", show_default=True,
              help="Folder of the two runs; those that are there go on.")  # fmt: skip
def main(suite: str, data: Path, limit: int, folder: Path | None, out: Path) -> None:
    """Ask as of the day and of the whole collection, and compare.

    Exits with 1 where an answer as of a day cites something later.
    """
    loaded = load_suite(suite, data)
    dated = tuple(case for case in loaded.cases if case.as_of is not None)
    loaded = replace(loaded, cases=dated).part(dev=False, limit=limit)
    settings = {"cached_answers": 0}
    dateline = (
        Dateline(load_settings(data=folder, **settings))
        if folder
        else open_collection(loaded, root=RUNS)
    )
    try:
        systems: Sequence[Pipeline] = (AnyDay(dateline), Pipeline(dateline))
        folders = [RunFolder(out / system.name) for system in systems]
        for system, one in zip(systems, folders, strict=True):
            run(loaded, system, one)
        found = [late(dateline, loaded.cases, one.records()) for one in folders]
    finally:
        dateline.close()
    click.echo(f"{loaded.name}: {len(loaded.cases)} questions")
    click.echo(told("of any day", found[0]))
    click.echo(told("as of the day", found[1]))
    for item in compare(score(folders[0]), score(folders[1])):
        if item.metric in TOLD:
            click.echo(
                f"{item.metric:18} n={item.n} {item.first:.3f} to {item.second:.3f}, difference "
                f"{item.difference:+.3f} [{item.low:+.3f}, {item.high:+.3f}], "
                f"p {item.corrected:.3f}"
            )
    if found[1].late:
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    main()
