from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.conftest import Check


@pytest.fixture
def answered(client: httpx.Client) -> Iterator[dict[str, Any]]:
    """An answer that cites one article of its own."""
    name = f"Quillport{uuid.uuid4().hex[:8]}"
    client.post(
        "/v1/articles",
        json={"id": name, "text": f"The mayor of {name}, Ana Ruiz, opened the new bridge."},
    )
    answer = client.post("/v1/ask", json={"question": f"Who is the mayor of {name}?"}).json()
    yield {"article": name, **answer}
    client.delete(f"/v1/articles/{name}")


def affected(client: httpx.Client, article: str) -> list[dict[str, Any]]:
    params = {"affected_by": article}
    return list(client.get("/v1/answers", params=params).json()["items"])


def test_an_answer_can_be_read_again(client: httpx.Client, answered: dict[str, Any]) -> None:
    record = client.get(f"/v1/answers/{answered['id']}").json()
    assert record["answer"]["text"] == answered["text"]
    assert record["affected"] == []
    listed = client.get("/v1/answers", params={"limit": 200}).json()["items"]
    assert answered["id"] in {item["id"] for item in listed}
    assert all(item["answer"] is None for item in listed)


def test_a_correction_shows_which_answers_it_concerns(
    client: httpx.Client, answered: dict[str, Any]
) -> None:
    article = answered["article"]
    assert [c["article_id"] for c in answered["citations"]] == [article]
    assert affected(client, article) == []
    changed = {"id": article, "text": f"The mayor of {article}, Bo Lind, opened the new bridge."}
    assert client.post("/v1/articles", json=changed).json()["stored"][0]["version"] == 2
    (record,) = affected(client, article)
    assert record["id"] == answered["id"]
    assert record["affected"] == [
        {
            "article_id": article,
            "version": 1,
            "became": "corrected",
            "latest_version": 2,
            "note": None,
        }
    ]


def test_a_retraction_takes_the_article_out_of_answers_and_back(
    client: httpx.Client, answered: dict[str, Any]
) -> None:
    article = answered["article"]
    body = {"status": "retracted", "note": "The mayor is someone else."}
    retracted = client.patch(f"/v1/articles/{article}", json=body)
    assert retracted.status_code == 200
    assert retracted.json()["status"] == "retracted"
    assert client.get(f"/v1/articles/{article}").json()["note"] == body["note"]
    again = client.post("/v1/ask", json={"question": answered["question"]}).json()
    assert article not in {c["article_id"] for c in again["citations"]}
    found = client.post("/v1/search", json={"query": article}).json()["results"]
    assert article not in {result["article"]["id"] for result in found}
    (record,) = affected(client, article)
    assert record["affected"][0]["became"] == "retracted"
    assert record["affected"][0]["note"] == body["note"]
    listed = client.get("/v1/answers", params={"affected": True, "limit": 200}).json()["items"]
    assert answered["id"] in {item["id"] for item in listed}

    back = client.patch(f"/v1/articles/{article}", json={"status": "live"})
    assert (back.json()["status"], back.json()["note"]) == ("live", None)
    found = client.post("/v1/search", json={"query": article}).json()["results"]
    assert found[0]["article"]["id"] == article
    assert affected(client, article) == []


def test_a_retraction_needs_a_reason(
    client: httpx.Client, answered: dict[str, Any], is_problem: Check
) -> None:
    path = f"/v1/articles/{answered['article']}"
    is_problem(client.patch(path, json={"status": "retracted"}), 422, "request_invalid")
    is_problem(client.patch(path, json={"status": "gone"}), 422, "request_invalid")
    assert client.get(path).json()["status"] == "live"


@pytest.mark.parametrize("body", [{"status": "live"}, {"status": "retracted", "note": "x"}])
def test_what_is_not_there_cannot_be_retracted(
    client: httpx.Client, is_problem: Check, body: dict[str, str]
) -> None:
    is_problem(client.patch("/v1/articles/none", json=body), 404, "article_not_found")


def test_an_unknown_answer_and_a_foreign_cursor_are_refused(
    client: httpx.Client, is_problem: Check
) -> None:
    is_problem(client.get("/v1/answers/ans-none"), 404, "answer_not_found")
    is_problem(client.get("/v1/answers", params={"cursor": "%%"}), 422, "cursor_invalid")
