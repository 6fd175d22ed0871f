"""`dateline`: the command line. Only click is imported until a command runs."""

from __future__ import annotations

import errno
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag import (
    __version__,
    cli_archive,
    cli_chat,
    cli_collections,
    cli_keys,
    cli_statements,
    cli_verify,
)
from rag.errors import DatelineError, PackageMissing, ServerRefused

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.types import IngestReport

EXTRAS = {"ir_measures": "eval", "scipy": "eval"}
"""Modules that only some commands need, and what installs them."""
FAILED, ABSTAINED, SOME_REFUSED = 1, 3, 4


class Evaluation(click.Group):
    """The commands below `eval`, imported when one of them is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands of the evaluation."""
        return self._group().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find one of them."""
        return self._group().get_command(ctx, cmd_name)

    @staticmethod
    def _group() -> click.Group:
        from eval.cli import eval_group

        return eval_group


_WHOLE = 1000
"""Characters of a command's first sentence in the list: all of it."""


class Group(click.Group):
    """Shows our errors as one line with their code and remedy."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, each with the whole first sentence of what it does."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, command.get_short_help_str(limit=_WHOLE))
                    for name, command in commands
                    if command is not None and not command.hidden
                ]
            )

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a refusal ends it with exit code 1."""
        for stream in (sys.stdout, sys.stderr):
            # A terminal that has no “ shows "?" rather than half an answer.
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            if error.name not in EXTRAS:
                raise
            extra = EXTRAS[error.name]
            said = f"This needs the package {error.name}. Run `pip install 'dateline[{extra}]'`."
            click.echo(f"Error: {said} [{PackageMissing.code}]", err=True)
            ctx.exit(FAILED)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            click.echo(
                f"Error: The output cannot be written: {error.strerror}. [output_failed]", err=True
            )
            ctx.exit(FAILED)
        except DatelineError as error:
            code = error.server_code if isinstance(error, ServerRefused) else error.code
            click.echo(f"Error: {error} [{code}]", err=True)
            ctx.exit(FAILED)


_EPILOG = """Exit codes: 0 done, 1 failed, 2 wrong usage, 3 abstained or nothing found, 4 some input
refused. `dateline doctor --settings` lists every setting."""


@click.group(cls=Group, epilog=_EPILOG)
@click.version_option(__version__, prog_name="dateline")
@click.option(
    "--data", type=click.Path(path_type=Path), help="Data folder (DATELINE_DATA; ./data)."
)
@click.option("--collection", help="A collection of it (DATELINE_COLLECTION; its own).")
@click.pass_context
def main(ctx: click.Context, data: Path | None, collection: str | None) -> None:
    """Answer questions about a collection of news articles, each sentence with its passage.

    \b
    Examples:
      dateline ingest seeds/
      dateline ask "Why was Russia not on the US tariff list?"
      dateline search "Anchorage formula" --limit 3
      dateline serve --port 8000
    """
    ctx.obj = {"data": data, "collection": collection}


main.add_command(Evaluation("eval", help="Measure quality on suites of questions."))
for command in (
    cli_chat.chat, *cli_archive.COMMANDS, *cli_statements.COMMANDS, *cli_keys.COMMANDS,
    *cli_verify.COMMANDS, *cli_collections.COMMANDS,
):  # fmt: skip
    main.add_command(command)


def _settings(ctx: click.Context, **more: object) -> Settings:
    from rag.config import load_settings

    return load_settings(**ctx.obj, **more)


def filter_options(command: Any) -> Any:
    """Add the filters, named as in the API."""
    for option in reversed(
        (
            click.option(
                "--as-of", metavar="DATE", help="Use nothing published after this moment."
            ),
            click.option("--after", metavar="DATE", help="Published on this date or later."),
            click.option("--before", metavar="DATE", help="Published before this date."),
            click.option(
                "--outlet", "outlets", multiple=True, help="Only this outlet; repeatable."
            ),
            click.option(
                "--speaker", "speakers", multiple=True, help="Only what they say; repeatable."
            ),
        )
    ):
        command = option(command)
    return command


@main.command()
@click.argument("targets", nargs=-1, required=True)
@click.option("--map", "maps", multiple=True, metavar="FIELD=NAME,...",
              help="What records and tables call our fields; the rest is passed over.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what would be stored, and store nothing.")
