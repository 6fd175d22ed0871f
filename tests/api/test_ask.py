from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from rag.types import Answer
from tests.api.conftest import Check

# Made once: reading the fields' descriptions from the source is not safe in threads.
ANSWER = TypeAdapter(Answer)
TARIFFS = "Why was Russia not on the US tariff list?"
QUESTIONS = (
    TARIFFS,
    "What did Peskov say about the Anchorage formula?",
    "When will Putin and Trump speak by phone?",
    "Who will travel to Moscow with Witkoff?",
    "Why does Russia consider sanctions against Iran illegal?",
)


def ask(client: httpx.Client, question: str, **more: object) -> dict[str, Any]:
    response = client.post("/v1/ask", json={"question": question, **more})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    ANSWER.validate_python(body)
    return body


def test_every_citation_is_the_exact_text_of_its_article(client: httpx.Client) -> None:
    citations = [item for question in QUESTIONS for item in ask(client, question)["citations"]]
    assert len(citations) >= 3
    for citation in citations:
        article = client.get(
            f"/v1/articles/{citation['article_id']}", params={"version": citation["version"]}
        ).json()
        assert article["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_an_answer_comes_from_the_passage_that_states_it(client: httpx.Client) -> None:
    answer = ask(client, TARIFFS)
    first = answer["citations"][0]
    assert first["article_id"] == "001_c863c091f001229a"
    assert "not included in the list of countries facing duties" in first["quote"]
    assert "[1]" in answer["text"]
    assert answer["reason"] is None


@pytest.mark.parametrize(
    "question", ["How many soldiers has Ukraine lost?", "What is the capital of Australia?"]
)
def test_what_the_articles_do_not_say_is_not_answered(client: httpx.Client, question: str) -> None:
    answer = ask(client, question)
    assert answer["abstained"]
    assert answer["reason"] in {"no_evidence", "not_stated"}
    assert answer["sentences"] == answer["citations"] == []


def test_a_follow_up_is_completed_from_the_history(client: httpx.Client) -> None:
    history = [
        {"role": "user", "content": "When will Putin and Trump speak by phone?"},
        {"role": "assistant", "content": "On Monday evening."},
    ]
    answer = ask(client, "What will they discuss?", history=history)
    assert "Putin and Trump" in answer["query"]


def test_a_dated_question_leaves_undated_articles_out_and_says_so(client: httpx.Client) -> None:
    answer = ask(client, TARIFFS, as_of="2025-03-18")
    assert answer["abstained"]
    assert answer["as_of"] == "2025-03-18T23:59:59.999999Z"
    assert [notice["code"] for notice in answer["notices"]] == ["undated_left_out"]


def test_a_speaker_narrows_what_is_quoted(client: httpx.Client) -> None:
    answer = ask(client, TARIFFS, speakers=["Witkoff"])
    assert all("Witkoff" in citation["speaker"] for citation in answer["citations"])


def test_at_most_limit_sentences_are_quoted(client: httpx.Client) -> None:
    answer = ask(client, "What did Peskov say about Ukraine?", limit=1)
    assert len(answer["citations"]) <= 1


def test_questions_are_answered_side_by_side(client: httpx.Client) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda question: ask(client, question), QUESTIONS * 3))
    for answer, question in zip(answers, QUESTIONS * 3, strict=True):
        assert answer["question"] == question
    texts = {(answer["question"], answer["text"]) for answer in answers}
    assert len(texts) == len(QUESTIONS)
    assert len({answer["id"] for answer in answers}) == len(answers)


@pytest.mark.parametrize("question", ["", "   ", "?!", "a" * 100_000])
def test_an_empty_or_overlong_question_is_refused(
    client: httpx.Client, is_problem: Check, question: str
) -> None:
    response = client.post("/v1/ask", json={"question": question})
    assert is_problem(response, 422, "question_invalid")["remedy"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("as_of", "soon"),
        ("after", ""),
        ("before", "2025-02-30"),
        ("as_of", "9999-12-31T23:59:59-12:00"),
        ("after", "2" * 5_000),
        ("before", "\u0662\u0660\u0662\u0665-03-18"),
    ],
)
def test_a_bad_date_is_refused_by_the_name_of_its_field(
    client: httpx.Client, is_problem: Check, field: str, value: str
) -> None:
    response = client.post("/v1/ask", json={"question": TARIFFS, field: value})
    assert f"`{field}`" in is_problem(response, 422, "filter_invalid")["detail"]


