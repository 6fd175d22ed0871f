"""The commands about API keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rag.key_types import ApiKey
    from rag.store.keys import Keys

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MOST = timedelta(days=36_500)


class Duration(click.ParamType[timedelta]):
    """A length of time such as 90d, 12h or 30m."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read it; a hundred years at most."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"(\d{1,6})([mhdw])", value)
        if match is None or (found := timedelta(**{_UNITS[match[2]]: int(match[1])})) > _MOST:
            self.fail(f"{value!r} is not a length of time such as 90d, 12h or 30m.", param, ctx)
        return found


@click.group()
def keys() -> None:
    """Make, show and end API keys. Once there is one, every request needs one.

    \b
    Examples:
      dateline keys create "newsroom page" --scope read --per-minute 60
      dateline keys create importer --scope write --expires 90d
      dateline keys rotate 1f2e3d4c --overlap 24h
      dateline keys revoke 1f2e3d4c
    """


@keys.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(["read", "write", "admin"]),
              default=("read",), show_default=True, help="What it allows; repeatable.")  # fmt: skip
@click.option("--expires", type=Duration(), help="How long it works, such as 90d; else for ever.")
@click.option("--per-minute", type=click.IntRange(0), default=0, help="Most requests; 0: any.")
@click.option("--per-day", type=click.IntRange(0), default=0, help="Most requests; 0: any.")
@click.option("--json", "as_json", is_flag=True, help="Print the key as JSON.")
@click.pass_context
def create(
    ctx: click.Context,
    name: str,
    scopes: tuple[Any, ...],
    expires: timedelta | None,
    per_minute: int,
    per_day: int,
    as_json: bool,
) -> None:
    """Make a key for NAME and print it, this once.

    `read` asks and reads, `write` stores, changes and removes articles (and reads nothing), `admin`
    does everything.
    """
    with _keys(ctx) as opened:
        key, token = opened.create(
            name, scopes, lasts=expires, per_minute=per_minute, per_day=per_day
        )
    _show_new(key, token, as_json)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
@click.pass_context
def list_keys(ctx: click.Context, as_json: bool) -> None:
    """Show every key, its limits, what it was used today (UTC), and whether it works."""
    now = datetime.now(UTC)
    with _keys(ctx) as opened:
        found, used = opened.all(), opened.used(now.date().isoformat())
    if as_json:
        rows = [{**_shown(key), "used_today": used.get(key.id, 0)} for key in found]
        click.echo(json.dumps(rows, indent=2))
        return
    for key in found:
        limits = [f"{key.per_minute}/min"] * bool(key.per_minute)
        limits += [f"{key.per_day}/day"] * bool(key.per_day)
        click.echo(
            f"{key.id}  {_state(key, now):<22} {' '.join(key.scopes):<17} "
            f"{' '.join(limits) or 'no limits':<18} {used.get(key.id, 0)} today  {key.name}"
        )
    if not found:
        click.echo("There are no keys: only this machine is served, and asked for none.")


@keys.command()
@click.argument("key_id", metavar="KEY")
@click.option("--forget", is_flag=True, help="Remove it altogether, as if it had never been.")
@click.pass_context
def revoke(ctx: click.Context, key_id: str, forget: bool) -> None:
    """Let KEY (its id) work no more; a running server knows within a second.

    Without any key left, forgotten ones aside, a server is open again on this machine.
    """
    with _keys(ctx) as opened:
        if forget:
            opened.forget(key_id)
        else:
            opened.revoke(key_id)
    click.echo(f"The key {key_id} works no more.")


@keys.command()
@click.argument("key_id", metavar="KEY")
@click.option("--overlap", type=Duration(), default="24h", show_default=True,
              help="How long the old key still works.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the new key as JSON.")
@click.pass_context
def rotate(ctx: click.Context, key_id: str, overlap: timedelta, as_json: bool) -> None:
    """Make a key like KEY (its id), which still works for a while."""
    with _keys(ctx) as opened:
        key, token = opened.rotate(key_id, overlap)
    _show_new(key, token, as_json)


@contextmanager
def _keys(ctx: click.Context) -> Iterator[Keys]:
    """Open the keys alone: neither index nor models are needed."""
    from rag.config import load_settings
    from rag.store.database import Database
    from rag.store.keys import Keys

    database = Database(load_settings(**ctx.obj).database_url)
    try:
        yield Keys(database)
    finally:
        database.close()


def _show_new(key: ApiKey, token: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**_shown(key), "key": token}, indent=2))
        return
    click.echo(token)
    click.echo(
        f"Key {key.id} ({', '.join(key.scopes)}) for {key.name}. It is shown only now: keep it.",
        err=True,
    )


def _shown(key: ApiKey) -> dict[str, Any]:
    moments = {
        name: None if (moment := getattr(key, name)) is None else moment.isoformat()
        for name in ("created_at", "expires_at", "revoked_at")
    }
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "per_minute": key.per_minute,
        "per_day": key.per_day,
        **moments,
    }


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "works"
    return f"{'until' if key.works(now) else 'expired'} {key.expires_at:%Y-%m-%d %H:%M}"


COMMANDS = (keys,)
