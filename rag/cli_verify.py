"""The command that checks a text."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from rag.errors import QuestionError

CONTRADICTED = 3
_MARKS = {"supported": "ok", "contradicted": "NO", "not_found": "?"}
WHY = {
    "quote_not_verbatim": "the words in quotation marks are not the article's",
    "number_differs": "the number is another there",
    "unit_differs": "the unit is another there",
    "date_differs": "the day or time is another there",
    "name_not_in_evidence": "the article does not have the name",
    "speaker_differs": "somebody else says it there",
    "opposite": "the article says the opposite",
    "quantifier_differs": "how much or how many of them is told otherwise",
    "denial_as_assertion": "the article reports it as denied",
    "denial_differs": "it is not denied there",
    "negation_differs": 'a "not" is there or is missing',
    "modality_differs": "there it may be so, or is planned",
    "contradicted": "the article tells otherwise",
    "not_stated": "no passage states it",
    "no_passage": "no passage is near it",
    "no_claim": "it claims nothing",
}
"""What the reasons of ``CheckedSentence`` mean."""


def _read(name: str, read: Callable[[], str]) -> str:
    """Read a text; raises QuestionError, which names the byte, where it is not UTF-8."""
    try:
        return read()
    except UnicodeDecodeError as error:
        raise QuestionError(
            f"{name} is not UTF-8: byte 0x{error.object[error.start]:02x} at offset {error.start}.",
            remedy="Save it as UTF-8.",
        ) from error


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
    body["text"] = _read(file.name, file.read)
    if against:
        body["given"] = [
            {"id": name, "text": _read(name, partial(Path(name).read_text, encoding="utf-8"))}
            for name in against
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
    from rag.language import nearest, sentences

    reason = item["reason"]
    click.echo(f"{_MARKS[item['verdict']]:>2}  {' '.join(item['text'].split())}")
    if reason:
        click.echo(f"      {WHY.get(reason, reason)} [{reason}]")
    for passage in item["passages"][:1]:
        spans = sentences(passage["text"])
        start, end = nearest(item["text"], passage["text"], spans) or (0, len(passage["text"]))
        version = f" v{passage['version']}" if passage["version"] else ""
        place = f"{passage['start'] + start}-{passage['start'] + end}"
        click.echo(f"      {' '.join(passage['text'][start:end].split())}")
        click.echo(f"      {passage['article_id']}{version}, {place}")


COMMANDS = (verify,)
