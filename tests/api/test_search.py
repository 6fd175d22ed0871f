from __future__ import annotations

import httpx
import pytest

from tests.api.conftest import Check


def test_passages_are_found_best_first(client: httpx.Client) -> None:
    response = client.post("/v1/search", json={"query": "Anchorage formula"})
    results = response.json()["results"]
    assert "Anchorage" in results[0]["passage"]["text"]
    assert len(results) <= 10
    scores = [result["score"] for result in results]
    assert scores == sorted(scores, reverse=True)
    for result in results:
        passage = result["passage"]
        assert passage["article_id"] == result["article"]["id"]
        text = client.get(f"/v1/articles/{passage['article_id']}").json()["text"]
        assert text[passage["start"] : passage["end"]] == passage["text"]


@pytest.mark.parametrize("limit", [1, 3])
def test_a_limit_holds(client: httpx.Client, limit: int) -> None:
    response = client.post("/v1/search", json={"query": "Peskov", "limit": limit})
    assert len(response.json()["results"]) == limit


def test_a_filter_that_nothing_passes_gives_nothing(client: httpx.Client) -> None:
    response = client.post("/v1/search", json={"query": "Peskov", "outlets": ["Nobody"]})
    assert response.json() == {"results": []}


def test_a_search_stays_within_the_articles_that_are_named(client: httpx.Client) -> None:
    named = ["002_464d1f3d466cc3fe", "003_146bb3441ec67a23"]
    response = client.post("/v1/search", json={"query": "Peskov", "articles": named})
    assert {item["article"]["id"] for item in response.json()["results"]} == set(named)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"query": " "}, "question_invalid"),
        ({"query": "x" * 2_001}, "question_invalid"),
        ({"after": "yesterday"}, "filter_invalid"),
        ({"limit": 0}, "request_invalid"),
        ({"limit": 101}, "request_invalid"),
        ({"history": []}, "request_invalid"),
        ({"articles": [""]}, "request_invalid"),
    ],
)
def test_a_bad_search_is_refused(
    client: httpx.Client, is_problem: Check, more: dict[str, object], code: str
) -> None:
    is_problem(client.post("/v1/search", json={"query": "Peskov", **more}), 422, code)
