"""The commands about who said what: statements, quotations, timelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rag.dateline import Dateline
    from rag.types import Filters

NOTHING = 3
FEW = 200
"""Articles that `ingest` reads before it ends: some twenty seconds. More are left to the server or
to `dateline statements --read`."""
_WAIT = 0.5


def time_options(command: Any) -> Any:
    """Add the filters on publication, named as in the API."""
    for option in reversed(
        (
            click.option("--as-of", metavar="DATE", help="Nothing published after this moment."),
            click.option("--after", metavar="DATE", help="Published on this date or later."),
            click.option("--before", metavar="DATE", help="Published before this date."),
            click.option(
                "--outlet", "outlets", multiple=True, help="Only this outlet; repeatable."
            ),
        )
    ):
        command = option(command)
    return command


@click.command()
@click.option("--speaker", metavar="NAME",
              help="A full name, a last name, or a role such as \"the US president\".")  # fmt: skip
@click.option("--about", metavar="WORDS", help="A subject: the nearest first, not the newest.")
@time_options
@click.option("--quote-type", type=click.Choice(["direct", "indirect", "mixed"]),
              help="Only what is said in this way.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--cursor", metavar="CURSOR", help="`next_cursor` of the page before.")
@click.option("--read", "read_now", is_flag=True,
              help="Read the articles that wait for it, and show nothing.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the page as JSON.")
@click.pass_context
def statements(ctx: click.Context, /, read_now: bool, as_json: bool, **options: Any) -> None:
    """Show who said what, when, and in which article with exact offsets.

    Without options the newest statements. Reprints of one text are one item. Exit code 3 when
    nobody said such a thing.

    \b
    Examples:
      dateline statements --speaker Peskov --about "phone call" --limit 5
      dateline statements --speaker "the US president" --after 2025-03-01 --json
      dateline statements --about tariffs --quote-type direct
      dateline statements --read
    """
    from rag import screen_statements

    if read_now:
        with _opened(ctx) as dateline:
            left = read(dateline)
        click.echo("All articles are read." if not left else f"{left} articles are still to read.")
        return
    page = _answered(ctx, "/v1/statements", options, _statements)
    screen_statements.show_statements(page, as_json)
    ctx.exit(0 if page["items"] else NOTHING)


def _statements(dateline: Dateline, given: Mapping[str, Any]) -> Any:
    return dateline.statements(
        given.get("speaker"),
        given.get("about"),
        _filters(given),
        given.get("quote_type"),
        given["limit"],
        given.get("cursor"),
    )


@click.command()
@click.argument("words")
@time_options
@click.option("--limit", type=click.IntRange(1, 50), default=10, show_default=True,
              help="Most articles; reprints are not counted.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_context
def quote(ctx: click.Context, /, words: str, as_json: bool, **options: Any) -> None:
    """Find where WORDS are printed, who says them there, and how they differ.

    Punctuation and case do not count; a changed, missing or added word in six is forgiven and
    marked; an ellipsis may stand for words. Exit code 3 when the words stand nowhere.

    \b
    Examples:
      dateline quote "an effort to achieve concrete results"
      dateline quote "there must be an effort ... as long as talks are ongoing" --json
    """
    from rag import screen_statements

    body = {"quote": words, **options}
    if isinstance(body.get("outlets"), tuple):
        body["outlets"] = list(options["outlets"])
    found = _answered(ctx, "/v1/quotes/lookup", body, _quote, post=True)
    screen_statements.show_quote(found, as_json)
    ctx.exit(0 if found["found"] else NOTHING)


def _quote(dateline: Dateline, given: Mapping[str, Any]) -> Any:
    return dateline.lookup_quote(given["quote"], _filters(given), given["limit"])


@click.command()
@click.argument("subject")
@click.option("--speaker", "speakers", metavar="NAME", multiple=True,
              help="Only what this person says; repeatable.")  # fmt: skip
@time_options
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the timeline as JSON.")
@click.pass_context
def timeline(ctx: click.Context, /, subject: str, as_json: bool, **options: Any) -> None:
    """Show what the articles tell of SUBJECT, the earliest day first.

    Statements are of the day the article names, else of its publication; events need a day in their
    sentence. What has no day, as all of the seeds, is left out and counted. Exit code 3 when
    nothing is left.

    \b
    Examples:
      dateline timeline "Istanbul talks"
      dateline timeline "Istanbul talks" --speaker Peskov
      dateline timeline "tariffs on steel" --after 2025-03-01 --limit 50 --json
    """
    from rag import screen_statements

    found = _answered(ctx, "/v1/timeline", {"q": subject, **options}, _timeline)
    screen_statements.show_timeline(found, as_json)
    ctx.exit(0 if found["entries"] else NOTHING)


def _timeline(dateline: Dateline, given: Mapping[str, Any]) -> Any:
    return dateline.timeline(given["q"], _filters(given), given["limit"])


COMMANDS = (statements, quote, timeline)


def read(dateline: Dateline) -> int:
    """Read what waits to be read, with a bar; return how many articles are left.

    Where another process is at it, its progress is shown.
    """
    import time

    from rag import screen

    waiting = dateline.attributing.statements.waiting()
    if not waiting:
        return 0
    with screen.progress("Reading who says what", waiting) as step:
        while not dateline.read_statements(step):
            left = dateline.attributing.statements.waiting()
            step(waiting - left)
            waiting = left
            time.sleep(_WAIT)
    return dateline.attributing.statements.waiting()


def read_few(dateline: Dateline) -> None:
    """Read what an ingest has stored, unless that is much; then say who will."""
    waiting = dateline.attributing.statements.waiting()
    if waiting <= FEW:
        read(dateline)
        return
    click.echo(
        f"{waiting} articles are still to be read for who says what: a running server does it "
        "in the background, `dateline statements --read` at once.",
        err=True,
    )


def _opened(ctx: click.Context) -> Any:
    from rag.cli_archive import opened

    return opened(ctx)


def _answered(
    ctx: click.Context,
    path: str,
    options: Mapping[str, Any],
    local: Callable[[Dateline, Mapping[str, Any]], Any],
    *,
    post: bool = False,
) -> dict[str, Any]:
    """Answer over HTTP when a server runs on this data, in this process otherwise."""
    from rag import remote, screen
    from rag.config import load_settings, stored

    settings = load_settings(**ctx.obj)
    given = {name: value for name, value in options.items() if value not in (None, (), [])}
    if url := remote.find_server(settings):
        return remote.call(url, path, given) if post else remote.get(url, path, given)
    with screen.working("Opening the collection (`dateline serve` keeps it open)"):
        from pydantic import TypeAdapter

        from rag.dateline import Dateline

        dateline = Dateline(stored(settings))
        try:
            found = local(dateline, given)
        finally:
            dateline.close()
        dumped: dict[str, Any] = TypeAdapter(type(found)).dump_python(found, mode="json")
    return dumped


def _filters(given: Mapping[str, Any]) -> Filters:
    from rag import moments
    from rag.types import Filters

    return Filters(
        as_of=moments.bound("as_of", given.get("as_of")),
        after=moments.bound("after", given.get("after")),
        before=moments.bound("before", given.get("before")),
        outlets=tuple(given.get("outlets", ())),
        speakers=tuple(given.get("speakers", ())),
    )
