"""Our own clients: answers, writes and failures."""

from __future__ import annotations

import json
from typing import Any

import anyio
import httpx
import pytest

from api.client import AsyncClient, Client
from rag.errors import ServerRefused, ServerUnreachable
from rag.types import Answer
from tests.api.client.conftest import Opened

QUESTION = "Why was Russia not on the US tariff list?"
READY = {
    "articles": 5, "versions": 5, "passages": 17, "generation": 5, "models": {}, "llm": None,
    "degraded": False,
}  # fmt: skip
ARTICLE = {"id": "a b", "text": "The ferry will run on Friday, the mayor said."}


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
    assert dateline.stats().articles >= 5
    assert dateline.verify("Talks go on.", [{"text": "Talks go on."}]).supported == 1
    assert dateline.lookup_quote("No contacts like these are anywhere planned").found is False
    assert dateline.statements(limit=1).items is not None
    assert dateline.timeline("ceasefire").query == "ceasefire"
    with pytest.raises(ServerRefused, match="empty"):
        dateline.ask("?")


def test_articles_are_stored_retracted_and_removed(dateline: Client, own: str) -> None:
    article = {**ARTICLE, "id": own}
    assert dateline.add(article).count("added") == 1
    assert dateline.retract(own, "Withdrawn.").status == "retracted"
    assert dateline.reinstate(own).status != "retracted"
    job = dateline.wait(dateline.add_later(article), pause=0.1)
    assert (job.state, job.unchanged) == ("done", 1)
    dateline.delete(own)
    with pytest.raises(ServerRefused) as caught:
        dateline.article(own)
    assert caught.value.server_code == "article_not_found"


def test_a_server_that_is_being_started_is_waited_for(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.client.blocking.AGAIN_SECONDS", 0)
    monkeypatch.setattr("api.client.awaiting.AGAIN_SECONDS", 0)
    asked: list[str] = []

    def starting(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if len(asked) < 3:
            raise httpx.ConnectError("refused")
        if len(asked) < 5:
            return httpx.Response(503, json={"code": "not_ready", "detail": "Loading."})
        return httpx.Response(200, json=READY)

    dateline = opened("http://x", collection="press", transport=httpx.MockTransport(starting))
    with pytest.raises(ServerUnreachable, match="refused"):
        dateline.wait_until_ready(0)
    assert dateline.wait_until_ready().articles == 5
    assert asked == ["/readyz"] * 5


def test_a_server_that_will_not_be_ready_is_not_waited_for(opened: Opened) -> None:
    problem = {"code": "embedder_mismatch", "detail": "Another one."}
    transport, seen = respond(httpx.Response(503, json=problem))
    with pytest.raises(ServerRefused):
        opened("http://x", transport=transport).wait_until_ready()
    assert len(seen) == 1


@pytest.mark.parametrize("name", ["outlets", "speakers", "articles"])
def test_one_name_is_a_list_of_one(name: str) -> None:
    transport, seen = respond(busy("999"))
    with Client("http://x", transport=transport) as dateline, pytest.raises(ServerRefused):
        dateline.search("talks", **{name: "TASS"})  # type: ignore[arg-type]
    assert json.loads(seen[0].content)[name] == ["TASS"]


def test_a_parameter_that_is_not_there_is_no_request() -> None:
    transport, seen = respond()
    with Client("http://x", transport=transport) as dateline:
        with pytest.raises(TypeError, match="no parameter 'speakers', but about, after"):
            dateline.statements(speakers=["Peskov"])  # type: ignore[call-arg]
        with pytest.raises(TypeError, match=r"not list; .*add\(\*articles\)"):
            dateline.add([ARTICLE])  # type: ignore[arg-type]
    assert seen == []


def test_an_address_without_its_scheme_is_said() -> None:
    with Client("localhost:8000") as dateline, pytest.raises(ServerUnreachable, match="protocol"):
        dateline.stats()


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
