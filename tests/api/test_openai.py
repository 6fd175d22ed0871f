"""The official client of OpenAI's API, as it comes, against a running server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike

from api.openai_answers import pieces
from api.openai_streams import CompletionStream, ResponseStream
from eval.scripted import scripted
from rag.dateline import Dateline
from rag.errors import CatalogueUnreachable
from tests.api.conftest import Running, Start

QUESTION = "Why was Russia not on the US tariff list?"


@pytest.fixture
def official(server: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none-needed", max_retries=0) as opened:
        yield opened


def check(text: str, citations: list[dict[str, Any]], client: httpx.Client) -> None:
    """Every citation is exact in the article that it names."""
    assert citations
    for item in citations:
        assert f"[{item['number']}]" in text
        article = client.get(f"/v1/articles/{item['article_id']}?version={item['version']}").json()
        assert article["text"][item["start"] : item["end"]] == item["quote"]


def test_a_completion_is_cited(official: openai.OpenAI, client: httpx.Client) -> None:
    made = official.chat.completions.create(
        model="dateline",
        messages=[
            {"role": "system", "content": "Answer with a poem."},
            {"role": "user", "content": QUESTION},
        ],
        temperature=0.7,
    )
    message = made.choices[0].message
    text = message.content or ""
    assert "trade" in text
    check(text, (made.model_extra or {})["dateline"]["citations"], client)
    assert message.annotations
    for annotation in message.annotations:
        found = annotation.url_citation
        assert text[found.start_index : found.end_index].startswith("[")
        article = httpx.get(found.url).json()
        assert article["title"] == found.title


def test_a_streamed_completion_is_the_same(official: openai.OpenAI) -> None:
    stream = official.chat.completions.create(
        model="dateline",
        messages=[{"role": "user", "content": QUESTION}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    text = "".join(delta.content or "" for delta in deltas)
    whole = official.chat.completions.create(
        model="dateline", messages=[{"role": "user", "content": QUESTION}]
    )
    assert text == whole.choices[0].message.content
    annotated = [
        item for delta in deltas for item in (delta.model_extra or {}).get("annotations", ())
    ]
    assert len(annotated) == len(whole.choices[0].message.annotations or ())
    assert chunks[-1].usage is not None
    assert [c.finish_reason for chunk in chunks for c in chunk.choices][-1] == "stop"


def test_a_follow_up_is_completed_from_the_messages(official: openai.OpenAI) -> None:
    made = official.chat.completions.create(
        model="dateline",
        messages=[
            {"role": "user", "content": "Who is Kirill Dmitriev?"},
            {"role": "assistant", "content": "Russia’s special envoy. [1]"},
            {"role": "user", "content": [{"type": "text", "text": "When did he visit the US?"}]},
        ],
    )
    assert "Dmitriev" in (made.model_extra or {})["dateline"]["query"]


def test_filters_are_taken(official: openai.OpenAI) -> None:
    made = official.chat.completions.create(
        model="dateline",
        messages=[{"role": "user", "content": QUESTION}],
        extra_body={"dateline": {"outlets": ["No Such Paper"]}},
    )
    assert (made.model_extra or {})["dateline"]["abstained"]
    assert made.choices[0].message.annotations == []


def test_a_response_is_cited(official: openai.OpenAI, client: httpx.Client) -> None:
    made = official.responses.create(model="dateline", input=QUESTION, instructions="Rhyme.")
    assert made.status == "completed"
    check(made.output_text, (made.model_extra or {})["dateline"]["citations"], client)
    (message,) = made.output
    assert message.type == "message"
    (content,) = message.content
    assert content.type == "output_text"
    assert content.annotations
    for annotation in content.annotations:
        # The seeds have no URLs.
        assert annotation.type == "file_citation"
        assert made.output_text[annotation.index] == "["
        assert client.get(f"/v1/articles/{annotation.file_id}").is_success

    later = official.responses.create(
        model="dateline", input="What did he say about Iran?", previous_response_id=made.id
    )
    assert later.previous_response_id == made.id
    assert (later.model_extra or {})["dateline"]["query"] != "What did he say about Iran?"


def test_an_article_with_a_url_is_cited_by_it(
    official: openai.OpenAI, client: httpx.Client
) -> None:
    url = "https://gazette.example/ferry"
    text = "The Wexmoor ferry will run again on 3 May, harbour master Lena Brandt said on Monday."
    assert client.post("/v1/articles", json={"id": "ferry", "url": url, "text": text}).is_success
    try:
        made = official.responses.create(
            model="dateline", input="When will the Wexmoor ferry run again?"
        )
        (annotation, *_) = made.output[0].content[0].annotations  # type: ignore[union-attr]
        assert (annotation.type, annotation.url) == ("url_citation", url)
        mark = made.output_text[annotation.start_index : annotation.end_index]
        assert mark == "[1]"
    finally:
        client.delete("/v1/articles/ferry")


def test_a_streamed_response_is_the_same(official: openai.OpenAI) -> None:
    with official.responses.stream(model="dateline", input=QUESTION) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert text == final.output_text
    added = [e for e in events if e.type == "response.output_text.annotation.added"]
    assert len(added) == len(final.output[0].content[0].annotations)  # type: ignore[union-attr]
    assert (events[0].type, events[-1].type) == ("response.created", "response.completed")


def test_an_abstention_is_streamed_too(official: openai.OpenAI) -> None:
    given: dict[str, Any] = {
        "model": "dateline", "extra_body": {"dateline": {"outlets": ["No Such Paper"]}},
    }  # fmt: skip
    chunks = official.chat.completions.create(
        messages=[{"role": "user", "content": QUESTION}], stream=True, **given
    )
    said = "".join(c.delta.content or "" for chunk in chunks for c in chunk.choices)
    whole = official.responses.create(input=QUESTION, **given)
    with official.responses.stream(input=QUESTION, **given) as stream:
        assert stream.get_final_response().output_text == said == whole.output_text


def test_a_refusal_of_a_stream_is_a_refusal(official: openai.OpenAI) -> None:
    for wrong in ({"input": "?"}, {"input": QUESTION, "model": "gpt-x"}):
        given: dict[str, Any] = {"model": "dateline", **wrong}
        with pytest.raises(openai.APIStatusError) as caught:
            official.responses.create(stream=True, **given)
        assert caught.value.response.headers["content-type"] == "application/problem+json"


@pytest.fixture(scope="module")
def llm_url() -> Iterator[str]:
    with scripted() as url:
        yield url


def test_streams_are_finished_before_the_server_stops(
    start: Start, llm_url: str, seeds: Path
) -> None:
    running = start(seeds, llm="openai-like", llm_url=f"{llm_url}/v1", llm_model="slow")
    running.wait("/readyz")
    ends: dict[str, str] = {}

    def follow(path: str, body: dict[str, Any]) -> None:
        headers = {"accept": "text/event-stream"}
        with (
            httpx.Client(base_url=running.url, timeout=60) as client,
            client.stream("POST", path, json=body, headers=headers) as response,
        ):
            for line in response.iter_lines():
                begun[path].set()
                ends[path] = line or ends[path]

    asked = {
        "/v1/chat": {"question": QUESTION},
        "/v1/responses": {"model": "dateline", "input": QUESTION, "stream": True},
    }
    begun = {path: threading.Event() for path in asked}
    threads = [threading.Thread(target=follow, args=item) for item in asked.items()]
    for thread in threads:
        thread.start()
    for one in begun.values():
        assert one.wait(60)
    running.process.terminate()
    for thread in threads:
        thread.join()
    assert json.loads(ends["/v1/chat"].removeprefix("data: "))["answer"]["sentences"]
    last = json.loads(ends["/v1/responses"].removeprefix("data: "))
    assert last["type"] == "response.completed"
    assert running.process.wait() == 0


def test_a_stream_that_fails_says_so() -> None:
    error = CatalogueUnreachable("The database does not answer.")
    (chunk,) = CompletionStream("ans-1", "", usage=False).fail(error)
    assert chunk["error"]["code"] == "catalogue_unreachable"
    (event,) = ResponseStream("ans-1", "", None).fail(error)
    assert (event["type"], event["response"]["status"]) == ("response.failed", "failed")


def test_models_and_embeddings(official: openai.OpenAI, dateline: Dateline) -> None:
    names = [model.id for model in official.models.list()]
    assert names == ["dateline", "all-MiniLM-L6-v2"]
    assert official.models.retrieve("dateline").owned_by == "dateline"
    texts = ["The ferry runs.", "Talks go on."]
    # Without a word about it the client asks for base64 and decodes it.
    for given in ({}, {"encoding_format": "float"}):
        made = official.embeddings.create(model=names[1], input=texts, **given)  # type: ignore[arg-type]
        found = np.array([item.embedding for item in made.data], dtype=np.float32)
        assert found == pytest.approx(dateline.embedder.embed(texts), abs=1e-6)
    single = official.embeddings.create(model=names[1], input=texts[0])
    assert len(single.data) == 1


@pytest.mark.parametrize(
    ("more", "kind", "code"),
    [
        ({"model": "gpt-x"}, openai.NotFoundError, "model_not_found"),
        ({"messages": []}, openai.UnprocessableEntityError, "request_invalid"),
        (
            {"messages": [{"role": "system", "content": "x"}]},
            openai.UnprocessableEntityError,
            "request_invalid",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            openai.UnprocessableEntityError,
            "request_invalid",
        ),
        (
            {"response_format": {"type": "json_object"}},
            openai.UnprocessableEntityError,
            "request_invalid",
        ),
        (
            {"messages": [{"role": "user", "content": "?"}]},
            openai.UnprocessableEntityError,
            "question_invalid",
        ),
        (
            {"extra_body": {"dateline": {"as_of": "soon"}}},
            openai.UnprocessableEntityError,
            "filter_invalid",
        ),
    ],
)
def test_a_refusal_is_one_of_theirs(
    official: openai.OpenAI, more: dict[str, Any], kind: type[openai.APIStatusError], code: str
) -> None:
    given: dict[str, Any] = {
        "model": "dateline", "messages": [{"role": "user", "content": QUESTION}],
    }  # fmt: skip
    with pytest.raises(kind) as caught:
        official.chat.completions.create(**given | more)
    assert caught.value.code == code
    assert caught.value.response.headers["content-type"] == "application/problem+json"


def test_what_cannot_be_embedded_or_gone_on_from_is_refused(official: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        official.embeddings.create(model="dateline", input="x")
    for given in ({"input": [[1, 2]]}, {"input": "x", "dimensions": 3}):
        with pytest.raises(openai.UnprocessableEntityError):
            official.embeddings.create(model="all-MiniLM-L6-v2", **given)  # type: ignore[arg-type]
    with pytest.raises(openai.NotFoundError) as caught:
        official.responses.create(model="dateline", input="x?", previous_response_id="resp_none")
    assert caught.value.code == "answer_not_found"
    with pytest.raises(openai.NotFoundError):
        official.models.retrieve("none")


def test_llama_index_asks_as_it_is(server: Running) -> None:
    llm = OpenAILike(model="dateline", api_base=f"{server.url}/v1", api_key="x", is_chat_model=True)
    said = llm.chat([ChatMessage(role="user", content=QUESTION)])
    assert "[1]" in (said.message.content or "")
    streamed = [
        part.delta for part in llm.stream_chat([ChatMessage(role="user", content=QUESTION)])
    ]
    assert "".join(part or "" for part in streamed) == said.message.content


def test_the_pieces_are_the_text(dateline: Dateline) -> None:
    for question in (QUESTION, "What did Peskov say about Iran and arms control?", "Why is it so?"):
        answer = dateline.ask(question)
        cut = pieces(answer)
        assert "".join(piece.text for piece in cut) == answer.text
        for piece in cut:
            for mark in piece.marks:
                assert answer.text[mark.start : mark.end] == f"[{mark.citation.number}]"


def test_langchain_is_a_client(server: Running, client: httpx.Client) -> None:
    base: dict[str, Any] = {"base_url": f"{server.url}/v1", "api_key": "none-needed"}
    model = ChatOpenAI(model="dateline", max_retries=0, **base)
    message = model.invoke([("system", "Answer with a poem."), ("human", QUESTION)])
    assert "trade" in message.text
    assert "".join(chunk.text for chunk in model.stream(QUESTION)) == message.text

    # By the other endpoint the citations come with the text, where LangChain has them.
    model = ChatOpenAI(model="dateline", max_retries=0, use_responses_api=True, **base)
    message = model.invoke(QUESTION)
    assert "trade" in message.text
    cited = [note for block in message.content_blocks for note in block.get("annotations", ())]
    assert cited
    known = {item["id"] for item in client.get("/v1/articles").json()["items"]}
    assert {note["extras"]["file_id"] for note in cited} <= known

    embedder = OpenAIEmbeddings(
        model="all-MiniLM-L6-v2", check_embedding_ctx_length=False, max_retries=0, **base
    )
    assert len(embedder.embed_query("ceasefire")) == 384