@click.option("--ray", metavar="ADDRESS",
              help="Read and embed on a Ray cluster: its address, `auto`, `local`.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True,
              help="Print the report as JSON; with --dry-run one object a line.")  # fmt: skip
@click.pass_context
def ingest(
    ctx: click.Context,
    targets: tuple[str, ...],
    maps: tuple[str, ...],
    dry_run: bool,
    ray: str | None,
    as_json: bool,
) -> None:
    """Store the articles of files, folders, archives and web addresses (docs/ingest.md).

    The same article again is no work; a changed one becomes a new version. A running server sees
    what was stored at its next question. What cannot be read is listed and stops nothing.

    \b
    Examples:
      dateline ingest seeds/                          .txt .md .html .pdf in a folder
      dateline ingest archive.jsonl.gz more.csv       a record a line or a row
      dateline ingest dump.csv --map title=headline,text=body,published_at=date
      dateline ingest pages.zip backup.tar.gz         archives of all these
      dateline ingest feed.xml                        a saved RSS or Atom feed
      dateline ingest https://example.org/feed        a page, or all items of a feed
      dateline ingest export.jsonl --dry-run          look first
      dateline ingest /shared/archive --ray auto      on all machines of a Ray cluster
    """
    from rag import screen
    from rag.ingest.record import parse_mapping

    settings = _settings(ctx)
    mapping = parse_mapping(",".join(maps)) if maps else None
    if dry_run:
        from rag.ingest.load import sources
        from rag.ingest.options import Options
        from rag.ingest.preview import preview

        options = Options.of(settings, mapping=mapping)
        items = (item for target in targets for item in sources(target, options))
        refused = screen.show_preview(preview(items, settings.max_article_chars), as_json)
        ctx.exit(SOME_REFUSED if refused else 0)
    with screen.working("Opening the collection"):
        from rag.dateline import Dateline

        dateline = Dateline(settings)
    try:
        with screen.progress("Ingesting", None) as step:
            if ray is None:
                report = dateline.ingest(targets, lambda _: step(), mapping)
            else:
                from rag import bulk

                report = bulk.ingest(dateline.ingesting, targets, ray, lambda _: step(), mapping)
        cli_statements.read_few(dateline)
    finally:
        dateline.close()
    screen.show_ingest(report, as_json)
    ctx.exit(_exit_code(report))


def _exit_code(report: IngestReport) -> int:
    if not report.refused:
        return 0
    return SOME_REFUSED if report.stored else FAILED


