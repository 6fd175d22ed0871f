"""A language model's server that behaves as told: ``python -m eval.scripted --port 8081``.

It speaks OpenAI's protocol and Anthropic's. The name of the model is the script: what it writes,
or what goes wrong. ``GET /asked`` says how often each was asked. Needs nothing but Python.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

SILENCE_SECONDS = 120.0
SLOW_SECONDS = 2.0
_LINE = re.compile(r"^\[(\d+)\] \([^)]*\) (.+)$", re.MULTILINE)
_NAME = re.compile(r"\b[A-Z]\w+(?: [A-Z]\w+)+")
_PRONOUN = re.compile(r"\b(?:he|she|him|her|it|they|them)\b", re.IGNORECASE)
_ORDER = re.compile(r"<<(.+?)>>")
"""Orders planted in articles stand between these marks, so that a script can obey them."""

Sentences = dict[int, str]


def reply(*statements: tuple[str, list[int]], polarity: str = "none", none: bool = False) -> str:
    """Return a reply as Dateline asks for."""
    rows = [{"text": text, "sentences": numbers} for text, numbers in statements]
    return json.dumps({"not_stated": none, "polarity": polarity, "statements": rows})


def _honest(found: Sentences) -> str:
    return reply(*((text, [number]) for number, text in found.items()))


def _invent(found: Sentences) -> str:
    texts = (
        "Aliens landed near the Kremlin on Friday and signed a treaty with Peskov.",
        "Russia will pay 4 trillion dollars to Atlantis by 1999.",
        "The leaders agreed to nothing and everything.",
    )
    return reply(*((text, [number]) for text, number in zip(texts, found, strict=False)))


def _misquote(found: Sentences) -> str:
    """Put words into somebody else's mouth, in quotation marks and without."""
    statements = []
    for number, text in found.items():
        statements.append((f"Angela Merkel said: “{text}”", [number]))
        swapped = re.sub(r"\b(?:Peskov|Putin|Witkoff|Trump)\b", "Lavrov", text)
        statements.append((swapped, [number]))
        statements.append((f"“{text.split('.')[0]}, and I mean it,” Peskov said.", [number]))
    return reply(*statements[:8])


def _invert(found: Sentences) -> str:
    """Say the opposite, and answer yes to no."""
    turned = []
    for number, text in found.items():
        other = re.sub(r"\bnot |n't\b", "", text)
        if other == text:
            other = re.sub(r"\b(is|was|will|has|had|would)\b", r"\1 not", text, count=1)
        turned.append((other, [number]))
    negated = any(re.search(r"\bnot\b|n't\b|\bden(?:y|ied)|\bno\b", t) for t in found.values())
    return reply(*turned, polarity="yes" if negated else "no")


def _renumber(found: Sentences) -> str:
    """Change every number, name a day that was not said, and cite what was not given."""
    changed = [
        (re.sub(r"\d+", lambda m: str(int(m.group()) + 7), text) + " It was on a Sunday.", [n])
        for n, text in found.items()
    ]
    return reply(*changed, ("The articles agree.", [99]), ("Nobody knows.", []))


def _obey(found: Sentences) -> str:
    """Do whatever the passages say: repeat each planted order, and the answer it asks for."""
    orders = [order for text in found.values() for order in _ORDER.findall(text)]
    texts = [*orders, *(f"I have done as told: {order}" for order in orders)]
    statements = [(text[:590], [next(iter(found), 1)]) for text in texts[:6]]
    return reply(*statements) if statements else _honest(found)


def _cut(found: Sentences) -> str:
    """Leave the first clause or the last away."""
    cut = []
    for number, text in found.items():
        head, comma, tail = text.partition(", ")
        cut.append((f"{head}." if comma and len(head.split()) > 3 else text, [number]))
        if tail and len(tail.split()) > 5:
            cut.append((tail[0].upper() + tail[1:], [number]))
    return reply(*cut[:8])


SCRIPTS: dict[str, Callable[[Sentences], str]] = {
    "honest": _honest,
    "slow": _honest,
    "cut-clauses": _cut,
    "inventions": _invent,
    "misquotes": _misquote,
    "inverted": _invert,
    "wrong-numbers": _renumber,
    "obeys": _obey,
    "not-stated": lambda _: reply(none=True),
    "nothing": lambda _: reply(),
    "empty": lambda _: "",
    "broken-json": lambda _: '{"not_stated": false, "statements": [{"text": "Half a',
    "prose": lambda _: "Sure! Here is what I think: the moon is made of cheese.",
    "other-json": lambda _: '{"answer": "The moon is made of cheese."}',
    "deep-json": lambda _: "[" * 40_000,
    "endless": lambda _: reply(*[("x" * 590, [1])] * 8) * 40,
}
"""What is written; a name that is not here is one of TROUBLES."""


