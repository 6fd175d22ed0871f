from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.conftest import MAX_BATCH, MAX_BYTES, Check

SEEDS = 5


@pytest.fixture
def article(client: httpx.Client) -> Iterator[dict[str, Any]]:
    """An article that no other test has, removed afterwards if it was stored."""
    id_ = f"test-{uuid.uuid4().hex}"
    yield {
        "id": id_,
        "url": f"https://gazette.example/{id_}",
        "title": "Bridge to close",
        "outlet": "The Harbour Gazette",
        "author": "Li Wei",
        "published_at": "2024-02-29",
        "language": "en",
        "text": f"The bridge {id_} will close on Friday, Mayor Ana Ruiz said. 😀 “Take the ferry.”",
    }
    client.delete(f"/v1/articles/{id_}")


def test_an_article_is_stored_read_asked_about_and_removed(
    client: httpx.Client, is_problem: Check, article: dict[str, Any]
) -> None:
    added = client.post("/v1/articles", json=article)
    assert added.status_code == 201
    stored = {
        "id": article["id"], "version": 1, "outcome": "added", "passages": 1,
        "origin": article["url"], "reprint_of": None,
    }  # fmt: skip
    assert added.json() == {"stored": [stored], "refused": []}

    read = client.get(f"/v1/articles/{article['id']}").json()
    assert {**read, **article} == {**read, "published_at": "2024-02-29"}
    assert read["published_at"] == "2024-02-29T00:00:00Z"
    assert read["published_from"] == "metadata"

    question = {"question": f"When will the bridge {article['id']} close?"}
    filters = {"outlets": ["the harbour gazette"], "as_of": "2024-02-29", "after": "2024-02-29"}
    answer = client.post("/v1/ask", json={**question, **filters}).json()
    assert answer["citations"][0]["article_id"] == article["id"]
    for citation in answer["citations"]:
        assert read["text"][citation["start"] : citation["end"]] == citation["quote"]

    removed = client.delete(f"/v1/articles/{article['id']}")
    assert (removed.status_code, removed.content) == (204, b"")
    is_problem(client.get(f"/v1/articles/{article['id']}"), 404, "article_not_found")
    is_problem(client.delete(f"/v1/articles/{article['id']}"), 404, "article_not_found")
    assert client.post("/v1/ask", json={**question, **filters}).json()["abstained"]


def test_before_is_exclusive_and_a_date_alone_is_its_start(
    client: httpx.Client, article: dict[str, Any]
) -> None:
    client.post("/v1/articles", json=article)
    query = {"query": f"bridge {article['id']}", "outlets": ["The Harbour Gazette"]}

    def found(**filters: str) -> bool:
        results = client.post("/v1/search", json={**query, **filters}).json()["results"]
        return article["id"] in {result["article"]["id"] for result in results}

    assert found(before="2024-03-01")
    assert not found(before="2024-02-29")
    assert found(after="2024-02-29")
    assert not found(after="2024-02-29T00:00:01")
    assert not found(as_of="2024-02-28")


def test_the_same_again_changes_nothing_and_a_correction_is_a_new_version(
    client: httpx.Client, is_problem: Check, article: dict[str, Any]
) -> None:
    client.post("/v1/articles", json=article)
    again = client.post("/v1/articles", json=[article])
    assert again.status_code == 200
    assert again.json()["stored"][0]["outcome"] == "unchanged"

    corrected = client.post("/v1/articles", json={**article, "text": "The bridge stays open."})
    assert corrected.status_code == 201
    assert corrected.json()["stored"][0] | {"passages": 1} == {
        "id": article["id"], "version": 2, "outcome": "changed", "passages": 1,
        "origin": article["url"], "reprint_of": None,
    }  # fmt: skip
    path = f"/v1/articles/{article['id']}"
    assert client.get(path).json()["text"] == "The bridge stays open."
    assert client.get(path, params={"version": 1}).json()["text"] == article["text"]
    is_problem(client.get(path, params={"version": 3}), 404, "article_not_found")


def test_one_bad_article_does_not_stop_the_others(
    client: httpx.Client, article: dict[str, Any]
) -> None:
    bad = [{"text": ""}, {"txt": "x"}, 5, {"text": "x", "published_at": "soon"}]
    response = client.post("/v1/articles", json=[*bad, article])
    assert response.status_code == 201
    report = response.json()
    assert [item["id"] for item in report["stored"]] == [article["id"]]
    assert {item["origin"]: item["code"] for item in report["refused"]} == {
        "articles[0]": "source_empty",
        "articles[1]": "article_invalid",
        "articles[2]": "article_invalid",
        "articles[3]": "article_invalid",
    }


@pytest.mark.parametrize(
    ("article", "code"),
    [
        ({}, "article_invalid"),
        ({"text": None}, "article_invalid"),
        ({"text": 5}, "article_invalid"),
        ({"text": " \n\t"}, "source_empty"),
        ({"text": "x", "body": "y"}, "article_invalid"),
        ({"text": "x", "id": "a/b"}, "article_invalid"),
        ({"text": "x", "id": "x" * 201}, "article_invalid"),
        ({"text": "x", "url": "ftp://x"}, "article_invalid"),
        ({"text": "x", "title": "a\0b"}, "article_invalid"),
        ({"text": "x", "title": "x" * 1_001}, "article_invalid"),
        ({"text": "x", "published_at": "29.02.2024"}, "article_invalid"),
        ({"text": "x", "published_at": 1709164800}, "article_invalid"),
        ("text", "article_invalid"),
        (7, "article_invalid"),
        ([["text"]], "article_invalid"),
    ],
)
def test_a_bad_article_is_refused_with_the_reason(
    client: httpx.Client, is_problem: Check, article: object, code: str
) -> None:
    problem = is_problem(client.post("/v1/articles", json=article), 422, "articles_refused")
    assert [fault["code"] for fault in problem["errors"]] == [code]
    assert problem["errors"][0]["message"] == problem["detail"]


