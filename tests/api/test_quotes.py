from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.conftest import Check
from tests.api.test_statements import until_read

QUOTE = "there must be an attempt to achieve concrete results as long as talks are ongoing"


def test_a_quotation_is_found_and_its_difference_marked(client: httpx.Client) -> None:
    until_read(client)
    found = client.post("/v1/quotes/lookup", json={"quote": QUOTE}).json()
    assert found["found"]
    (match,) = found["matches"]
    assert match["by"]["speaker"] == "Dmitry Peskov"
    assert [(item["quoted"], item["written"]) for item in match["differences"]] == [
        ("attempt", "effort")
    ]
    text = client.get(f"/v1/articles/{match['article_id']}").json()["text"]
    assert text[match["start"] : match["end"]] == match["quote"]


def test_what_is_not_there_is_not_found(client: httpx.Client) -> None:
    response = client.post("/v1/quotes/lookup", json={"quote": "to be or not to be a penguin"})
    assert response.status_code == 200
    assert response.json()["found"] is False


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"quote": ""}, "question_invalid"),
        ({"quote": "x" * 5_001}, "question_invalid"),
        ({"quote": QUOTE, "as_of": "soon"}, "filter_invalid"),
        ({"quote": QUOTE, "limit": 51}, "request_invalid"),
        ({"quote": QUOTE, "speaker": "Peskov"}, "request_invalid"),
        ({}, "request_invalid"),
    ],
)
def test_a_bad_look_up_is_refused(
    client: httpx.Client, is_problem: Check, body: dict[str, Any], code: str
) -> None:
    is_problem(client.post("/v1/quotes/lookup", json=body), 422, code)