def _named(said: str, question: str) -> str:
    """Put the name that was used last for a pronoun, as a good model would."""
    names = _NAME.findall(said)
    return _PRONOUN.sub(names[-1], question, count=1) if names else question


REWORDED: dict[str, Callable[[str, str], str]] = {
    "honest": _named,
    "slow": _named,
    "inventions": lambda *_: "What did Angela Merkel tell 4 trillion people in Atlantis?",
    "inverted": lambda said, question: f"{_named(said, question).rstrip('?')} not?",
    "wrong-numbers": lambda said, question: f"{_named(said, question).rstrip('?')} in 1999?",
    "misquotes": lambda said, question: re.sub(r"\b[A-Z]\w+ ", "Lavrov ", _named(said, question)),
    "obeys": lambda said, question: next(iter(_ORDER.findall(said)), _named(said, question)),
}
"""What is made of a follow-up, of the conversation and the question; others write as ever."""
TROUBLES = ("silence", "429", "500", "401", "cut-stream", "drip", "no-choices", "not-http-json")


def _written(name: str, message: str) -> str:
    """Return what a script writes to a message of Dateline's."""
    said, last, question = message.rpartition("\nLast question: ")
    if last and name in REWORDED:
        return json.dumps({"question": REWORDED[name](said, question)[:400]})
    return SCRIPTS[name]({int(number): line for number, line in _LINE.findall(message)})


class Handler(BaseHTTPRequestHandler):
    """Answers by the script that the request's model names."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        """List the models, or say how often each was asked."""
        if self.path == "/asked":
            self._send(json.dumps(self.asked))
        else:
            names = [{"id": name, "object": "model"} for name in (*SCRIPTS, *TROUBLES)]
            self._send(json.dumps({"object": "list", "data": names}))

    def do_POST(self) -> None:
        """Reply to a chat."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        name = body["model"]
        self.asked[name] += 1
        said = body["messages"][-1]["content"]
        text = said if isinstance(said, str) else said[0]["text"]
        if name in TROUBLES:
            self._trouble(name)
            return
        if name == "slow":
            time.sleep(SLOW_SECONDS)
        written = _written(name, text)
        shape = _anthropic if self.path.endswith("/messages") else _openai
        self._send(json.dumps(shape(name, written)))

    def _trouble(self, name: str) -> None:
        whole = json.dumps(_openai(name, reply(("Half an answer.", [1]))))
        match name:
            case "429" | "500" | "401":
                self._send(json.dumps({"error": {"message": "as told"}}), int(name))
            case "no-choices":
                self._send('{"id": "x", "object": "chat.completion", "choices": []}')
            case "not-http-json":
                self._send("<html>It works!</html>")
            case "cut-stream":
                self._head(len(whole))
                self.wfile.write(whole[: len(whole) // 2].encode())
                self.close_connection = True
            case "drip":
                self._head(len(whole))
                for char in whole:
                    self.wfile.write(char.encode())
                    self.wfile.flush()
                    time.sleep(0.2)
            case "silence":
                self._head(len(whole))
                self.wfile.flush()
                time.sleep(SILENCE_SECONDS)

    def _head(self, length: int, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(length))
        self.end_headers()

    def _send(self, text: str, status: int = 200) -> None:
        body = text.encode()
        self._head(len(body), status)
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Keep quiet."""


class Server(ThreadingHTTPServer):
    """Takes many at once, and does not mind clients that leave."""

    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a connection that broke."""


def _openai(name: str, text: str) -> dict[str, Any]:
    return {
        "id": "scripted",
        "object": "chat.completion",
        "created": 0,
        "model": name,
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 23, "total_tokens": 123},
    }


def _anthropic(name: str, text: str) -> dict[str, Any]:
    return {
        "id": "scripted",
        "type": "message",
        "role": "assistant",
        "model": name,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 100, "output_tokens": 23},
    }


@contextmanager
def scripted() -> Iterator[str]:
    """Run the server in a process of its own and return its URL, without `/v1`."""
    command = [sys.executable, "-m", "eval.scripted", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            if process.stdout is None:
                raise RuntimeError("the scripted server has no output")
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def main() -> None:
    """Serve until killed; prints the URL first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    server = Server(("127.0.0.1", parser.parse_args().port), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
