"""The HTTP system against a stand-in that answers with the real library's JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from eval.run import ask
from eval.suite import Suite
from eval.systems.server import Server
from rag import moments
from rag.dateline import Dateline
from rag.errors import ArticleNotFound, ServerRefused, ServerUnreachable
from rag.types import Answer, Filters, SearchResult, Turn
from tests.eval.judging import case

Seen = list[tuple[str, Any]]
QUESTION = "What did Peskov say about security guarantees?"


@pytest.fixture
def seen() -> Seen:
    return []


@pytest.fixture
def server(dateline: Dateline, seen: Seen) -> Server:
    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        seen.append((request.url.path, body))
        if request.url.path == "/v1/ask":
            turns = [Turn(**turn) for turn in body.get("history", [])]
            said = dateline.ask(body["question"], turns, _filters(body))
            return httpx.Response(200, content=TypeAdapter(Answer).dump_json(said))
        if request.url.path == "/v1/search":
            found = dateline.search(body["query"], _filters(body), body["limit"])
            dumped = TypeAdapter(list[SearchResult]).dump_python(found, mode="json")
            return httpx.Response(200, json={"results": dumped})
        name = request.url.path.removeprefix("/v1/articles/")
        if request.url.path == "/v1/articles" or name == request.url.path:
            return httpx.Response(200, json={})
        if name == "none":
            return httpx.Response(404, json={"code": "article_not_found"})
        return httpx.Response(200, json={"text": dateline.article(name).text})

    return Server("http://there/", httpx.MockTransport(answer))


def _filters(body: dict[str, Any]) -> Filters:
    as_of = body.get("as_of")
    return Filters(as_of=moments.parse(as_of) if as_of else None)


def test_a_server_gives_what_the_library_gives(server: Server, dateline: Dateline) -> None:
    from eval.systems.pipeline import Pipeline

    over_http, here = (
        ask(case(question=QUESTION), server),
        ask(case(question=QUESTION), Pipeline(dateline)),
    )

    assert over_http.reply is not None
    assert here.reply is not None
    assert over_http.reply.citations == here.reply.citations
    assert over_http.reply.ranked == here.reply.ranked
    cited = over_http.reply.citations
    assert all(server.text(c.article, c.version)[c.start : c.end] == c.quote for c in cited)


def test_history_and_day_are_sent(server: Server, seen: Seen) -> None:
    turns = (Turn(role="user", content=QUESTION),)
    day = datetime(2025, 3, 18, tzinfo=UTC)

    ask(case(question="And then?", history=turns, standalone=QUESTION, as_of=day), server)

    assert seen[0] == (
        "/v1/ask",
        {
            "question": "And then?",
            "history": [{"role": "user", "content": QUESTION}],
            "as_of": "2025-03-18T00:00:00+00:00",
        },
    )
    assert [path for path, _ in seen] == ["/v1/ask", "/v1/search", "/v1/search"]


def test_articles_are_sent_with_their_ids(server: Server, gold: Suite, seen: Seen) -> None:
    server.upload(gold)

    ((path, rows),) = seen
    assert path == "/v1/articles"
    assert {row["id"] for row in rows} == {item.name for item in gold.articles}


def test_an_article_that_is_not_there_is_not_found(server: Server) -> None:
    with pytest.raises(ArticleNotFound):
        server.text("none", 3)


@pytest.mark.parametrize(
    ("respond", "error"),
    [
        (lambda _: httpx.Response(429, json={"code": "slow", "detail": "x"}), ServerRefused),
        (lambda _: httpx.Response(200, text="<html>"), ServerUnreachable),
    ],
)
def test_a_server_that_refuses_or_is_another_is_an_error(
    respond: Callable[[httpx.Request], httpx.Response], error: type[Exception]
) -> None:
    server = Server("http://there", httpx.MockTransport(respond))

    with pytest.raises(error):
        server.warm()
    server.close()


def test_a_server_names_where_it_is(server: Server) -> None:
    server.warm()

    assert server.settings() == {"url": "http://there"}