@main.command()
@click.argument("question")
@filter_options
@click.option("--limit", type=click.IntRange(1, 20), default=None,
              help="Most sentences to quote; by default, what the question needs.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
@click.pass_context
def ask(ctx: click.Context, /, question: str, as_json: bool, **options: Any) -> None:
    """Answer QUESTION with quoted, attributed passages, or say that the articles do not.

    Uses the server on the same data folder when one runs, which is faster.

    \b
    Examples:
      dateline ask "Why was Russia not on the US tariff list?"
      dateline ask "Who will travel with Witkoff?" --json | jq .citations
      dateline ask "What did the envoy say?" --as-of 2025-03-18 --speaker Witkoff
    """
    from rag import screen

    answer = _answered(ctx, "/v1/ask", {"question": question, **options})
    screen.show_answer(answer, as_json)
    ctx.exit(ABSTAINED if answer["abstained"] else 0)


@main.command()
@click.argument("query")
@filter_options
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.pass_context
def search(ctx: click.Context, /, query: str, as_json: bool, **options: Any) -> None:
    """Find the passages nearest to QUERY, by words and by meaning.

    \b
    Examples:
      dateline search "Anchorage formula"
      dateline search "sanctions on Iran" --outlet "The Moscow Times" --json
    """
    from rag import screen

    found = _answered(ctx, "/v1/search", {"query": query, **options})
    screen.show_results(found["results"], as_json)
    ctx.exit(0 if found["results"] else ABSTAINED)


def _answered(ctx: click.Context, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Answer over HTTP when a server runs on this data, in this process otherwise."""
    from rag import remote, screen

    settings = _settings(ctx)
    body = {name: value for name, value in body.items() if value not in (None, ())}
    if url := remote.find_server(settings):
        return remote.call(url, path, body)
    with screen.working("Loading the models (`dateline serve` keeps them loaded)"):
        from rag import local

        return local.call(settings, path, body)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True,
              help="0 takes a free one.")  # fmt: skip
@click.option("--ingest", "paths", multiple=True, type=click.Path(path_type=Path),
              help="Store these articles first; repeatable.")  # fmt: skip
@click.option("--allow-open", is_flag=True,
              help="Serve other machines even without API keys.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True,
              help="Processes on one socket; each loads the models.")  # fmt: skip
@click.pass_context
def serve(
    ctx: click.Context,
    host: str,
    port: int,
    paths: tuple[Path, ...],
    allow_open: bool,
    workers: int,
) -> None:
    """Serve the API and the page until interrupted, all collections together.

    Without API keys (`dateline keys create`) only this machine is served. SIGHUP has it read the
    settings again; with several workers each is exchanged for a new one, and no request is lost.

    \b
    Examples:
      dateline serve
      dateline serve --ingest seeds --port 8080
      dateline serve --host 0.0.0.0 --workers 2
    """
    from api.server import serve as run
    from rag import screen

    settings = _settings(ctx, allow_open=allow_open or None)
    if settings.collection is not None:
        raise click.UsageError(
            "A server serves all collections: leave out --collection and DATELINE_COLLECTION."
        )
    if workers > 1:
        from api import workers as several

        given = several.variables(
            data=settings.data.absolute(), **({"allow_open": True} if allow_open else {})
        )
        several.serve(settings, host, port, workers, given, paths)
        return

    def reread() -> Settings:
        return _settings(ctx, allow_open=allow_open or None)

    run(settings, host, port, ingest=paths, on_ready=screen.show_ready, reread=reread)


@main.command()
@click.pass_context
def mcp(ctx: click.Context) -> None:
    """Serve the tools search, fetch, ask, statements, verify_quote and timeline over MCP (stdio).

    A server that runs offers the same at /mcp. In a client's configuration:

    \b
      {"mcpServers": {"dateline": {"command": "dateline", "args": ["--data", "data", "mcp"]}}}
    """
    from api.mcp_http import serve_stdio

    serve_stdio(_settings(ctx))


@main.command()
@click.option("--settings", "only_settings", is_flag=True, help="Only list the settings.")
@click.option("--deep", is_flag=True, help="Compare the index with the catalogue byte by byte.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def doctor(ctx: click.Context, only_settings: bool, deep: bool, as_json: bool) -> None:
    """Show each setting and where it came from; check models, index and database.

    \b
    Examples:
      dateline doctor
      dateline doctor --deep
      dateline doctor --settings
    """
    from rag import screen
    from rag.config import origins

    settings = _settings(ctx)
    places = origins(ctx.obj)
    if only_settings:
        screen.show_settings(settings, places, as_json)
        return
    from rag.doctor import examine

    with screen.working("Examining"):
        findings = list(examine(settings, deep=deep))
    screen.show_findings(settings, places, findings, as_json)
    ctx.exit(0 if all(finding.ok for finding in findings) else FAILED)


@main.command()
@click.option("--search", is_flag=True, help="Make the index anew from what is stored.")
@click.pass_context
def reindex(ctx: click.Context, search: bool) -> None:
    """Embed every passage anew, after DATELINE_EMBEDDER was changed."""
    from rag import screen
    from rag.config import stored

    settings = stored(_settings(ctx))
    if search:
        _fill_anew(settings)
        return
    with screen.working("Loading the models"):
        from rag.dateline import Dateline

        dateline = Dateline(settings, any_embedder=True)
    try:
        total = dateline.catalogue.counts()["passages"]
        with screen.progress("Embedding", total) as step:
            dateline.reindex(step)
    finally:
        dateline.close()
    click.echo(f"{total} passages are embedded with {dateline.embedder.fingerprint}.")


def _fill_anew(settings: Settings) -> None:
    from rag import screen

    with screen.working("Making the index anew"):
        from rag.dateline import Dateline

        dateline = Dateline(settings)
        try:
            dateline.index.rebuild()
        finally:
            dateline.close()
    click.echo(f"{len(dateline.index.words)} passages can be searched.")
