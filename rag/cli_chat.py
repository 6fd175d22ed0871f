"""`dateline chat`: a conversation in the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from rag.errors import DatelineError

if TYPE_CHECKING:
    from rag.config import Settings

Events = Iterator[tuple[str, Mapping[str, Any]]]
"""Kind and data of each event of an answer."""

HELP = """\
  /sources        show the passages of the last answer
  /as-of DATE     use nothing published after DATE; without DATE, everything again
  /save FILE      write this chat to FILE, as JSON or, named .md, to read
  /chats          list the chats that are kept
  /resume CHAT    go on with one of them
  /delete CHAT    remove one of them
  /new            begin another
  /quit           leave (Ctrl+D too)"""


class Line(Protocol):
    """Where the questions go: a running server or this process."""

    def ask(self, question: str, chat_id: str | None, as_of: str | None) -> Events:
        """Yield the events of the answer; raises DatelineError."""
        ...

    def chats(self) -> list[dict[str, Any]]:
        """List the chats that are kept."""
        ...

    def read(self, chat_id: str) -> dict[str, Any]:
        """Return a chat whole."""
        ...

    def delete(self, chat_id: str) -> None:
        """Remove a chat."""
        ...


@click.command()
@click.option("--resume", "chat_id", metavar="CHAT", help="Go on with this chat.")
@click.option("--as-of", metavar="DATE", help="Use nothing published after this moment.")
@click.option("--list", "listing", is_flag=True, help="List the chats that are kept.")
@click.option("--export", "exported", metavar="CHAT", help="Print this chat as JSON.")
@click.option("--delete", "deleted", metavar="CHAT", help="Remove this chat.")
@click.pass_context
def chat(
    ctx: click.Context,
    chat_id: str | None,
    as_of: str | None,
    listing: bool,
    exported: str | None,
    deleted: str | None,
) -> None:
    """Ask question after question; each may lean on what was said before.

    Uses the server on the same data folder when one runs. Lines that are piped in are asked one
    after the other.

    \b
    Examples:
      dateline chat
      dateline chat --resume chat-3f2a... --as-of 2025-03-18
      printf 'Is Witkoff going to see Putin?\\nWhen?\\nWho said that?\\n' | dateline chat
    """
    from rag import screen
    from rag.config import load_settings

    settings = load_settings(**ctx.obj)
    with connected(settings) as line:
        if listing:
            _list(line)
        elif exported is not None:
            screen.print_json(line.read(exported))
        elif deleted is not None:
            line.delete(deleted)
            click.echo(f"{deleted} is removed.")
        else:
            Conversation(line, chat_id, as_of).hold(_reader(settings))


class Conversation:
    """Reads lines, does what they say, and prints."""

    def __init__(self, line: Line, chat_id: str | None = None, as_of: str | None = None) -> None:
        self._line = line
        self._chat_id = chat_id
        self._as_of = as_of
        self._last: Mapping[str, Any] | None = None
        self._commands: dict[str, Callable[[str], None]] = {
            "help": lambda _: click.echo(HELP),
            "sources": lambda _: self._sources(),
            "as-of": self._bound,
            "save": self._save,
            "chats": lambda _: _list(self._line),
            "resume": self._resume,
            "delete": self._delete,
            "new": lambda _: self._begin(None),
        }

    def hold(self, lines: Iterator[str]) -> None:
        """Go on until the lines end; what is refused is said and stops nothing."""
        if self._chat_id:
            self._resume(self._chat_id)
        for said in lines:
            text = said.strip()
            if text in ("/quit", "/exit"):
                return
            if not text:
                continue
            try:
                self._do(text)
            except DatelineError as error:
                click.echo(f"Error: {error} [{error.code}]", err=True)
            except KeyboardInterrupt:
                click.echo("(stopped)", err=True)

    def _do(self, text: str) -> None:
        if not text.startswith("/"):
            self._ask(text)
            return
        name, _, rest = text[1:].partition(" ")
        command = self._commands.get(name)
        if command is None:
            click.echo(f"There is no /{name}. /help lists what there is.", err=True)
        else:
            command(rest.strip())

    def _ask(self, question: str) -> None:
        from rag import screen

        shown: dict[int, Mapping[str, Any]] = {}
        for kind, data in self._line.ask(question, self._chat_id, self._as_of):
            if kind == "query":
                self._chat_id = data["chat_id"]
                if data["rewritten"]:
                    screen.line(f"Understood as: {data['query']}", style="dim")
            elif kind == "sentence":
                marks = "".join(f" [{number}]" for number in data["citations"])
                screen.line(f"{data['text']}{marks}", style="bold")
            elif kind == "citation":
                shown[data["number"]] = data
            elif kind == "done":
                self._end(data["answer"], shown)

    def _end(self, answer: Mapping[str, Any], cited: Mapping[int, Mapping[str, Any]]) -> None:
        from rag import screen

        self._last = answer
        if answer["abstained"]:
            screen.line(f"{answer['text']} ({answer['reason']})", style="bold")
        for number, citation in cited.items():
            who = f" ({citation['speaker']})" if citation["speaker"] else ""
            screen.line(f"  [{number}] {screen.named(citation)}{who}", style="cyan")
        for notice in answer["notices"]:
            screen.line(f"  Note: {notice['message']}", style="yellow")

    def _sources(self) -> None:
        from rag import screen

        if self._last is None:
            click.echo("Nothing was answered yet.", err=True)
        else:
            screen.show_answer(self._last, as_json=False)

    def _bound(self, day: str) -> None:
        from rag import moments

        moments.bound("as_of", day or None)
        self._as_of = day or None
        click.echo(f"As of {day}." if day else "Everything is used again.")

    def _save(self, target: str) -> None:
        if not target or self._chat_id is None:
            click.echo("Say /save FILE, once something was answered.", err=True)
            return
        whole, path = self._line.read(self._chat_id), Path(target).expanduser()
        text = as_markdown(whole) if path.suffix == ".md" else json.dumps(whole, indent=2)
        try:
            path.write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            click.echo(f"{path} cannot be written: {error.strerror}.", err=True)
        else:
            click.echo(f"Saved to {path}.")

    def _resume(self, chat_id: str) -> None:
        from rag import screen

        whole = self._line.read(chat_id)
        self._begin(chat_id)
        for turn in whole["turns"]:
            screen.line(f"> {turn['question']}", style="green")
            screen.line(turn["answer"]["text"])
            self._last = turn["answer"]

    def _delete(self, chat_id: str) -> None:
        self._line.delete(chat_id)
        if chat_id == self._chat_id:
            self._begin(None)
        click.echo(f"{chat_id} is removed.")

    def _begin(self, chat_id: str | None) -> None:
        self._chat_id, self._last = chat_id, None


def as_markdown(whole: Mapping[str, Any]) -> str:
    """Write a chat as a page to read: questions, answers, and the quotes they rest on."""
    parts = [f"# {whole['title']}"]
    for turn in whole["turns"]:
        answer = turn["answer"]
        parts += [f"## {turn['question']}", answer["text"]]
        for item in answer["citations"]:
            place = f"{item['article_id']} v{item['version']}, {item['start']}-{item['end']}"
            about = ", ".join(p for p in (item["title"], item["outlet"]) if p)
            parts.append(f"[{item['number']}] {about} ({place})\n\n> {item['quote']}")
    return "\n\n".join(parts)


def _list(line: Line) -> None:
    for item in line.chats():
        click.echo(f"{item['used_at'][:16]}  {item['turns']:3} turns  {item['id']}")
        click.echo(f"  {item['title']}")


def _reader(settings: Settings) -> Iterator[str]:
    """Yield lines: typed with history and editing, or as they are piped in."""
    from rag import screen

    if not sys.stdin.isatty():
        for typed in sys.stdin:
            # A record of what was asked, too.
            if typed.strip():
                screen.line(f"> {typed.strip()}")
            yield typed
        return
    from prompt_toolkit import PromptSession
    from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory

    settings.data.mkdir(parents=True, exist_ok=True)
    words = [row.split()[0] for row in HELP.splitlines()]
    session: PromptSession[str] = PromptSession(
        history=FileHistory(str(settings.data / "chat-history")),
        auto_suggest=AutoSuggestFromHistory(),
        completer=WordCompleter(words, sentence=True),
    )
    click.echo("Ask about the articles. /help lists the commands, Ctrl+D leaves.")
    while True:
        try:
            yield session.prompt("> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


@contextmanager
def connected(settings: Settings) -> Iterator[Line]:
    """Open the server on this data folder, or the collection in this process."""
    from rag import remote, screen

    if server := remote.find_server(settings):
        yield Remote(server)
        return
    with screen.working("Loading the models (`dateline serve` keeps them loaded)"):
        from rag.local import Here

        line = Here(settings)
    try:
        yield line
    finally:
        line.close()


class Remote:
    """Asks a running server."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def ask(self, question: str, chat_id: str | None, as_of: str | None) -> Events:
        """Yield the events as they come; raises ServerUnreachable or ServerRefused."""
        from rag import remote

        given = {"question": question, "chat_id": chat_id, "as_of": as_of}
        body = {name: value for name, value in given.items() if value is not None}
        yield from remote.events(self._server, "/v1/chat", body)

    def chats(self) -> list[dict[str, Any]]:
        """List the chats that are kept."""
        from rag import remote

        found: list[dict[str, Any]] = remote.get(self._server, "/v1/chats", {})["items"]
        return found

    def read(self, chat_id: str) -> dict[str, Any]:
        """Return a chat whole."""
        from rag import remote

        return remote.get(self._server, f"/v1/chats/{chat_id}", {})

    def delete(self, chat_id: str) -> None:
        """Remove a chat."""
        from rag import remote

        remote.delete(self._server, f"/v1/chats/{chat_id}")
