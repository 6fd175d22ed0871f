"""No operation, and no parameter of one, is forgotten in the clients."""

from __future__ import annotations

import inspect
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qs

import anyio
import httpx
import pytest

from api.app import build_app
from api.client import AsyncClient, Client
from api.idempotency import NOT, PATHS, WRITES
from rag.config import Settings
from rag.errors import ServerUnreachable
from rag.types import Job

# The official client of OpenAI's is for these; `ask` gives the whole answer.
ELSEWHERE = {"create_completion", "create_response"}
# Floats are what the client returns, and the model has one number of dimensions.
LEFT_OUT = {("create_embeddings", "encoding_format"), ("create_embeddings", "dimensions")}
# Every iterator hands it back.
CURSOR = "cursor"

DAY = date(2025, 4, 1)
FILE = Path(__file__)
JOB = Job(
    id="job-1", kind="ingest", state="running", request={}, created_at=datetime.now(UTC),
    started_at=None, finished_at=None, total=None, added=0, changed=0, unchanged=0, refused=0,
    rate=None, seconds_left=None, error_code=None, error=None,
)  # fmt: skip

CALLS: dict[str, Callable[[Client], object]] = {
    "ask": lambda c: c.ask(
        "Who?", [{"role": "user", "content": "He."}], as_of=DAY, after="2025-01-01", before=DAY,
        outlets=["TASS"], speakers=["Peskov"], articles=["a"], limit=2,
    ),
    "chat": lambda c: c.chat(
        "Who?", "chat-1", as_of=DAY, after=DAY, before=DAY, outlets=["TASS"],
        speakers=["Peskov"], articles=["a"], limit=2,
    ),
    "stream_chat": lambda c: c.stream_chat("Who?", "chat-1", limit=2),
    "follow_turn": lambda c: c.follow_turn("turn-1", "turn-1:2"),
    "chats": lambda c: c.chats(),
    "read_chat": lambda c: c.read_chat("chat-1"),
    "delete_chat": lambda c: c.delete_chat("chat-1"),
    "search": lambda c: c.search(
        "talks", 3, as_of=DAY, after=DAY, before=DAY, outlets=["TASS"], speakers=["Peskov"],
        articles=["a"],
    ),
    "verify": lambda c: c.verify(
        "Talks go on.", [{"text": "Talks."}], as_of=DAY, after=DAY, before=DAY, outlets=["TASS"],
        speakers=["Peskov"], articles=["a"],
    ),
    "statements": lambda c: c.statements(
        speaker="Peskov", about="talks", quote_type="direct", as_of=DAY, after=DAY, before=DAY,
        outlets=["TASS"], limit=2, cursor="c",
    ),
    "all_statements": lambda c: c.all_statements(speaker="Peskov"),
    "lookup_quote": lambda c: c.lookup_quote(
        "no contacts", as_of=DAY, after=DAY, before=DAY, outlets=["TASS"], limit=2
    ),
    "timeline": lambda c: c.timeline(
        "talks", as_of=DAY, after=DAY, before=DAY, outlets=["TASS"], speakers=["Peskov"], limit=2
    ),
    "embed": lambda c: c.embed("Talks.", model="m"),
    "add": lambda c: c.add({"text": "Talks."}),
    "add_later": lambda c: c.add_later({"text": "Talks."}),
    "add_files": lambda c: c.add_files(FILE),
    "add_urls": lambda c: c.add_urls("https://example.org/feed.xml"),
    "article": lambda c: c.article("a", 2),
    "articles": lambda c: c.articles(
        order="newest", status="live", as_of=DAY, after=DAY, before=DAY, outlets=["TASS"]
    ),
    "retract": lambda c: c.retract("a", "Wrong."),
    "reinstate": lambda c: c.reinstate("a"),
    "delete": lambda c: c.delete("a"),
    "outlets": lambda c: c.outlets("ga", 3),
    "speakers": lambda c: c.speakers("pe", 3),
    "jobs": lambda c: c.jobs(),
    "job": lambda c: c.job("job-1"),
    "job_items": lambda c: c.job_items("job-1", "refused"),
    "follow_job": lambda c: c.follow_job("job-1"),
    "cancel_job": lambda c: c.cancel_job("job-1"),
    "wait": lambda c: c.wait(JOB, pause=0),
    "answers": lambda c: c.answers("a", affected=True),
    "answer": lambda c: c.answer("ans-1"),
    "references": lambda c: c.references("ans-1", "apa", "html"),
    "feedback": lambda c: c.feedback("ans-1", "wrong", comment="No.", expected="X.", citation=1),
    "opinions": lambda c: c.opinions(),
    "collections": lambda c: c.collections(),
    "collection": lambda c: c.collection("press"),
    "create_collection": lambda c: c.create_collection("press", "Press", {"chat_days": 3}),
    "change_collection": lambda c: c.change_collection("press", "Press", {"chat_days": 3}),
    "delete_collection": lambda c: c.delete_collection("press"),
    "audit": lambda c: c.audit(),
    "stats": lambda c: c.stats(),
    "evaluation": lambda c: c.evaluation(),
    "models": lambda c: c.models(),
    "model": lambda c: c.model("dateline"),
    "alive": lambda c: c.alive(),
    "ready": lambda c: c.ready(),
    "wait_until_ready": lambda c: c.wait_until_ready(0),
}  # fmt: skip


