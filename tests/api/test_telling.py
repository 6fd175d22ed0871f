"""What is told in a thread arrives while the thread is still at work."""

from __future__ import annotations

import threading
from collections.abc import Callable

import anyio
import pytest

from api.telling import Told
from api.waiting import WaitingRoom
from rag.dateline import Dateline
from rag.errors import QuestionError
from rag.telling import Said, Steps, Telling, again
from rag.types import Answer

TWO = "Will Putin and Trump speak on the phone?"


@pytest.fixture(scope="module")
def answer(dateline: Dateline) -> Answer:
    found = dateline.ask(TWO)
    assert len(found.sentences) > 1
    return found


async def here() -> bool:
    return False


def slowly(answer: Answer, free: threading.Event) -> Callable[[threading.Event], Telling]:
    """Tell the first sentence, and the others once it is allowed."""

    def steps(stopped: threading.Event) -> Steps:
        first, *others = again(answer)
        yield first
        free.wait()
        if not stopped.is_set():
            yield from others
        return answer

    return lambda stopped: Telling(answer.id, steps(stopped))


def test_a_sentence_arrives_before_the_others_are_there(answer: Answer) -> None:
    free = threading.Event()

    async def go() -> None:
        told = Told(WaitingRoom(1, 0).of(here), slowly(answer, free))
        assert await told.begin() == answer.id
        items = told.follow()
        first = await anext(items)
        assert isinstance(first, Said)
        assert first.sentence == answer.sentences[0]
        free.set()
        *rest, last = [item async for item in items]
        assert [first, *rest] == list(again(answer))
        assert last == answer

    anyio.run(go)


def test_who_stops_reading_stops_the_work(answer: Answer) -> None:
    free = threading.Event()

    async def go() -> None:
        room = WaitingRoom(1, 0)
        told = Told(room.of(here), slowly(answer, free))
        await told.begin()
        items = told.follow()
        await anext(items)
        await items.aclose()  # type: ignore[attr-defined]
        free.set()
        with anyio.fail_after(5):
            while room.busy != (0, 0):
                await anyio.sleep(0.01)

    anyio.run(go)


def test_a_refusal_comes_before_the_beginning_and_a_failure_after_it(answer: Answer) -> None:
    def refuse(_: threading.Event) -> Telling:
        raise QuestionError("The question is empty.")

    def fail(_: threading.Event) -> Telling:
        def steps() -> Steps:
            yield next(again(answer))
            raise QuestionError("The question is gone.")

        return Telling(answer.id, steps())

    async def go() -> None:
        room = WaitingRoom(1, 0)
        with pytest.raises(QuestionError, match="empty"):
            await Told(room.of(here), refuse).begin()
        told = Told(room.of(here), fail)
        await told.begin()
        items = told.follow()
        assert isinstance(await anext(items), Said)
        with pytest.raises(QuestionError, match="gone"):
            await anext(items)

    anyio.run(go)
