"""A run over HTTP against a real server process, and what it does when a server misbehaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from eval.adapters import SUITES
from eval.cases import Case
from eval.folder import RunFolder
from eval.measure import measure
from eval.run import ask
from eval.score import score
from eval.suite import Suite, source_id
from eval.systems.pipeline import Pipeline
from eval.systems.server import Server
from rag.dateline import Dateline
from rag.errors import ArticleNotFound, ServerRefused, ServerUnreachable
from rag.types import Source, Turn
from tests.api.conftest import Running
from tests.eval.judging import case

QUESTION = "What did Peskov say about security guarantees?"


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with nothing in it."""
    begun = Running(tmp_path_factory.mktemp("server"), threads=1)
    begun.wait("/readyz")
    yield begun
    begun.stop()


@pytest.fixture(scope="session")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A second server, because more articles change the weights of words."""
    begun = Running(tmp_path_factory.mktemp("public"), threads=1)
    begun.wait("/readyz")
    yield begun
    begun.stop()


@pytest.fixture(scope="session")
def server(running: Running, gold: Suite) -> Iterator[Server]:
    opened = Server(running.url)
    assert opened.upload(gold)["refused"] == []
    yield opened
    opened.close()


def within_its_own(gold: Suite) -> Suite:
    """Ask each of a few questions of one article."""
    cases = tuple(
        case(id=f"{item.id}-{at}", question=item.question, within=(source_id(article),))
        for item in gold.sample(3).cases
        for at, article in enumerate(gold.articles[:2])
    )
    return Suite(name="own", about="", articles=gold.articles, cases=cases)


def test_a_server_gives_what_the_library_gives(server: Server, dateline: Dateline) -> None:
    over_http = ask(case(question=QUESTION), server)
    here = ask(case(question=QUESTION), Pipeline(dateline))

    assert over_http.reply is not None
    assert here.reply is not None
    assert over_http.reply.citations == here.reply.citations
    assert [item.id for item in over_http.reply.ranked] == [item.id for item in here.reply.ranked]
    for cited in over_http.reply.citations:
        assert server.text(cited.article, cited.version)[cited.start : cited.end] == cited.quote


def test_a_suite_whose_questions_have_their_own_articles_runs_over_http(
    running: Running,
    gold: Suite,
    dateline: Dateline,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    suite = within_its_own(gold)
    monkeypatch.setitem(SUITES, "own", lambda _: suite)

    folder = measure("own", tmp_path, tmp_path / "run", server=running.url, upload=True, jobs=2)

    info = folder.info()
    assert info["system"] == "server"
    assert info["ingest"]["refused"] == []
    assert {name.split("@")[0] for name in info["settings"]["models"]} >= {"embedder", "reader"}
    here = Pipeline(dateline)
    for known in suite.cases:
        reply = folder.records()[known.id].reply
        expected = ask(known, here).reply
        assert reply is not None
        assert expected is not None
        assert {item.article for item in reply.ranked} == set(known.within)
        assert reply.citations == expected.citations
        assert reply.abstained == expected.abstained
    assert score(RunFolder(tmp_path / "run"))[0].failed == 0


@pytest.mark.parametrize("name", ["squad2", "ramdocs", "rgb", "newsdesk-twins"])
def test_the_public_sets_with_their_own_articles_run_over_http(
    name: str, public: Running, data: Path, tmp_path: Path
) -> None:
    folder = measure(name, data, tmp_path / "run", server=public.url, upload=True, limit=2)

    summary, scored = score(folder)
    assert (summary.cases, summary.failed) == (2, 0)
    for item in scored:
        reply = item.judged.reply
        assert reply is not None
        assert {found.article for found in reply.ranked} <= set(item.judged.case.within)


def test_history_and_day_reach_the_server(server: Server) -> None:
    turns = (Turn(role="user", content=QUESTION),)
    early = datetime(1999, 3, 18, tzinfo=UTC)
    follow_up = Case(
        id="1", kind="chat", question="And then?", history=turns, standalone=QUESTION
    )  # fmt: skip

    record = ask(follow_up, server)
    before = ask(case(question=QUESTION, as_of=early), server)

    assert record.reply is not None
    assert "guarantees" in record.reply.query
    assert record.reply.ranked_standalone
    assert before.reply is not None
    assert before.reply.reason == "no_evidence"
    assert before.reply.ranked == ()


def test_an_article_that_cannot_be_stored_is_reported(running: Running) -> None:
    suite = Suite(
        name="s", about="", cases=(),
        articles=(Source(text="A bridge was closed.", origin="a", id="kept"),
                  Source(text=" ", origin="b", id="empty")),
    )  # fmt: skip

    server = Server(running.url)
    report = server.upload(suite)
    httpx.delete(f"{running.url}/v1/articles/kept")
    server.close()

    assert report["articles"] == 2
    assert [code for _, code in report["refused"]] == ["source_empty"]


def test_an_article_that_is_not_there_is_not_found(server: Server) -> None:
    with pytest.raises(ArticleNotFound):
        server.text("none", 3)


def test_a_filter_that_the_server_refuses_is_a_failed_case(server: Server) -> None:
    record = ask(case(question=QUESTION, within=("x",) * 51), server)

    assert record.reply is None
    assert "at most 50 items" in (record.error or "")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(429, json={"code": "slow", "detail": "x"}), ServerRefused),
        (httpx.Response(200, text="<html>"), ServerUnreachable),
    ],
)
def test_a_server_that_refuses_or_is_another_is_an_error(
    answer: httpx.Response, error: type[Exception]
) -> None:
    server = Server("http://there", httpx.MockTransport(lambda _: answer))

    with pytest.raises(error):
        server.warm()
    server.close()


def test_a_server_names_where_it_is_and_its_models(server: Server, running: Running) -> None:
    settings = server.settings()

    assert settings["url"] == running.url
    assert json.dumps(settings["models"])
