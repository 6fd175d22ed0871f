"""Chats through the client, against a running server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import islice

import httpx
import pytest

from api.client import Client
from rag.errors import ServerRefused, ServerUnreachable
from tests.api.client.conftest import Opened

QUESTION = "Who is Kirill Dmitriev?"


def test_a_chat_is_held_listed_read_and_removed(dateline: Client) -> None:
    first = dateline.chat(QUESTION)
    again = dateline.chat("When did he visit the US?", first.chat_id, limit=1)
    assert again.chat_id == first.chat_id
    assert "Dmitriev" in again.answer.query
    other = dateline.chat(QUESTION, outlets=["No Such Paper"])
    assert other.answer.abstained

    # One on a page: the second comes by the cursor.
    newest = list(islice(dateline.chats(page_size=1), 2))
    assert [chat.id for chat in newest] == [other.chat_id, first.chat_id]
    read = dateline.read_chat(first.chat_id)
    assert [turn.answer for turn in read.turns] == [first.answer, again.answer]
    dateline.delete_chat(first.chat_id)
    dateline.delete_chat(other.chat_id)
    with pytest.raises(ServerRefused) as caught:
        dateline.read_chat(first.chat_id)
    assert caught.value.server_code == "chat_not_found"


def test_the_steps_of_an_answer_come_one_by_one(dateline: Client) -> None:
    events = list(dateline.stream_chat(QUESTION))
    kinds = [event.kind for event in events]
    assert (kinds[0], kinds[-1]) == ("query", "done")
    assert "sentence" in kinds
    turn_id = events[0].data["turn_id"]
    assert list(dateline.follow_turn(turn_id)) == events
    assert list(dateline.follow_turn(turn_id, f"{turn_id}:2")) == events[2:]
    chat = dateline.read_chat(events[0].data["chat_id"])
    assert chat.turns[0].answer.text == events[-1].data["answer"]["text"]
    dateline.delete_chat(chat.id)


def test_a_refused_stream_is_an_error_like_any_other(dateline: Client) -> None:
    with pytest.raises(ServerRefused) as caught:
        next(dateline.stream_chat("?"))
    assert caught.value.server_code == "question_invalid"
    with pytest.raises(ServerRefused) as caught:
        list(dateline.follow_turn("turn-none"))
    assert caught.value.server_code == "chat_not_found"


def test_a_stream_that_breaks_goes_on_behind_what_arrived(dateline: Client, opened: Opened) -> None:
    """The real events, over a line that is cut after every second one."""
    events = list(dateline.stream_chat(QUESTION))
    turn_id = events[0].data["turn_id"]
    base = str(_http(dateline).base_url)
    asked: list[httpx.Request] = []

    def cut(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        # What the question's own stream was is read where it can be read again.
        target = f"{base}/v1/chat/{turn_id}/events"
        last = {"last-event-id": request.headers.get("last-event-id", f"{turn_id}:0")}
        text = httpx.get(target, headers=last, timeout=60).text
        blocks = text.split("\n\n")
        end = "" if len(blocks) <= 3 else "id: half of an ev"
        return httpx.Response(
            200,
            headers={"Content-Type": "text/event-stream"},
            stream=Line(("\n\n".join(blocks[:2]) + "\n\n" + end).encode()),
        )

    client = opened("http://x", transport=httpx.MockTransport(cut))
    assert list(client.stream_chat(QUESTION)) == events
    assert [request.method for request in asked] == ["POST"] + ["GET"] * (len(asked) - 1)
    assert len(asked) >= len(events) // 2
    dateline.delete_chat(events[0].data["chat_id"])


class Line(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Sends what it has, and breaks."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
        raise httpx.ReadError("the line broke")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content
        raise httpx.ReadError("the line broke")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.client.blocking.AGAIN_SECONDS", 0)
    monkeypatch.setattr("api.client.awaiting.AGAIN_SECONDS", 0)


@pytest.mark.parametrize("content", [b"", b"id: t:1\nevent: query\ndata: {}\n\n"])
def test_a_stream_that_brings_nothing_more_is_given_up(content: bytes, opened: Opened) -> None:
    asked: list[httpx.Request] = []

    def cut(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, stream=Line(content if len(asked) == 1 else b""))

    client = opened("http://x", transport=httpx.MockTransport(cut))
    with pytest.raises(ServerUnreachable):
        list(client.stream_chat(QUESTION))
    assert len(asked) == (4 if content else 1)


@pytest.mark.parametrize("data", ["<html>", "[]", '{"query": 1}'])
def test_what_is_no_event_of_ours_is_said(data: str, opened: Opened) -> None:
    def other(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=f"event: odd\ndata: {data}\n\n")

    client = opened("http://x", transport=httpx.MockTransport(other))
    with pytest.raises(ServerUnreachable, match="no event of Dateline's"):
        list(client.stream_chat(QUESTION))


def _http(client: Client) -> httpx.Client | httpx.AsyncClient:
    return getattr(client, "_client", client).http
