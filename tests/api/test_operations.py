"""Feedback, numbers, metrics, ETags, sparse fields, idempotency keys."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from api.app import build_app
from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import CatalogueError
from tests.api.conftest import Check
from tests.rag.store.test_evaluations import FOUND

QUESTION = {"question": "Why was Russia not on the US tariff list?"}
ARTICLE = {"id": "ferry", "text": "The ferry will run on Friday, the mayor said."}


@pytest.fixture
def local(tmp_path: Path) -> Iterator[TestClient]:
    """A collection of its own, in this process."""
    opened = Dateline(Settings(data=tmp_path, reader="overlap"))
    app = build_app(opened.settings, opened)
    with TestClient(app) as client:
        app.state.service.wait()
        yield client
    opened.close()


def test_an_opinion_is_kept_with_its_answer(client: httpx.Client, is_problem: Check) -> None:
    answer = client.post("/v1/ask", json=QUESTION).json()
    opinion = {
        "answer_id": answer["id"], "verdict": "incomplete", "comment": "It leaves out why.",
        "expected": "There is no trade.", "citation": 1,
    }  # fmt: skip
    kept = client.post("/v1/feedback", json=opinion)
    assert kept.status_code == 201
    (first, *_) = client.get("/v1/feedback", params={"limit": 1}).json()["items"]
    assert first == kept.json()
    assert opinion.items() <= first.items()
    assert first["answer"] == answer
    assert first["question"] == QUESTION["question"]
    later = client.post("/v1/feedback", json={"answer_id": answer["id"], "verdict": "right"})
    page = client.get("/v1/feedback", params={"limit": 1}).json()
    assert page["items"] == [later.json()]
    more = client.get("/v1/feedback", params={"cursor": page["next_cursor"]}).json()
    assert first in more["items"]
    assert client.get("/v1/stats").json()["feedback"]["right"] >= 1

    is_problem(client.post("/v1/feedback", json=opinion | {"citation": 99}), 422, "input_invalid")
    is_problem(
        client.post("/v1/feedback", json=opinion | {"answer_id": "none"}), 404, "answer_not_found"
    )
    for cursor in ("eA==", "?"):
        response = client.get("/v1/feedback", params={"cursor": cursor})
        is_problem(response, 422, "cursor_invalid")


def test_outlets_and_speakers_are_listed_to_choose_from(local: TestClient) -> None:
    assert local.get("/v1/outlets").json() == {"items": []}
    article = ARTICLE | {"outlet": "The Harbour Gazette", "text": "Ana Ruiz said it is late."}
    assert local.post("/v1/articles", json=article).status_code == 201
    local.app.state.service.dateline.read_statements()  # type: ignore[attr-defined]
    outlets = local.get("/v1/outlets", params={"q": "harb"}).json()["items"]
    assert outlets == [{"name": "The Harbour Gazette", "count": 1}]
    speakers = local.get("/v1/speakers", params={"q": "ruiz", "limit": 1}).json()["items"]
    assert speakers == [{"name": "Ana Ruiz", "count": 1}]
    assert local.get("/v1/speakers", params={"q": "uiz"}).json() == {"items": []}
    for wrong in ({"limit": 101}, {"q": "x" * 201}):
        for path in ("/v1/outlets", "/v1/speakers"):
            assert local.get(path, params=wrong).status_code == 422


def test_the_last_evaluation_is_read_as_it_was_kept(local: TestClient) -> None:
    assert local.get("/v1/evaluation").json() == {"evaluation": None}
    local.app.state.service.dateline.evaluations.keep(FOUND)  # type: ignore[attr-defined]
    shown = local.get("/v1/evaluation").json()["evaluation"]
    assert shown["started"] == "2025-03-18T09:30:00Z"
    assert shown["figures"][0] == {
        "metric": "right", "value": 0.64, "low": 0.56, "high": 0.71, "n": 166,
    }  # fmt: skip


def test_numbers_and_metrics_count_what_was_done(local: TestClient) -> None:
    assert local.get("/v1/stats").json()["articles"] == 0
    assert local.post("/v1/articles", json=ARTICLE).status_code == 201
    assert local.post("/v1/ask", json={"question": "When will the ferry run?"}).is_success
    assert local.post("/v1/ask", json={"question": "Who won in Peru?"}).json()["abstained"]
    local.get("/v1/articles/ferry")
    local.get("/v1/articles/none")
    stats = local.get("/v1/stats").json()
    assert (stats["articles"], stats["undated"], stats["answers"]) == (1, 1, 2)
    assert stats["abstained"] >= 1

    text = local.get("/metrics").text
    found = dict(re.findall(r"^(\S+(?: [^\s]+\"\})?) (\S+)$", text, re.MULTILINE))
    route = 'method="GET",route="/v1/articles/{article_id}"'
    assert found[f'dateline_requests_total{{{route},status="200"}}'] == "1.0"
    assert found[f'dateline_requests_total{{{route},status="404"}}'] == "1.0"
    assert found["dateline_articles"] == "1.0"
    assert found["dateline_up"] == "1.0"
    assert float(found['dateline_stage_seconds_count{stage="retrieve"}']) >= 1
    answers = [float(v) for k, v in found.items() if k.startswith("dateline_answers_total")]
    assert sum(answers) == 2
    assert found['dateline_queue{room="readers",state="waiting"}'] == "0.0"


def test_metrics_say_when_the_collection_cannot_be_read(
    local: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise CatalogueError("The disk is gone.")

    catalogue = local.app.state.service.dateline.catalogue  # type: ignore[attr-defined]
    monkeypatch.setattr(catalogue, "counts", fail)
    text = local.get("/metrics").text
    assert "dateline_up 0.0" in text
    assert "dateline_articles" not in text


def test_an_etag_saves_a_response(local: TestClient) -> None:
    local.post("/v1/articles", json=ARTICLE)
    first = local.get("/v1/articles/ferry")
    tag = first.headers["etag"]
    for given in (tag, f'"x", {tag}', tag.removeprefix("W/"), "*"):
        again = local.get("/v1/articles/ferry", headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert "x-request-id" in again.headers
    local.post("/v1/articles", json={**ARTICLE, "text": "The ferry will not run, the mayor said."})
    changed = local.get("/v1/articles/ferry", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    assert "etag" not in local.get("/v1/articles/none").headers


def test_a_large_response_is_compressed(client: httpx.Client) -> None:
    plain = client.get("/v1/articles", headers={"Accept-Encoding": "identity"})
    small = client.get("/v1/articles", headers={"Accept-Encoding": "gzip"})
    assert small.headers["content-encoding"] == "gzip"
    assert small.json() == plain.json()
    assert int(small.headers["content-length"]) < int(plain.headers["content-length"])


def test_only_the_fields_that_are_asked_for_are_sent(
    client: httpx.Client, is_problem: Check
) -> None:
    page = client.get("/v1/articles", params={"fields": "id,title", "limit": 2}).json()
    assert [set(item) for item in page["items"]] == [{"id", "title"}] * 2
    assert page["next_cursor"]
    answer = client.post("/v1/ask", params={"fields": "text,abstained"}, json=QUESTION)
    assert set(answer.json()) == {"text", "abstained"}
    assert client.get("/v1/stats", params={"fields": "none"}).json() == {}
    many = ",".join(f"f{number}" for number in range(51))
    is_problem(client.get("/v1/stats", params={"fields": many}), 422, "request_invalid")


def test_a_write_with_a_key_is_done_once(local: TestClient, is_problem: Check) -> None:
    headers = {"Idempotency-Key": "mine-1"}
    first = local.post("/v1/articles", json=ARTICLE, headers=headers)
    again = local.post("/v1/articles", json=ARTICLE, headers=headers)
    # Done anew it would be 200: unchanged.
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    other = local.post("/v1/articles", json={**ARTICLE, "id": "x"}, headers=headers)
    is_problem(other, 422, "idempotency_key_reused")
    for sent in (local.delete("/v1/articles/ferry", headers={"Idempotency-Key": "d"}),) * 2:
        assert sent.status_code == 204
    gone = local.delete("/v1/articles/ferry", headers={"Idempotency-Key": "d"})
    assert (gone.status_code, gone.content) == (204, b"")
    # A refusal is remembered too, a failure of ours is not.
    refused = [
        local.post("/v1/articles", json={"text": ""}, headers={"Idempotency-Key": "r"})
        for _ in range(2)
    ]
    assert [response.status_code for response in refused] == [422, 422]
    for key in ("", "x" * 201):
        bad = local.post("/v1/articles", json=ARTICLE, headers={"Idempotency-Key": key})
        is_problem(bad, 422, "request_invalid")


def test_a_job_with_a_key_is_begun_once(local: TestClient) -> None:
    jobs = [
        local.post("/v1/articles/batch", json=[ARTICLE], headers={"Idempotency-Key": "job"})
        for _ in range(2)
    ]
    assert jobs[0].json()["id"] == jobs[1].json()["id"]
    assert jobs[0].headers["location"] == jobs[1].headers["location"]


def test_a_key_whose_request_is_worked_on_is_refused_and_freed_by_a_failure(
    local: TestClient, is_problem: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    dateline: Any = local.app.state.service.dateline  # type: ignore[attr-defined]
    add, began, go = dateline.add, threading.Event(), threading.Event()

    def slow(*given: Any) -> Any:
        began.set()
        go.wait()
        raise CatalogueError("The disk is gone.")

    monkeypatch.setattr(dateline, "add", slow)
    headers = {"Idempotency-Key": "k"}
    results: list[Any] = []
    first = threading.Thread(
        target=lambda: results.append(local.post("/v1/articles", json=ARTICLE, headers=headers))
    )
    first.start()
    began.wait()
    second = local.post("/v1/articles", json=ARTICLE, headers=headers)
    is_problem(second, 409, "idempotency_key_in_use")
    assert second.headers["retry-after"] == "1"
    go.set()
    first.join()
    is_problem(results[0], 503, "catalogue_unusable")
    monkeypatch.setattr(dateline, "add", add)
    assert local.post("/v1/articles", json=ARTICLE, headers=headers).status_code == 201
