"""Our own client, against a running server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest

from api.client import AsyncClient, Client
from rag.errors import ServerRefused, ServerUnreachable
from rag.types import Answer
from tests.api.conftest import Running

QUESTION = "Why was Russia not on the US tariff list?"
ARTICLE = {"id": "a b", "text": "The ferry will run on Friday, the mayor said."}


@pytest.fixture
def dateline(server: Running) -> Iterator[Client]:
    with Client(server.url) as opened:
        yield opened


def test_answers_come_as_our_own_types(dateline: Client) -> None:
    answer = dateline.ask(QUESTION, limit=1)
    assert isinstance(answer, Answer)
    (citation, *_) = answer.citations
    article = dateline.article(citation.article_id, citation.version)
    assert article.text[citation.start : citation.end] == citation.quote
    assert dateline.answer(answer.id).question == QUESTION
    assert dateline.feedback(answer.id, "right", comment="Yes.").comment == "Yes."
    assert dateline.search("Anchorage formula", limit=2)[0].passage.text
    assert dateline.ask(QUESTION, outlets=["No Such Paper"]).abstained
    follow_up = [{"role": "user", "content": "Who is Kirill Dmitriev?"}]
    assert "Dmitriev" in dateline.ask("When did he visit the US?", follow_up).query
    assert len(list(dateline.articles())) >= 5
    assert dateline.stats()["articles"] >= 5
    assert dateline.verify("Talks go on.", [{"text": "Talks go on."}]).supported == 1
    assert dateline.lookup_quote("No contacts like these are anywhere planned").found is False
    assert dateline.statements(limit=1).items is not None
    assert dateline.timeline("ceasefire").query == "ceasefire"


def test_articles_are_stored_retracted_and_removed(dateline: Client) -> None:
    article = {**ARTICLE, "id": "client-ferry"}
    assert dateline.add(article).count("added") == 1
    assert dateline.retract("client-ferry", "Withdrawn.").status == "retracted"
    assert dateline.reinstate("client-ferry").status != "retracted"
    job = dateline.wait(dateline.add_later(article), pause=0.1)
    assert (job.state, job.unchanged) == ("done", 1)
    dateline.delete("client-ferry")
    with pytest.raises(ServerRefused) as caught:
        dateline.article("client-ferry")
    assert caught.value.server_code == "article_not_found"


def test_the_same_for_asyncio(server: Running) -> None:
    async def talk() -> None:
        async with AsyncClient(server.url) as dateline:
            answer = await dateline.ask(QUESTION)
            assert answer.citations
            assert (await dateline.answer(answer.id)).id == answer.id
            assert (await dateline.feedback(answer.id, "wrong")).verdict == "wrong"
            assert await dateline.search("ceasefire", limit=1)
            assert [item.id async for item in dateline.articles()]
            assert (await dateline.stats())["passages"]
            article = {**ARTICLE, "id": "async-ferry"}
            assert (await dateline.add(article)).count("added") == 1
            assert (await dateline.retract("async-ferry", "Out.")).status == "retracted"
            assert (await dateline.reinstate("async-ferry")).id == "async-ferry"
            job = await dateline.wait(await dateline.add_later(article), pause=0.1)
            assert job.ended
            assert (await dateline.article("async-ferry")).version == 1
            await dateline.delete("async-ferry")
            checked = await dateline.verify("Talks go on.", [{"text": "Talks go on."}])
            assert checked.supported == 1
            assert (await dateline.lookup_quote("no such words at all")).found is False
            assert (await dateline.statements(limit=1)).items is not None
            assert (await dateline.timeline("talks")).query == "talks"
            with pytest.raises(ServerRefused, match="empty"):
                await dateline.ask("?")

    anyio.run(talk)


def respond(*responses: httpx.Response) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    seen: list[httpx.Request] = []
    left = list(responses)

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return left.pop(0)

    return httpx.MockTransport(handle), seen


def busy(retry: str = "0") -> httpx.Response:
    problem = {"code": "overloaded", "detail": "Busy.", "remedy": "Wait."}
    return httpx.Response(503, json=problem, headers={"Retry-After": retry})


STORED = {"stored": [], "refused": []}


def test_who_is_turned_away_comes_again_with_the_same_key() -> None:
    transport, seen = respond(busy(), busy(), httpx.Response(200, json=STORED))
    with Client("http://x", key="dl_k", transport=transport) as dateline:
        dateline.add(ARTICLE)
    assert len({request.headers["idempotency-key"] for request in seen}) == 1
    assert seen[0].headers["authorization"] == "Bearer dl_k"

    async def talk() -> None:
        transport, seen = respond(busy(), httpx.Response(200, json=STORED))
        async with AsyncClient("http://x", transport=transport) as dateline:
            await dateline.add(ARTICLE)
        assert len(seen) == 2

    anyio.run(talk)


@pytest.mark.parametrize("waits", [[busy()] * 9, [busy("999")], [busy("soon")]])
def test_at_some_time_it_gives_up(waits: list[httpx.Response]) -> None:
    transport, seen = respond(*waits)
    with (
        Client("http://x", transport=transport) as dateline,
        pytest.raises(ServerRefused) as caught,
    ):
        dateline.stats()
    assert caught.value.server_code == "overloaded"
    assert len(seen) <= 4


def test_an_id_is_one_segment_of_the_path() -> None:
    transport, seen = respond(httpx.Response(204))
    with Client("http://x", transport=transport) as dateline:
        dateline.delete("../a/b?c")
    assert seen[0].url.raw_path == b"/v1/articles/..%2Fa%2Fb%3Fc"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"text": 1}),
        httpx.Response(500, text="<html>"),
        httpx.Response(404, json=[]),
    ],
)
def test_what_is_no_dateline_server_is_said(answer: Any) -> None:
    transport, _ = respond(answer)
    with Client("http://x", transport=transport) as dateline, pytest.raises(ServerUnreachable):
        dateline.ask("Who?")


def test_no_server_is_said() -> None:
    with Client("http://127.0.0.1:1") as dateline, pytest.raises(ServerUnreachable):
        dateline.stats()

    async def talk() -> None:
        async with AsyncClient("http://127.0.0.1:1") as dateline:
            with pytest.raises(ServerUnreachable):
                await dateline.stats()

    anyio.run(talk)
