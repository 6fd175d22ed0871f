from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.conftest import Check
from tests.api.test_statements import ARTICLE, until_read


def test_a_timeline_is_dated_and_leaves_the_undated_out(client: httpx.Client) -> None:
    assert client.post("/v1/articles", json=ARTICLE).status_code == 201
    until_read(client)
    found = client.get("/v1/timeline", params={"q": "harbour bridge"}).json()
    assert [item["day"] for item in found["entries"]] == ["2025-03-18"]
    for speaker, count in (("Ruiz", 1), ("Okoro", 0)):
        query = {"q": "harbour bridge", "speakers": speaker}
        assert len(client.get("/v1/timeline", params=query).json()["entries"]) == count
    peskov = client.get("/v1/timeline", params={"q": "Witkoff visit Moscow"}).json()
    assert peskov["entries"] == []
    assert peskov["undated"] > 0
    client.delete(f"/v1/articles/{ARTICLE['id']}")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "request_invalid"),
        ({"q": ""}, "request_invalid"),
        ({"q": "?"}, "question_invalid"),
        ({"q": "bridge", "before": "soon"}, "filter_invalid"),
        ({"q": "bridge", "limit": 0}, "request_invalid"),
    ],
)
def test_a_bad_timeline_is_refused(
    client: httpx.Client, is_problem: Check, query: dict[str, Any], code: str
) -> None:
    is_problem(client.get("/v1/timeline", params=query), 422, code)
