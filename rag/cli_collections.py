"""The commands about collections: separate archives in one service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rag.collections import Collection, Collections


class Setting(click.ParamType[tuple[str, "float | int | None"]]):
    """A setting such as min_confidence=0.3; nothing behind the sign: the service's."""

    name = "name=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float | int | None]:
        """Read it."""
        name, sign, given = str(value).partition("=")
        try:
            number = None if not given else float(given)
        except ValueError:
            number, sign = None, ""
        if not sign:
            self.fail(
                f"{value!r} is not a setting with a number, such as candidates=20.", param, ctx
            )
        return name, int(number) if number is not None and number.is_integer() else number


settings_option = click.option(
    "--set", "own", type=Setting(), multiple=True, metavar="NAME=VALUE",
    help="A setting of its own, such as min_confidence=0.3; repeatable.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


@click.group()
def collections() -> None:
    """Make, show and remove archives that share nothing but the service.

    Each has articles, answers, chats, keys and some settings of its own. Any command works on one
    with --collection; over HTTP it is at /v1/collections/NAME instead of /v1.

    \b
    Examples:
      dateline collections create press --title "Press archive" --set min_confidence=0.3
      dateline --collection press ingest press/
      dateline --collection press keys create desk --scope read
      dateline --collection press ask "Who resigned?"
      dateline collections delete press
    """


@collections.command()
@click.argument("name")
@click.option("--title", help="What people call it.")
@settings_option
@json_option
@click.pass_context
def create(
    ctx: click.Context,
    name: str,
    title: str | None,
    own: tuple[tuple[str, float | int | None], ...],
    as_json: bool,
) -> None:
    """Make an empty collection; NAME has a-z, 0-9 and dashes, 40 at most."""
    given = {key: value for key, value in own if value is not None}
    _show([_known(ctx).create(name, title, given)], as_json)


@collections.command("list")
@json_option
@click.pass_context
def list_collections(ctx: click.Context, as_json: bool) -> None:
    """Show every collection with the settings of its own."""
    found = _known(ctx).all()
    _show(found, as_json)
    if not found and not as_json:
        click.echo("There are no collections beside the service's own.")


@collections.command()
@click.argument("name")
@click.option("--title", help="What people call it.")
@settings_option
@json_option
@click.pass_context
def change(
    ctx: click.Context,
    name: str,
    title: str | None,
    own: tuple[tuple[str, float | int | None], ...],
    as_json: bool,
) -> None:
    """Give a collection another title or other settings; a running server uses them at once."""
    _show([_known(ctx).change(name, title=title, settings=dict(own))], as_json)


@collections.command()
@click.argument("name")
@click.confirmation_option(prompt="All its articles, answers and keys are removed. Go on?")
@click.pass_context
def delete(ctx: click.Context, name: str) -> None:
    """Remove a collection with all that is in it."""
    from rag import remote
    from rag.config import read_settings

    known = _known(ctx)
    known.get(name)
    settings = read_settings(data=ctx.obj["data"]).model_copy(update={"collection": None})
    if server := remote.find_server(settings):
        # It finishes what it is answering there.
        remote.delete(server, f"/v1/collections/{name}")
    else:
        known.delete(name)
    click.echo(f"The collection {name} is removed.")


def _known(ctx: click.Context) -> Collections:
    from rag.collections import Collections
    from rag.config import read_settings

    return Collections(read_settings(data=ctx.obj["data"]))


def _show(found: list[Collection], as_json: bool) -> None:
    if as_json:
        from pydantic import TypeAdapter

        from rag.collections import Collection

        rows = TypeAdapter(list[Collection]).dump_python(found, mode="json")
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for item in found:
        own = ", ".join(f"{name}={value}" for name, value in item.settings.items())
        click.echo(
            f"{item.name:<20} {item.created_at:%Y-%m-%d}  {own:<30} {item.title or ''}".rstrip()
        )


COMMANDS = (collections,)
