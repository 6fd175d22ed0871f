from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rag.references import CSL_JSON, styles
from tests.api.conftest import Check


@pytest.fixture
def cited(client: httpx.Client) -> Iterator[dict[str, Any]]:
    """An answer that cites one article, of which everything is known."""
    name = f"Quillport{uuid.uuid4().hex[:8]}"
    client.post(
        "/v1/articles",
        json={
            "id": name,
            "title": f"<b>{name}</b> has a bridge",
            "outlet": "The Harbour Gazette",
            "author": "Bo Lind",
            "published_at": "2025-03-18",
            "url": f"https://gazette.example/{name}",
            "text": f"The mayor of {name}, Ana Ruiz, opened the new bridge.",
        },
    )
    answer = client.post("/v1/ask", json={"question": f"Who is the mayor of {name}?"}).json()
    assert [one["article_id"] for one in answer["citations"]] == [name]
    yield {"article": name, "path": f"/v1/answers/{answer['id']}/references", **answer}
    client.delete(f"/v1/articles/{name}")


def test_the_references_of_an_answer_are_set_in_a_style(
    client: httpx.Client, cited: dict[str, Any]
) -> None:
    name = cited["article"]
    plain = client.get(cited["path"])
    assert plain.headers["content-type"] == "text/plain; charset=utf-8"
    assert plain.text == (
        f"[1] Bo Lind. (2025, March 18). <b>{name}</b> has a bridge. The Harbour Gazette. "
        f"https://gazette.example/{name}\n"
    )
    page = client.get(cited["path"], params={"style": "mla", "format": "html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f"“&lt;b&gt;{name}&lt;/b&gt; has a bridge.” <i>The Harbour Gazette</i>" in page.text
    text = client.get(cited["path"], params={"style": "mla", "format": "markdown"})
    assert text.headers["content-type"] == "text/markdown; charset=utf-8"
    assert f"\\<b\\>{name}\\</b\\>" in text.text


def test_reference_managers_get_csl_json(client: httpx.Client, cited: dict[str, Any]) -> None:
    found = client.get(cited["path"], params={"style": CSL_JSON})
    assert found.headers["content-type"] == "application/vnd.citationstyles.csl+json"
    (item,) = found.json()
    assert item["id"] == f"{cited['article']}@1"
    assert item["author"] == [{"literal": "Bo Lind"}]


def test_what_became_of_an_article_since_is_in_its_reference(
    client: httpx.Client, cited: dict[str, Any]
) -> None:
    path = f"/v1/articles/{cited['article']}"
    client.patch(path, json={"status": "retracted", "note": "It was wrong."})
    assert "[retracted]" in client.get(cited["path"]).text
    client.delete(path)
    left = client.get(cited["path"]).text
    assert "The Harbour Gazette" in left
    assert "Bo Lind" not in left


def test_an_abstention_has_no_references(client: httpx.Client) -> None:
    answer = client.post("/v1/ask", json={"question": "How many people live in Caracas?"}).json()
    assert answer["abstained"]
    found = client.get(f"/v1/answers/{answer['id']}/references")
    assert (found.status_code, found.text) == (200, "")


def test_an_unknown_style_names_those_there_are(
    client: httpx.Client, cited: dict[str, Any], is_problem: Check
) -> None:
    problem = is_problem(
        client.get(cited["path"], params={"style": "../apa"}), 422, "style_unknown"
    )
    for name in [*styles(), CSL_JSON]:
        assert name in problem["remedy"]
    is_problem(client.get(cited["path"], params={"format": "pdf"}), 422, "request_invalid")
    is_problem(client.get("/v1/answers/ans-none/references"), 404, "answer_not_found")
