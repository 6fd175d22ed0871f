"""The command that checks a text."""

from __future__ import annotations

import json
from typing import Any

import click

CONTRADICTED = 3
_MARKS = {"supported": "ok", "contradicted": "NO", "not_found": "?"}


@click.command()
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
@click.option("--against", multiple=True, type=click.Path(exists=True, dir_okay=False),
              help="Check against this text file alone; repeatable.")  # fmt: skip
@click.option("--as-of", metavar="DATE", help="Use nothing published after this moment.")
@click.option("--outlet", "outlets", multiple=True, help="Only this outlet; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
@click.pass_context
def verify(ctx: click.Context, /, file: Any, against: tuple[str, ...], as_json: bool,
           **options: Any) -> None:  # fmt: skip
    """Check the text in FILE (or stdin) sentence by sentence against the articles.

    Exit code 3 when a sentence is contradicted or nothing was found for it.

    \b
    Examples:
      dateline verify draft.txt
      echo "Peskov said the talks have ended." | dateline verify
      dateline verify summary.txt --against article.txt --json
    """
    from pathlib import Path

    from rag import remote
    from rag.config import load_settings

    settings = load_settings(**ctx.obj)
    body: dict[str, Any] = {name: value for name, value in options.items() if value}
    body["text"] = file.read()
    if against:
        body["given"] = [
            {"id": name, "text": Path(name).read_text(encoding="utf-8")} for name in against
        ]
    if url := remote.find_server(settings):
        found = remote.call(url, "/v1/verify", body)
    else:
        found = _here(settings, body)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        for item in found["sentences"]:
            _show(item)
    ctx.exit(0 if found["supported"] == len(found["sentences"]) else CONTRADICTED)


def _here(settings: Any, body: dict[str, Any]) -> dict[str, Any]:
    """Check in this process, as the server would."""
    from pydantic import TypeAdapter

    from rag import moments, screen
    from rag.config import stored
    from rag.types import Filters
    from rag.verify_types import Given, Verification

    with screen.working("Loading the models (`dateline serve` keeps them loaded)"):
        from rag.dateline import Dateline

        dateline = Dateline(settings if "given" in body else stored(settings))
    filters = Filters(
        as_of=moments.bound("as_of", body.get("as_of")), outlets=tuple(body.get("outlets", ()))
    )
    try:
        given = [Given(**item) for item in body.get("given", ())]
        checked = dateline.verify(body["text"], given, filters)
    finally:
        dateline.close()
    shown: dict[str, Any] = TypeAdapter(Verification).dump_python(checked, mode="json")
    return shown


def _show(item: dict[str, Any]) -> None:
    reason = f"  [{item['reason']}]" if item["reason"] else ""
    click.echo(f"{_MARKS[item['verdict']]:>2}  {' '.join(item['text'].split())}{reason}")
    for passage in item["passages"][:1]:
        version = f" v{passage['version']}" if passage["version"] else ""
        where = f"{passage['article_id']}{version}, {passage['start']}-{passage['end']}"
        click.echo(f"      {' '.join(passage['text'].split())[:200]}\n      {where}")


COMMANDS = (verify,)
