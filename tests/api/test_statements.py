from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.api.conftest import Check

ARTICLE = {
    "id": "bridge-1",
    "title": "Bridge",
    "outlet": "The Harbour Gazette",
    "published_at": "2025-03-18",
    "text": "The harbour bridge will close on Friday, Mayor Ana Ruiz said on Tuesday.\n"
    "“Pedestrians can use the ferry free of charge,” Ruiz said.\n",
}


def until_read(client: httpx.Client) -> dict[str, Any]:
    """Wait for the reading process of the server."""
    deadline = time.monotonic() + 60
    while (page := client.get("/v1/statements").json())["unread"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return dict(page)


def test_a_server_reads_the_seeds_by_itself(client: httpx.Client) -> None:
    assert until_read(client)["items"]
    page = client.get(
        "/v1/statements", params={"speaker": "Peskov", "about": "phone call", "limit": 3}
    ).json()
    assert len(page["items"]) == 3
    assert [item["name"] for item in page["speakers"]] == ["Dmitry Peskov"]
    for item in page["items"]:
        assert item["by"]["speaker"] == "Dmitry Peskov"
        text = client.get(f"/v1/articles/{item['article_id']}").json()["text"]
        assert text[item["start"] : item["end"]] == item["quote"]


def test_what_is_stored_later_is_read_too_and_what_is_removed_vanishes(
    client: httpx.Client,
) -> None:
    assert client.post("/v1/articles", json=ARTICLE).status_code == 201
    until_read(client)
    query = {"speaker": "Ana Ruiz", "outlets": "the harbour gazette", "after": "2025-03-01"}
    page = client.get("/v1/statements", params=query).json()
    assert {item["by"]["quote_type"] for item in page["items"]} == {"direct", "indirect"}
    indirect = next(item for item in page["items"] if item["by"]["quote_type"] == "indirect")
    assert (indirect["by"]["when"], indirect["by"]["day"]) == ("on Tuesday", "2025-03-18")
    assert [notice["code"] for notice in page["notices"]] == ["undated_left_out"]
    direct = client.get("/v1/statements", params={**query, "quote_type": "direct"}).json()
    assert len(direct["items"]) == 1
    client.delete(f"/v1/articles/{ARTICLE['id']}")
    assert client.get("/v1/statements", params=query).json()["items"] == []


def test_pages_follow_one_another(client: httpx.Client) -> None:
    until_read(client)
    first = client.get("/v1/statements", params={"limit": 2}).json()
    query = {"limit": 2, "cursor": first["next_cursor"]}
    second = client.get("/v1/statements", params=query).json()
    starts = [(item["article_id"], item["start"]) for item in first["items"] + second["items"]]
    assert len(starts) == len(set(starts)) == 4


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"speaker": "..."}, "filter_invalid"),
        ({"about": "?"}, "question_invalid"),
        ({"about": "x" * 2_001}, "question_invalid"),
        ({"after": "soon"}, "filter_invalid"),
        ({"after": "2025-03-02", "before": "2025-03-01"}, "filter_invalid"),
        ({"quote_type": "loud"}, "request_invalid"),
        ({"limit": 0}, "request_invalid"),
        ({"limit": 101}, "request_invalid"),
        ({"cursor": "zz"}, "cursor_invalid"),
        ({"speaker": ""}, "request_invalid"),
        ({"outlets": ["a"] * 51}, "request_invalid"),
    ],
)
def test_a_bad_search_is_refused(
    client: httpx.Client, is_problem: Check, query: dict[str, Any], code: str
) -> None:
    is_problem(client.get("/v1/statements", params=query), 422, code)