@pytest.mark.parametrize("name", ["id", "url", "title", "published_at", "text", "\ud800"])
def test_a_lone_surrogate_is_refused_wherever_it_stands(
    client: httpx.Client, is_problem: Check, name: str
) -> None:
    content = json.dumps({"text": "x", name: "http://\udc80"}).encode()
    response = client.post(
        "/v1/articles", content=content, headers={"content-type": "application/json"}
    )
    problem = is_problem(response, 422, "articles_refused")
    assert "lone surrogate" in problem["detail"]


def test_the_newest_articles_come_first_where_that_is_asked_for(
    client: httpx.Client, is_problem: Check
) -> None:
    for name, day in [("listed-a", "2025-03-01"), ("listed-b", "2025-03-09")]:
        article = {"id": name, "text": f"About {name}.", "published_at": day, "outlet": "Lister"}
        client.post("/v1/articles", json=article).raise_for_status()
    query = {"order": "newest", "outlets": "lister"}
    listed = client.get("/v1/articles", params=query).json()
    assert [item["id"] for item in listed["items"]] == ["listed-b", "listed-a"]
    listed = client.get("/v1/articles", params=query | {"before": "2025-03-09"}).json()
    assert [item["id"] for item in listed["items"]] == ["listed-a"]
    refused = client.get("/v1/articles", params={"outlets": "lister"})
    is_problem(refused, 422, "request_invalid")
    for name in ("listed-a", "listed-b"):
        client.delete(f"/v1/articles/{name}").raise_for_status()


def test_a_list_of_nothing_is_no_work(client: httpx.Client) -> None:
    response = client.post("/v1/articles", json=[])
    assert (response.status_code, response.json()) == (200, {"stored": [], "refused": []})


def test_a_batch_over_the_limit_is_refused_whole(client: httpx.Client, is_problem: Check) -> None:
    batch = [{"text": f"Article {number}."} for number in range(MAX_BATCH + 1)]
    problem = is_problem(client.post("/v1/articles", json=batch), 413, "batch_too_large")
    assert str(MAX_BATCH) in problem["detail"]
    assert client.get("/v1/articles/").status_code == 404


def test_a_body_over_the_limit_is_refused(client: httpx.Client, is_problem: Check) -> None:
    response = client.post("/v1/articles", json={"text": "x" * MAX_BYTES})
    is_problem(response, 413, "body_too_large")


def test_a_body_over_the_limit_that_does_not_say_so_is_refused(
    client: httpx.Client, is_problem: Check
) -> None:
    parts = iter([b'{"text": "', *[b"x" * 10_000] * (MAX_BYTES // 10_000), b'"}'])
    response = client.post(
        "/v1/articles", content=parts, headers={"content-type": "application/json"}
    )
    assert response.request.headers["transfer-encoding"] == "chunked"
    is_problem(response, 413, "body_too_large")


def test_a_body_up_to_the_limit_is_read(client: httpx.Client, is_problem: Check) -> None:
    content = b" " * (MAX_BYTES - 2) + b"{}"
    response = client.post(
        "/v1/articles", content=content, headers={"content-type": "application/json"}
    )
    is_problem(response, 422, "articles_refused")


def test_pages_lead_through_all_articles(client: httpx.Client) -> None:
    ids: list[str] = []
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/articles", params=params).json()
        assert page["total"] >= SEEDS
        ids += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(ids) >= SEEDS
    assert ids == sorted(set(ids))
    assert all("text" not in item for item in page["items"])


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"cursor": "a"}, "cursor_invalid"),
        ({"cursor": "😀"}, "cursor_invalid"),
        ({"cursor": "x" * 1_001}, "request_invalid"),
        ({"limit": "0"}, "request_invalid"),
        ({"limit": "201"}, "request_invalid"),
        ({"limit": "many"}, "request_invalid"),
        ({"limit": "9" * 5_000}, "request_invalid"),
    ],
)
def test_a_bad_page_is_refused(
    client: httpx.Client, is_problem: Check, params: dict[str, str], code: str
) -> None:
    is_problem(client.get("/v1/articles", params=params), 422, code)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("nowhere", 404, "article_not_found"),
        ("nowhere?version=1", 404, "article_not_found"),
        ("nowhere?version=0", 422, "request_invalid"),
        (f"nowhere?version={2**63}", 422, "request_invalid"),
        ("nowhere?version=latest", 422, "request_invalid"),
        ("a%00b", 422, "request_invalid"),
        ("%ff", 422, "request_invalid"),
        ("x" * 201, 422, "request_invalid"),
        ("a/b", 404, "not_found"),
    ],
)
def test_an_article_that_is_not_there_is_not_found(
    client: httpx.Client, is_problem: Check, path: str, status: int, code: str
) -> None:
    is_problem(client.get(f"/v1/articles/{path}"), status, code)
