"""The commands that keep a collection: correct, trace, back up, hand on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rag.dateline import Dateline
    from rag.types import Backup, ListedArticle


@contextmanager
def opened(ctx: click.Context) -> Iterator[Dateline]:
    """Open the collection of the command, and close it."""
    from rag import screen
    from rag.config import load_settings, stored

    settings = stored(load_settings(**ctx.obj))
    with screen.working("Opening the collection"):
        from rag.dateline import Dateline

        dateline = Dateline(settings)
    try:
        yield dateline
    finally:
        dateline.close()


def _json(value: Any) -> None:
    from pydantic import TypeAdapter

    click.echo(TypeAdapter(type(value)).dump_json(value, indent=2).decode())


@click.command()
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--cursor", help="Go on where the last list ended; it names this.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def articles(ctx: click.Context, limit: int, cursor: str | None, as_json: bool) -> None:
    """List the articles by id, with date, outlet and headline.

    \b
    Examples:
      dateline articles
      dateline articles --limit 200 --json
    """
    with opened(ctx) as dateline:
        page = dateline.articles(limit, cursor)
    if as_json:
        return _json(page)
    from rag import screen

    for item in page.items:
        day = f"{item.published_at:%Y-%m-%d}" if item.published_at else "no date   "
        state = "" if item.status == "live" else f"  ({item.status})"
        screen.line(f"{day}  {item.id}{state}\n  {item.title}" + _told_by(item))
    if page.next_cursor:
        click.echo(f"More: --cursor {page.next_cursor}")
    click.echo(f"{page.total:,} articles")
    return None


def _told_by(item: ListedArticle) -> str:
    """Return where an article is from, as far as it is known."""
    reprints = f"and {item.reprints} more" if item.reprints else ""
    known = " ".join(part for part in (item.outlet or "", reprints) if part)
    return f"\n  {known}" if known else ""


@click.command()
@click.argument("article_id")
@click.option("--note", required=True, help="Why; shown wherever the article is read.")
@click.pass_context
def retract(ctx: click.Context, article_id: str, note: str) -> None:
    """Take an article out of every later answer; it stays readable, with the reason.

    \b
    Examples:
      dateline retract 004_55e2c02903bf544b --note "The outlet withdrew the story."
      dateline answers --affected-by 004_55e2c02903bf544b
    """
    with opened(ctx) as dateline:
        dateline.retract(article_id, note)
    click.echo(f"{article_id} is retracted; no answer uses it any more.")


@click.command()
@click.argument("article_id")
@click.pass_context
def reinstate(ctx: click.Context, article_id: str) -> None:
    """Let answers use a retracted article again.

    \b
    Example:
      dateline reinstate 004_55e2c02903bf544b
    """
    with opened(ctx) as dateline:
        dateline.reinstate(article_id)
    click.echo(f"{article_id} is used again.")


@click.command()
@click.option("--affected", is_flag=True, help="Only those whose sources changed since.")
@click.option("--affected-by", metavar="ARTICLE", help="Only those that cite an old version of it.")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def answers(
    ctx: click.Context, affected: bool, affected_by: str | None, limit: int, as_json: bool
) -> None:
    """List the answers that were given, the newest first, and which of their sources changed.

    \b
    Examples:
      dateline answers
      dateline answers --affected --json
    """
    with opened(ctx) as dateline:
        page = dateline.answers.page(limit, affected_by=affected_by, affected=affected)
    if as_json:
        return _json(page)
    for item in page.items:
        said = "abstained" if item.abstained else "answered"
        click.echo(f"{item.asked_at:%Y-%m-%d %H:%M}  {said}  {item.id}\n  {item.question}")
        for change in item.affected:
            note = f": {change.note}" if change.note else ""
            click.echo(f"  {change.article_id} v{change.version} was {change.became}{note}")
    return None


@click.command()
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@click.option("--cancel", metavar="JOB", help="Ask this job to stop.")
@click.option("--refused", metavar="JOB", help="List what this job could not store, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_context
def jobs(
    ctx: click.Context, limit: int, cancel: str | None, refused: str | None, as_json: bool
) -> None:
    """List the server's jobs, the newest first; cancel one, or see what it refused.

    \b
    Examples:
      dateline jobs
      dateline jobs --refused job-3f2a... --json
    """
    with opened(ctx) as dateline:
        if refused is not None:
            items = dateline.jobs.items(refused, limit, outcome="refused")
            if as_json:
                click.echo(json.dumps([_plain(item) for item in items], indent=2))
                return
            for item in items:
                click.echo(f"{item.origin}: {item.message} [{item.code}]")
            return
        found = [dateline.jobs.cancel(cancel)] if cancel else dateline.jobs.newest(limit)
    if as_json:
        click.echo(json.dumps([_plain(job) for job in found], indent=2))
        return
    for job in found:
        total = f" of {job.total}" if job.total is not None else ""
        click.echo(
            f"{job.created_at:%Y-%m-%d %H:%M}  {job.state:9}  {job.done}{total} done, "
            f"{job.refused} refused  {job.id}" + (f"\n  {job.error}" if job.error else "")
        )


def _plain(value: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(type(value)).dump_python(value, mode="json")


@click.command()
@click.pass_context
def work(ctx: click.Context) -> None:
    """Do the jobs of servers that share a catalogue in PostgreSQL, until interrupted.

    \b
    Example:
      DATELINE_DATABASE=postgresql+psycopg://dateline@db/dateline dateline work
    """
    import signal
    from threading import Event

    from rag.working import Worker

    over = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: over.set())
    with opened(ctx) as dateline:
        spool = dateline.settings.data / "uploads"
        worker = Worker(dateline.jobs, dateline.ingesting, spool, dateline.uploads)
        worker.start()
        click.echo("Waiting for jobs.", err=True)
        try:
            over.wait()
        finally:
            worker.stop()


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was saved as JSON.")
@click.pass_context
def backup(ctx: click.Context, target: Path, as_json: bool) -> None:
    """Save the collection in one file, TARGET; servers and ingests may go on meanwhile.

    \b
    Example:
      dateline backup /safe/dateline-$(date +%F).tar
    """
    from rag import screen
    from rag.config import load_settings
    from rag.errors import BackupImpossible
    from rag.store import backup as backups

    settings = load_settings(**ctx.obj)
    if settings.database is not None:
        raise BackupImpossible(
            "The catalogue is not in the data folder.",
            remedy="Use its tool, `pg_dump --format=custom` and `pg_restore`: the index is made "
            "anew. `dateline migrate --to FOLDER` makes a collection in a folder of it.",
        )
    with screen.progress("Copying", None) as step:
        last = 0

        def show(done: int, _total: int) -> None:
            nonlocal last
            step(done - last)
            last = done

        made = backups.backup(settings.data, target, show)
    _show_backup("Saved", made, as_json)


@click.command()
@click.argument("archive", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was restored as JSON.")
@click.pass_context
def restore(ctx: click.Context, archive: Path, as_json: bool) -> None:
    """Make a data folder from a backup; the folder must be new or empty.

    \b
    Example:
      dateline --data restored restore /safe/dateline-2026-01-31.tar
    """
    from rag import screen
    from rag.config import load_settings
    from rag.errors import BackupImpossible
    from rag.store import backup as backups

    settings = load_settings(**ctx.obj)
    if settings.database is not None:
        raise BackupImpossible(
            "A backup is restored into a data folder, and the catalogue is not in one.",
            remedy="Unset DATELINE_DATABASE, restore, then `dateline migrate --to URL`; a dump of "
            "a database goes back with its `pg_restore`.",
        )
    with screen.working("Restoring"):
        made = backups.restore(archive, settings.data)
    _show_backup("Restored", made, as_json)


def _show_backup(verb: str, made: Backup, as_json: bool) -> None:
    if as_json:
        return _json(made)
    index = "with" if made.with_index else "without"
    click.echo(
        f"{verb} {made.articles} articles, generation {made.generation}, {index} the index: "
        f"{made.path}, {made.bytes / 1e6:.1f} MB."
    )
    return None


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--standing", is_flag=True, help="Add version, status and note; retracted ones too.")
@click.pass_context
def export(ctx: click.Context, target: Path, standing: bool) -> None:
    """Write the articles to TARGET, a .jsonl or .parquet file that `dateline ingest` reads.

    \b
    Examples:
      dateline export articles.jsonl
      dateline export articles.parquet --standing
    """
    from rag import screen
    from rag.export import export as write

    with opened(ctx) as dateline, screen.progress("Exporting", None) as step:
        last = 0

        def show(done: int, _total: int) -> None:
            nonlocal last
            step(done - last)
            last = done

        count = write(dateline, target, standing=standing, progress=show)
    click.echo(f"Wrote {count} articles to {target}.")


@click.command()
@click.option("--to", "target", required=True, metavar="URL|FOLDER",
              help="The database's URL, or a new data folder for SQLite.")  # fmt: skip
@click.option("--vectors", help="Where the copy's passages are searched: faiss or milvus://...")
@click.option("--questions", "path", type=click.Path(path_type=Path),
              help="Ask both these (a line each, or JSONL); default: the last ones.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print what was copied and compared as JSON.")
@click.pass_context
def migrate(
    ctx: click.Context, target: str, vectors: str | None, path: Path | None, as_json: bool
) -> None:
    """Copy the collection to other stores while it is served, and compare the two.

    Every row is compared, the new index is checked against its catalogue, and both are asked the
    same questions. Stopped halfway it goes on when it is run again; run again later, it brings what
    was stored since. Serve from the copy once nobody writes here any more.

    \b
    Examples:
      dateline migrate --to postgresql+psycopg://dateline@db/dateline
      dateline migrate --to postgresql+psycopg://dateline@db/dateline --vectors milvus://db:19530
      DATELINE_DATABASE=postgresql+psycopg://... dateline migrate --to back/ --vectors faiss
    """
    from rag import moving, screen
    from rag.config import load_settings

    settings = load_settings(**ctx.obj)
    questions = None if path is None else moving.questions_in(path)
    to = moving.target_of(settings, target, vectors)
    with screen.steps("Copying and comparing") as show:
        copied = moving.copy(settings, to, show)
    with screen.working("Building the index and asking both"):
        moved = moving.check(settings, to, copied, questions)
    if as_json:
        _json(moved)
    else:
        click.echo(
            f"{copied.rows['article']} articles and {copied.rows['passage']} passages, generation "
            f"{copied.generation}, are in {target}; {copied.written} rows were written, and all "
            "are the same."
        )
        click.echo(f"{moved.asked - len(moved.different)} of {moved.asked} answers are the same.")
        for question in moved.different:
            click.echo(f"  another answer: {question}")
        if moved.behind:
            click.echo(f"{moved.behind} writes came meanwhile: run it again.")
    ctx.exit(0 if not moved.different else 1)


COMMANDS = (migrate, articles, retract, reinstate, answers, jobs, work, backup, restore, export)
