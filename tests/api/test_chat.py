from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from eval.scripted import scripted
from tests.api.conftest import Check, Running, Start

FIRST = "Why was Russia not on the US tariff list?"
KINDS = ["query", "sources", "sentence", "citation", "verification", "done"]


class Event(NamedTuple):
    id: str
    kind: str
    data: dict[str, Any]


def events(response: httpx.Response) -> Iterator[Event]:
    """Read a stream of events as they come."""
    found: dict[str, str] = {}
    for line in response.iter_lines():
        if not line and found:
            yield Event(found["id"], found["event"], json.loads(found["data"]))
            found = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            found[name] = value


def stream(
    client: httpx.Client, question: str, chat_id: str | None = None, **headers: str
) -> list[Event]:
    body = {"question": question, **({"chat_id": chat_id} if chat_id else {})}
    accept = {"accept": "text/event-stream", **headers}
    with client.stream("POST", "/v1/chat", json=body, headers=accept) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        return list(events(response))


def test_a_stream_tells_each_step(client: httpx.Client) -> None:
    found = stream(client, FIRST)
    kinds = [event.kind for event in found]
    assert list(dict.fromkeys(kinds)) == KINDS
    assert [event.id.rpartition(":")[2] for event in found] == [
        str(number) for number in range(1, len(found) + 1)
    ]
    query, sources, done = found[0].data, found[1].data["sources"], found[-1].data
    assert (query["query"], query["rewritten"]) == (FIRST, False)
    assert all(event.id.startswith(f"{query['turn_id']}:") for event in found)
    answer = done["answer"]
    assert answer["citations"][0]["article_id"] in [item["article_id"] for item in sources]
    assert [e.data for e in found if e.kind == "sentence"] == answer["sentences"]
    assert [e.data for e in found if e.kind == "citation"] == answer["citations"]
    for citation in answer["citations"]:
        article = client.get(f"/v1/articles/{citation['article_id']}").json()
        assert article["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_a_follow_up_is_understood_and_the_last_answer_is_asked_about(client: httpx.Client) -> None:
    first = client.post("/v1/chat", json={"question": FIRST}).json()
    chat = {"chat_id": first["chat_id"]}
    again = client.post("/v1/chat", json={"question": "Why not?", **chat}).json()
    assert FIRST.split()[2] in again["answer"]["query"]
    who = client.post("/v1/chat", json={"question": "Who said that?", **chat}).json()["answer"]
    assert who["short_answer"] == "Dmitry Peskov"
    assert who["query"].startswith("Who said: ")
    assert client.get(f"/v1/answers/{who['id']}").json()["answer"]["text"] == who["text"]
    whole = client.get(f"/v1/chats/{first['chat_id']}").json()
    assert [turn["question"] for turn in whole["turns"]] == [FIRST, "Why not?", "Who said that?"]
    assert whole["turns"][0]["answer"] == first["answer"]
    listed = client.get("/v1/chats").json()["items"]
    assert {"id": whole["id"], "turns": 3}.items() <= next(
        item.items() for item in listed if item["id"] == whole["id"]
    )
    assert client.delete(f"/v1/chats/{whole['id']}").status_code == 204


def test_chats_and_jobs_are_listed_in_pages(client: httpx.Client, is_problem: Check) -> None:
    for _ in range(3):
        client.post("/v1/chat", json={"question": FIRST}).raise_for_status()
        client.post("/v1/articles/batch", json=[{"id": "page", "text": "x" * 60}])
    for path in ("/v1/chats", "/v1/jobs"):
        whole = [item["id"] for item in client.get(path, params={"limit": 200}).json()["items"]]
        found: list[str] = []
        page = client.get(path, params={"limit": 1}).json()
        while len(found) < 3:
            found += [item["id"] for item in page["items"]]
            page = client.get(path, params={"limit": 1, "cursor": page["next_cursor"]}).json()
        assert found == whole[:3]
        assert client.get(path, params={"limit": 200}).json()["next_cursor"] is None
        is_problem(client.get(path, params={"cursor": "none"}), 422, "cursor_invalid")


def test_what_is_not_there_is_a_problem(client: httpx.Client, is_problem: Check) -> None:
    for response in (
        client.get("/v1/chats/chat-none"),
        client.delete("/v1/chats/chat-none"),
        client.get("/v1/chat/turn-none/events"),
        client.post("/v1/chat", json={"question": "Who?", "chat_id": "chat-none"}),
        client.post("/v1/chat", json={"question": "x"}, headers={"last-event-id": "turn-none:1"}),
    ):
        is_problem(response, 404, "chat_not_found")
    is_problem(client.post("/v1/chat", json={"question": " "}), 422, "question_invalid")
    is_problem(client.post("/v1/chat", json={"question": "Who?", "as_of": "soon"}), 422,
               "filter_invalid")  # fmt: skip
    is_problem(
        client.get("/v1/chat/turn-x/events", headers={"last-event-id": "turn-x:one"}), 422,
        "request_invalid",
    )  # fmt: skip


def test_a_stream_goes_on_behind_the_last_event(client: httpx.Client) -> None:
    found = stream(client, FIRST)
    for headers in ({"last-event-id": found[1].id},):
        again = stream(client, "ignored", **headers)
        assert again == found[2:]
    with client.stream("GET", f"/v1/chat/{found[0].data['turn_id']}/events") as response:
        assert list(events(response)) == found


@pytest.fixture(scope="module")
def llm_url() -> Iterator[str]:
    with scripted() as url:
        yield url


@pytest.fixture
def begin(start: Start, llm_url: str, seeds: Path) -> Callable[..., Running]:
    """Start a server on the seeds whose language model follows a script."""

    def begin(script: str, **settings: object) -> Running:
        running = start(
            seeds, llm="openai-like", llm_url=f"{llm_url}/v1", llm_model=script, **settings
        )
        running.wait("/readyz")
        return running

    return begin


def asked(url: str, script: str) -> int:
    return int(httpx.get(f"{url}/asked").json().get(script, 0))


def test_who_comes_back_finds_the_events_and_nothing_is_asked_twice(
    begin: Callable[..., Running], llm_url: str
) -> None:
    before = asked(llm_url, "slow")
    with httpx.Client(base_url=begin("slow").url, timeout=60) as client:
        body, accept = {"question": FIRST}, {"accept": "text/event-stream"}
        with client.stream("POST", "/v1/chat", json=body, headers=accept) as response:
            first = next(events(response))
        time.sleep(0.5)
        path = f"/v1/chat/{first.data['turn_id']}/events"
        with client.stream("GET", path, headers={"last-event-id": first.id}) as response:
            rest = list(events(response))
        assert [first.kind, *dict.fromkeys(event.kind for event in rest)] == KINDS
        assert rest[-1].data["answer"]["models"]["llm"] == "openai-like/slow"
        ready = client.get("/readyz").json()
        assert (ready["llm"]["name"], ready["degraded"]) == ("openai-like/slow", False)
        # The same again is answered from memory.
        client.post("/v1/chat", json=body).raise_for_status()
    assert asked(llm_url, "slow") == before + 1


def test_a_client_that_stays_away_stops_the_work(
    begin: Callable[..., Running], llm_url: str
) -> None:
    with httpx.Client(base_url=begin("silence", llm_seconds=300).url, timeout=60) as client:
        body, accept = {"question": FIRST}, {"accept": "text/event-stream"}
        with client.stream("POST", "/v1/chat", json=body, headers=accept) as response:
            got = events(response)
            first = next(got)
            assert next(got).kind == "sources"
        time.sleep(7)
        path = f"/v1/chat/{first.data['turn_id']}/events"
        with client.stream("GET", path) as response:
            last = list(events(response))[-1]
        assert (last.kind, last.data["code"]) == ("error", "llm_stopped")


def test_a_model_that_is_down_is_told_and_quotations_are_given(
    begin: Callable[..., Running],
) -> None:
    with httpx.Client(base_url=begin("500", llm_retries=0).url, timeout=60) as client:
        answer = client.post("/v1/ask", json={"question": FIRST}).json()
        assert answer["degraded"]
        assert not answer["abstained"]
        assert "degraded" in [notice["code"] for notice in answer["notices"]]
        ready = client.get("/readyz").json()
        assert ready["degraded"]
        assert "status 500" in ready["llm"]["trouble"]


def test_many_chats_at_once_are_not_mixed_up(client: httpx.Client, server: Running) -> None:
    questions = [FIRST, "When will Putin and Trump speak?", "What did Peskov say about Cuba?"]
    alone = {
        question: stream(client, question)[-1].data["answer"]["text"] for question in questions
    }
    found: list[tuple[str, str]] = []

    def ask(question: str) -> None:
        with httpx.Client(base_url=server.url, timeout=120) as mine:
            last = stream(mine, question)[-1]
        found.append((last.data["answer"]["question"], last.data["answer"]["text"]))

    threads = [threading.Thread(target=ask, args=(q,)) for q in questions * 8]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted((q, alone[q]) for q in questions * 8)