def test_an_empty_range_of_time_is_refused(client: httpx.Client, is_problem: Check) -> None:
    body = {"question": TARIFFS, "after": "2025-03-18", "before": "2025-03-18"}
    is_problem(client.post("/v1/ask", json=body), 422, "filter_invalid")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "body.question"),
        ({"question": None}, "body.question"),
        ({"question": 5}, "body.question"),
        ({"question": "Who?", "quesion": "Who?"}, "body.quesion"),
        ({"question": "Who?", "limit": 0}, "body.limit"),
        ({"question": "Who?", "limit": 21}, "body.limit"),
        ({"question": "Who?", "limit": "3"}, "body.limit"),
        ({"question": "Who?", "limit": True}, "body.limit"),
        ({"question": "Who?", "limit": 10**400}, "body.limit"),
        ({"question": "Who?", "outlets": "TASS"}, "body.outlets"),
        ({"question": "Who?", "outlets": [""]}, "body.outlets.0"),
        ({"question": "Who?", "outlets": ["x" * 201]}, "body.outlets.0"),
        ({"question": "Who?", "speakers": ["x"] * 51}, "body.speakers"),
        ({"question": "Who?", "articles": "001_c863c091f001229a"}, "body.articles"),
        ({"question": "Who?", "articles": ["x"] * 51}, "body.articles"),
        ({"question": "Who?", "articles": ["x" * 201]}, "body.articles.0"),
        ({"question": "Who?", "as_of": 20250318}, "body.as_of"),
        ({"question": "Who?", "history": [{"role": "user"}]}, "body.history.0.content"),
        (
            {"question": "Who?", "history": [{"role": "system", "content": "x"}]},
            "body.history.0.role",
        ),
        (
            {"question": "Who?", "history": [{"role": "user", "content": "x" * 10_001}]},
            "body.history.0.content",
        ),
        ({"question": "Who?", "history": [{"role": "user", "content": "x"}] * 51}, "body.history"),
        ([], "body"),
        ("Who?", "body"),
        (7, "body"),
        (None, "body"),
    ],
)
def test_what_does_not_fit_the_schema_is_refused_by_its_place(
    client: httpx.Client, is_problem: Check, body: object, place: str
) -> None:
    content, headers = json.dumps(body).encode(), {"content-type": "application/json"}
    response = client.post("/v1/ask", content=content, headers=headers)
    problem = is_problem(response, 422, "request_invalid")
    assert [fault["place"] for fault in problem["errors"]] == [place]
    assert place in problem["detail"]


def test_of_many_faults_the_first_are_listed(client: httpx.Client, is_problem: Check) -> None:
    body = {"question": "Who?", **{f"field{number}": 1 for number in range(1_000)}}
    problem = is_problem(client.post("/v1/ask", json=body), 422, "request_invalid")
    assert len(problem["errors"]) == 20
    assert "999 more" in problem["detail"]


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/search", "/v1/articles"])
@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "request_invalid"),
        (b"{", 400, "json_invalid"),
        (b'{"question": "Who?"', 400, "json_invalid"),
        (b'{"question": "Who?"} and more', 400, "json_invalid"),
        (b"question=Who", 400, "json_invalid"),
        (b"[" * 100_000, 400, "json_invalid"),
        (b'{"a":' * 30_000, 400, "json_invalid"),
        (b'{"question": "Who?", "limit": ' + b"9" * 5_000 + b"}", 400, "json_invalid"),
        (b'{"question": "\xff\xfe"}', 400, "encoding_invalid"),
        ('{"question": "dépêche"}'.encode("latin-1"), 400, "encoding_invalid"),
    ],
)
def test_a_body_that_is_not_json_is_refused(
    client: httpx.Client, is_problem: Check, path: str, content: bytes, status: int, code: str
) -> None:
    headers = {"content-type": "application/json"}
    is_problem(client.post(path, content=content, headers=headers), status, code)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"question": NaN}', "request_invalid"),
        (b'{"question": "Who?", "limit": Infinity}', "request_invalid"),
        (b'{"question": "Who?", "limit": -Infinity}', "request_invalid"),
        (b'{"question": "Who?", "limit": 1e999}', "request_invalid"),
        (rb'{"question": "\ud800 who"}', "question_invalid"),
        (rb'{"question": "Who?", "\udfff": 1}', "request_invalid"),
        (rb'{"question": "Who?", "as_of": "\ud800"}', "filter_invalid"),
        (rb'{"question": "Who?", "outlets": ["\udc80"]}', "request_invalid"),
        (
            rb'{"question": "And him?", "history": [{"role": "user", "content": "\ud800 a"}]}',
            "request_invalid",
        ),
        (b'{"question": "Who?", "limit": ' + b"[" * 500 + b"]" * 500 + b"}", "request_invalid"),
    ],
)
def test_json_that_no_text_or_number_can_hold_is_refused(
    client: httpx.Client, is_problem: Check, content: bytes, code: str
) -> None:
    headers = {"content-type": "application/json"}
    is_problem(client.post("/v1/ask", content=content, headers=headers), 422, code)


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"]
)
def test_a_body_that_does_not_say_it_is_json_is_refused(
    client: httpx.Client, is_problem: Check, kind: str | None
) -> None:
    headers = {} if kind is None else {"content-type": kind}
    response = client.post("/v1/ask", content=b'{"question": "Who?"}', headers=headers)
    is_problem(response, 415, "media_type_unsupported")


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"]
)
def test_a_content_type_may_have_parameters(client: httpx.Client, kind: str) -> None:
    content = json.dumps({"question": TARIFFS}).encode()
    response = client.post("/v1/ask", content=content, headers={"content-type": kind})
    assert response.status_code == 200


@pytest.mark.parametrize("name", ["\0", "x' OR 1=1 --", "Новости", "*", "a\nb", "😀" * 200])
def test_any_text_may_name_an_outlet(client: httpx.Client, name: str) -> None:
    assert ask(client, TARIFFS, outlets=[name])["reason"] == "no_evidence"


def test_a_question_is_answered_from_the_articles_that_are_named(client: httpx.Client) -> None:
    cited = {item["article_id"] for item in ask(client, TARIFFS)["citations"]}
    other = "002_464d1f3d466cc3fe"
    assert other not in cited

    assert ask(client, TARIFFS, articles=["nowhere"])["reason"] == "no_evidence"
    within = ask(client, TARIFFS, articles=[*cited, "nowhere"])
    assert {item["article_id"] for item in within["citations"]} == cited
    elsewhere = ask(client, TARIFFS, articles=[other])
    found = [item["passage"] for item in elsewhere["nearest"]] + elsewhere["citations"]
    assert {item["article_id"] for item in found} == {other}
