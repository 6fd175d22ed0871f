from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from api.examples import PAGE, REQUESTS, make, write_into
from api.openapi import load_examples
from api.problems import Problem
from api.replies import Readiness, SearchResults
from api.schemas import (
    ArticleBody,
    AskBody,
    ChatBody,
    QuoteBody,
    SearchBody,
    StatusBody,
    VerifyBody,
)
from rag.chat_types import ChatReply
from rag.ingest.clean import clean_text
from rag.statement_types import QuoteLookup, StatementPage, Timeline
from rag.types import Answer, AnswerPage, Article, IngestReport, Job, Page
from rag.verify_types import Verification

ROOT = Path(__file__).parent.parent.parent
# What leads from one example to the next, or would say the same again.
UNSHOWN = {"articles_unchanged", "ask_of_new", "retracted"}

SHAPES: dict[str, tuple[Any, Any]] = {
    "job": (None, Job),
    "ask_of_new": (AskBody, Answer),
    "retracted": (StatusBody, Article),
    "answers_affected": (None, AnswerPage),
    "ready": (None, Readiness),
    "ask_answered": (AskBody, Answer),
    "ask_abstained": (AskBody, Answer),
    "chat": (ChatBody, ChatReply),
    "search": (SearchBody, SearchResults),
    "verified": (VerifyBody, Verification),
    "statements": (None, StatementPage),
    "quote_changed": (QuoteBody, QuoteLookup),
    "quote_not_found": (QuoteBody, QuoteLookup),
    "timeline": (None, Timeline),
    "articles_listed": (None, Page),
    "article": (None, Article),
    "articles_added": (ArticleBody, IngestReport),
    "articles_unchanged": (ArticleBody, IngestReport),
    "problem": (AskBody, Problem),
}


@pytest.fixture
def document(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    found = operations(document)
    assert set(found) == {
        "post /v1/ask", "post /v1/search", "post /v1/articles", "get /v1/articles",
        "post /v1/chat", "get /v1/chat/{turn_id}/events", "get /v1/chats",
        "get /v1/chats/{chat_id}", "delete /v1/chats/{chat_id}",
        "get /v1/articles/{article_id}", "delete /v1/articles/{article_id}",
        "patch /v1/articles/{article_id}", "post /v1/articles/batch", "post /v1/articles/files",
        "post /v1/articles/urls", "get /v1/jobs", "get /v1/jobs/{job_id}",
        "get /v1/jobs/{job_id}/items", "get /v1/jobs/{job_id}/events",
        "post /v1/jobs/{job_id}/cancel", "get /v1/answers", "get /v1/answers/{answer_id}",
        "get /v1/answers/{answer_id}/references",
        "get /v1/statements", "post /v1/quotes/lookup", "get /v1/timeline",
        "post /v1/verify", "post /v1/feedback", "get /v1/feedback", "get /v1/stats",
        "get /v1/outlets", "get /v1/speakers", "get /v1/evaluation",
        "get /v1/audit", "get /v1/collections", "post /v1/collections",
        "get /v1/collections/{name}", "patch /v1/collections/{name}",
        "delete /v1/collections/{name}",
        "post /v1/chat/completions", "post /v1/responses", "post /v1/embeddings", "get /v1/models",
        "get /v1/models/{model}", "get /healthz", "get /readyz",
    }  # fmt: skip
    for operation in found.values():
        assert operation["summary"]
        assert operation["description"]
    assert len({operation["operationId"] for operation in found.values()}) == len(found)


def test_every_problem_is_described_as_one(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            (kind,) = response["content"]
            assert kind == "application/problem+json", name
            content = response["content"][kind]
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            for code, example in content["examples"].items():
                shown = Problem.model_validate(example["value"])
                assert (shown.code, shown.status) == (code, int(status))
                assert f"`{code}`" in response["description"]
    refused = operations(document)["post /v1/ask"]["responses"]
    assert set(refused) == {
        "200", "400", "401", "403", "413", "415", "422", "429", "500", "503",
    }  # fmt: skip


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert names == set(schemas)


def test_offsets_are_documented(document: dict[str, Any]) -> None:
    assert "Unicode code points" in document["info"]["description"]
    assert "`end` is exclusive" in document["info"]["description"]
    citation = document["components"]["schemas"]["Citation"]["properties"]
    assert "code point" in citation["start"]["description"]
    assert "article.text[start:end] == quote" in citation["end"]["description"]


def test_requests_and_answers_have_examples(document: dict[str, Any]) -> None:
    for name, examples in (
        ("post /v1/ask", {"ask_answered", "ask_abstained"}),
        ("post /v1/search", {"search"}),
        ("post /v1/articles", {"articles_added", "articles_unchanged"}),
    ):
        operation = operations(document)[name]
        assert set(operation["requestBody"]["content"]["application/json"]["examples"]) == examples
        shown = {
            example
            for status, response in operation["responses"].items()
            if int(status) < 400
            for example in response["content"]["application/json"]["examples"]
        }
        assert shown == examples


@pytest.mark.parametrize("name", [request.name for request in REQUESTS])
def test_an_example_fits_its_schema(name: str) -> None:
    example = load_examples()[name]
    body, answer = SHAPES[name]
    if body is not None:
        body.model_validate(example["request"])
    adapter = TypeAdapter(answer)
    read = adapter.validate_json(json.dumps(example["response"]))
    assert (
        adapter.dump_python(read, mode="json", exclude_none=name == "problem")
        == (example["response"])
    )


def test_the_examples_cite_the_seeds_exactly(seeds: Path) -> None:
    examples = load_examples()
    cited = examples["ask_answered"]["response"]["citations"]
    passages = [
        result["passage"]
        for name, key in (("ask_abstained", "nearest"), ("search", "results"))
        for result in examples[name]["response"][key]
    ]
    assert cited
    assert passages
    for item in [*cited, *passages]:
        text = clean_text((seeds / f"{item['article_id']}.txt").read_text(encoding="utf-8"))
        assert text[item["start"] : item["end"]] == item.get("quote", item.get("text"))
    assert examples["ask_abstained"]["response"]["abstained"]
    article = examples["article"]["response"]
    assert article["text"] == clean_text(
        (seeds / f"{article['id']}.txt").read_text(encoding="utf-8")
    )


def test_the_page_of_the_api_shows_the_examples() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    examples = load_examples()
    assert write_into(page, examples) == page
    for request in REQUESTS:
        if request.body is not None and request.name not in UNSHOWN:
            assert f"-d '{json.dumps(request.body, ensure_ascii=False)}'" in page
    for name in set(examples) - UNSHOWN:
        assert f"<!-- answer: {name} -->" in page


def test_the_examples_are_still_what_the_api_answers(seeds: Path) -> None:
    made = make(seeds)
    known = load_examples()
    assert list(made) == list(known)
    for name in ("articles_listed", "article", "articles_added", "articles_unchanged"):
        assert made[name] == known[name]
    for name in ("ask_answered", "ask_abstained"):
        fields = "text", "abstained", "reason"
        assert [made[name]["response"][field] for field in fields] == [
            known[name]["response"][field] for field in fields
        ]