class Operation(NamedTuple):
    """One operation of the document."""

    id: str
    method: str
    path: re.Pattern[str]
    named: int
    """How many segments of the path are parameters."""
    parameters: set[str]


@pytest.fixture(scope="module")
def operations() -> list[Operation]:
    document = build_app(Settings()).openapi()
    found = []
    for path, described in document["paths"].items():
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
        for method, operation in described.items():
            parameters = {
                each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
            }
            for content in operation.get("requestBody", {}).get("content", {}).values():
                name = content["schema"].get("$ref", "").rpartition("/")[2]
                schema = document["components"]["schemas"].get(name, {})
                parameters |= set(schema.get("properties", ()))
            found.append(
                Operation(
                    operation["operationId"], method.upper(), pattern, path.count("{"), parameters
                )
            )
    assert len(found) > 40
    return found


def methods(client: type[Client | AsyncClient]) -> dict[str, Callable[..., object]]:
    return {
        name: method
        for name, method in inspect.getmembers(client, inspect.isfunction)
        if not name.startswith("_") and name != "close"
    }


def recording(seen: list[httpx.Request]) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        raise httpx.ConnectError("nobody is here")

    return httpx.MockTransport(handle)


def sent(name: str) -> httpx.Request:
    """Return the request that a method sends first."""
    seen: list[httpx.Request] = []
    with (
        Client("http://x", transport=recording(seen)) as client,
        pytest.raises(ServerUnreachable),
    ):
        found = CALLS[name](client)
        next(cast("Iterator[object]", found))
    (request,) = seen
    return request


def sent_by_asyncio(name: str) -> httpx.Request:
    """Return the request that the same method of the other client sends."""
    seen: list[httpx.Request] = []

    async def talk() -> None:
        async with AsyncClient("http://x", transport=recording(seen)) as client:
            found: Any = CALLS[name](cast("Client", client))
            with pytest.raises(ServerUnreachable):
                await (anext(found) if hasattr(found, "__anext__") else found)

    anyio.run(talk)
    (request,) = seen
    return request


def named(request: httpx.Request) -> set[str]:
    """Return the names of the parameters that a request carries."""
    found = set(parse_qs(request.url.query.decode(), keep_blank_values=True))
    kind = request.headers.get("content-type", "")
    body = request.read()
    if kind == "application/json":
        given = json.loads(body)
        found |= set(given) if isinstance(given, dict) else set()
    elif kind.startswith("multipart/"):
        found |= set(re.findall(r'; name="(\w+)"', body.decode()))
    return found


def meant(request: httpx.Request, operations: list[Operation]) -> Operation:
    fitting = [
        each
        for each in operations
        if each.method == request.method and each.path.fullmatch(request.url.path)
    ]
    assert fitting, f"{request.method} {request.url.path} is no operation"
    return min(fitting, key=lambda each: each.named)


def test_every_operation_has_a_method(operations: list[Operation]) -> None:
    assert set(CALLS) == set(methods(Client)), "each method has its line in this table"
    called = {meant(sent(name), operations).id for name in CALLS}
    assert {each.id for each in operations} - called == ELSEWHERE


def test_every_parameter_can_be_given(operations: list[Operation]) -> None:
    given: dict[str, set[str]] = defaultdict(set)
    for name in CALLS:
        request = sent(name)
        given[meant(request, operations).id] |= named(request)
    left_out = {
        (each.id, parameter)
        for each in operations
        if each.id not in ELSEWHERE
        for parameter in each.parameters - given[each.id] - {CURSOR}
    }
    assert left_out == LEFT_OUT
    unknown = {
        (each.id, parameter)
        for each in operations
        if each.parameters
        for parameter in given[each.id] - each.parameters
    }
    assert unknown == set()


def test_both_clients_have_the_same_methods() -> None:
    blocking, awaiting = methods(Client), methods(AsyncClient)
    assert set(blocking) == set(awaiting)
    for name, method in blocking.items():
        other = awaiting[name]
        assert inspect.signature(method).parameters == inspect.signature(other).parameters, name
        assert method.__doc__ == other.__doc__


@pytest.mark.parametrize("name", CALLS)
def test_both_clients_send_the_same(name: str) -> None:
    one, other = sent(name), sent_by_asyncio(name)
    assert (one.method, one.url) == (other.method, other.url)
    # Each upload has a boundary, each write a key of its own.
    unlike = {"idempotency-key", "content-type", "content-length"}
    assert {k: v for k, v in one.headers.items() if k not in unlike} == {
        k: v for k, v in other.headers.items() if k not in unlike
    }
    assert ("idempotency-key" in one.headers) == ("idempotency-key" in other.headers)
    assert named(one) == anyio.run(_named_later, other)


@pytest.mark.parametrize("name", CALLS)
def test_writes_carry_a_key_that_lets_them_be_sent_again(name: str) -> None:
    request = sent(name)
    path = request.url.path
    taken = path.startswith(PATHS) and path not in NOT and request.method in WRITES
    # A name exists once: the server looks at no key then.
    taken = taken and name != "create_collection"
    assert ("idempotency-key" in request.headers) == taken


async def _named_later(request: httpx.Request) -> set[str]:
    await request.aread()
    return named(request)
