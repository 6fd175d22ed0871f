from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from rag.cli import main
from tests.api.conftest import Check, Running

CLAIM = "Russia was not included in the list of countries facing duties."


def test_a_text_is_checked_over_http(client: httpx.Client) -> None:
    found = client.post("/v1/verify", json={"text": f"{CLAIM} A volcano erupted in Iceland."})
    assert found.status_code == 200, found.text
    body = found.json()
    assert [item["verdict"] for item in body["sentences"]] == ["supported", "not_found"]
    passage = body["sentences"][0]["passages"][0]
    article = client.get(f"/v1/articles/{passage['article_id']}").json()
    assert article["text"][passage["start"] : passage["end"]] == passage["text"]


def test_given_articles_stand_for_the_collection(client: httpx.Client) -> None:
    given = [{"text": "Tickets cost 4 euros.", "published_at": "2025-03-18"}]
    body = {"text": "Tickets cost 9 euros.", "given": given}
    (found,) = client.post("/v1/verify", json=body).json()["sentences"]
    assert (found["verdict"], found["reason"]) == ("contradicted", "number_differs")
    assert found["passages"][0]["article_id"] == "given[0]"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "request_invalid"),
        ({"text": ""}, "question_invalid"),
        ({"text": "x", "given": [{}]}, "request_invalid"),
        ({"text": "x", "given": [{"text": "y", "published_at": "soon"}]}, "filter_invalid"),
        ({"text": "x", "given": [{"text": "y"}] * 21}, "request_invalid"),
    ],
)
def test_what_cannot_be_checked_is_said(
    client: httpx.Client, is_problem: Check, body: dict[str, object], code: str
) -> None:
    is_problem(client.post("/v1/verify", json=body), 422, code)


def test_the_command_checks_a_file(server: Running, tmp_path: Path) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_text(CLAIM)
    data = ["--data", str(server.data), "verify"]
    shown = CliRunner().invoke(main, [*data, str(draft)])
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.startswith("ok  Russia")
    source = tmp_path / "source.txt"
    source.write_text("Tickets cost 4 euros.")
    given = CliRunner().invoke(
        main, [*data, "--against", str(source)], input="Tickets cost 9 euros."
    )
    assert given.exit_code == 3
    assert (
        "NO  Tickets cost 9 euros.\n      the number is another there [number_differs]"
        in given.stdout
    )


def test_without_a_server_the_command_checks_here(tmp_path: Path) -> None:
    source = tmp_path / "source.txt"
    source.write_text("Tickets cost 4 euros.")
    given = CliRunner().invoke(
        main, ["verify", "--against", str(source), "--json"], input="Tickets cost 4 euros."
    )
    assert given.exit_code == 0, given.output
    assert '"verdict": "supported"' in given.stdout
