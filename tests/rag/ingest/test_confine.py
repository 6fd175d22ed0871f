from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from rag.errors import SourceDamaged, SourceEmpty, SourceSlow
from rag.ingest import confine
from rag.ingest.confine import Parser
from rag.ingest.limits import Limits

LIMITS = Limits()


@pytest.fixture
def parser() -> Iterator[Parser]:
    parser = Parser()
    yield parser
    parser.close()


def markdown(parser: Parser, text: str, limits: Limits = LIMITS) -> str:
    found = parser.parse("markdown", text.encode(), "p", limits)
    return str(found["text"])


def test_one_process_serves_file_after_file(parser: Parser) -> None:
    assert markdown(parser, "One.") == "One."
    process = parser._process
    assert markdown(parser, "Two “é”.") == "Two “é”."
    assert parser._process is process


def test_a_refusal_comes_back_as_it_was(parser: Parser) -> None:
    with pytest.raises(SourceEmpty, match="No article") as caught:
        parser.parse("page", b"<html><body>x</body></html>", "p", LIMITS, charset=None, url=None)
    assert caught.value.remedy is None
    assert markdown(parser, "Still there.") == "Still there."


def test_what_takes_too_long_is_stopped_and_the_next_is_served(parser: Parser) -> None:
    attributes = b" ".join(b"a%d=1" % n for n in range(100_000))
    page = b"<html><body><p " + attributes + b">text</p></body></html>"
    with pytest.raises(SourceSlow, match="more than 2 s"):
        parser.parse("page", page, "p", Limits(seconds=2), charset=None, url=None)
    assert markdown(parser, "Next.") == "Next."


def test_what_takes_too_much_memory_is_refused_and_the_next_is_served(parser: Parser) -> None:
    page = b"<html><body>" + b"<p>a<b>c</b>" * 1_000_000
    with pytest.raises((SourceDamaged, SourceEmpty)):
        parser.parse("page", page, "p", Limits(memory_bytes=400_000_000), charset=None, url=None)
    assert markdown(parser, "Next.") == "Next."


def test_what_kills_the_process_is_refused_and_the_next_is_served(
    parser: Parser, monkeypatch: pytest.MonkeyPatch
) -> None:
    markdown(parser, "One.")
    assert parser._process is not None
    ask = Parser._ask

    def killed(self: Parser, process: object, *rest: object) -> object:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        return ask(self, process, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Parser, "_ask", killed)
    with pytest.raises(SourceDamaged, match="breaks the parser"):
        markdown(parser, "Two.")
    monkeypatch.undo()
    assert markdown(parser, "Three.") == "Three."


def test_a_process_that_ended_for_want_of_work_is_replaced(parser: Parser) -> None:
    markdown(parser, "One.")
    assert parser._process is not None
    assert parser._process.stdin is not None
    parser._process.stdin.close()
    assert parser._process.wait(10) == 0
    parser._process.stdin = open(os.devnull, "wb")  # noqa: PTH123, SIM115
    assert markdown(parser, "Two.") == "Two."


def test_a_process_is_replaced_after_many_files(
    parser: Parser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confine, "_FILES_PER_PROCESS", 1)
    markdown(parser, "One.")
    first = parser._process
    markdown(parser, "Two.")
    assert parser._process is not first


def test_whatever_a_library_raises_is_about_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    order = {"kind": "markdown", "place": "p", "more": {}}
    answer = confine._answered(order, b"\xff")
    assert answer["error"] == "SourceDamaged"
    assert "UnicodeDecodeError" in answer["message"]

    def exhausted(order: object, data: bytes) -> object:
        raise MemoryError

    monkeypatch.setattr(confine, "_parsed", exhausted)
    spent = confine._answered(order, b"")
    assert (spent["error"], spent["spent"]) == ("SourceDamaged", True)
