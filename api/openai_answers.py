"""Write an answer as OpenAI's API does, whole or as a stream. Pure functions.

The text is the answer's own, with its marks. Each mark carries an annotation: `start_index` and
`end_index` are the mark's place in the text, in code points, end exclusive. An article with a URL
is cited by it; one without is cited by its address here. `dateline` holds the whole answer, with
the exact quotes and their offsets.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from pydantic import TypeAdapter

from api.openai_bodies import MODEL
from rag.types import Answer, Citation

_ANSWER = TypeAdapter(Answer)
USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
"""No tokens are sold here; what a language model took is in the metrics."""

Json = dict[str, Any]


class Mark(NamedTuple):
    """A citation mark in the text."""

    start: int
    end: int
    citation: Citation


class Piece(NamedTuple):
    """A sentence with its marks, as it is streamed."""

    text: str
    marks: tuple[Mark, ...]


def pieces(answer: Answer) -> list[Piece]:
    """Cut the text at its sentences; together the pieces are `answer.text`."""
    if answer.abstained:
        return [Piece(answer.text, ())]
    by_number = {item.number: item for item in answer.citations}
    found: list[Piece] = []
    at = 0
    for sentence in answer.sentences:
        text = f" {sentence.text}" if found else sentence.text
        marks: list[Mark] = []
        for number in sentence.citations:
            mark = f"[{number}]"
            start = at + len(text) + 1
            text += f" {mark}"
            marks.append(Mark(start, start + len(mark), by_number[number]))
        found.append(Piece(text, tuple(marks)))
        at += len(text)
    return found


def article_url(citation: Citation, base: str) -> str:
    """Return the article's own address, else where this service has it."""
    if citation.url:
        return citation.url
    return f"{base}/articles/{quote(citation.article_id, safe='')}?version={citation.version}"


def completion(answer: Answer, base: str) -> Json:
    """Write a chat completion; ``base`` is this service's URL with `/v1`, or the collection's."""
    return {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": answer.text,
                    "refusal": None,
                    "annotations": [
                        _chat_annotation(mark, base)
                        for piece in pieces(answer)
                        for mark in piece.marks
                    ],
                },
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": USAGE,
        "dateline": dump(answer),
    }


def completion_chunks(answer: Answer, base: str, *, usage: bool) -> Iterator[Json]:
    """Write a chat completion as chunks, a sentence each."""
    shared: Json = {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": MODEL,
    }
    if usage:
        shared["usage"] = None

    def chunk(delta: Mapping[str, Any], finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": finish}
        return {**shared, "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    for piece in pieces(answer):
        delta: Json = {"content": piece.text}
        if piece.marks:
            delta["annotations"] = [_chat_annotation(mark, base) for mark in piece.marks]
        yield chunk(delta)
    yield {**chunk({}, "stop"), "dateline": dump(answer)}
    if usage:
        yield {**shared, "choices": [], "usage": USAGE}


def response(answer: Answer, base: str, previous: str | None = None, *, done: bool = True) -> Json:
    """Write a response, or as it looks before there is any output."""
    created = int(time.time())
    return {
        "id": f"resp_{answer.id}",
        "object": "response",
        "created_at": created,
        "status": "completed" if done else "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "metadata": {},
        "model": MODEL,
        "output": [_message(answer, base)] if done else [],
        "parallel_tool_calls": False,
        "previous_response_id": previous,
        "reasoning": {"effort": None, "summary": None},
        "store": True,
        "temperature": 0.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "none",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": 0,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": 0,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 0,
        }
        if done
        else None,
        **({"dateline": dump(answer)} if done else {}),
    }


def response_events(answer: Answer, base: str, previous: str | None = None) -> Iterator[Json]:
    """Write a response as events in their order, without their `sequence_number`."""
    message = _message(answer, base)
    (content,) = message["content"]
    part = {"item_id": message["id"], "output_index": 0, "content_index": 0}
    begun = response(answer, base, previous, done=False)
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    yield {
        "type": "response.output_item.added",
        "output_index": 0,
        "item": {**message, "status": "in_progress", "content": []},
    }
    empty = {**content, "text": "", "annotations": []}
    yield {"type": "response.content_part.added", **part, "part": empty}
    number = 0
    for piece in pieces(answer):
        yield {
            "type": "response.output_text.delta", **part, "delta": piece.text, "logprobs": [],
        }  # fmt: skip
        for mark in piece.marks:
            yield {
                "type": "response.output_text.annotation.added",
                **part,
                "annotation_index": number,
                "annotation": _annotation(mark, base),
            }
            number += 1
    yield {"type": "response.output_text.done", **part, "text": answer.text, "logprobs": []}
    yield {"type": "response.content_part.done", **part, "part": content}
    yield {"type": "response.output_item.done", "output_index": 0, "item": message}
    yield {"type": "response.completed", "response": response(answer, base, previous)}


def dump(answer: Answer) -> Json:
    """Return the whole answer as JSON has it."""
    found: Json = _ANSWER.dump_python(answer, mode="json")
    return found


def _message(answer: Answer, base: str) -> Json:
    return {
        "id": f"msg_{answer.id}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [
            {
                "type": "output_text",
                "text": answer.text,
                "logprobs": [],
                "annotations": [
                    _annotation(mark, base) for piece in pieces(answer) for mark in piece.marks
                ],
            }
        ],
    }


def _chat_annotation(mark: Mark, base: str) -> Json:
    return {
        "type": "url_citation",
        "url_citation": {
            "url": article_url(mark.citation, base),
            "title": mark.citation.title,
            "start_index": mark.start,
            "end_index": mark.end,
        },
    }


def _annotation(mark: Mark, base: str) -> Json:
    if mark.citation.url:
        return {
            "type": "url_citation",
            "url": mark.citation.url,
            "title": mark.citation.title,
            "start_index": mark.start,
            "end_index": mark.end,
        }
    return {
        "type": "file_citation",
        "file_id": mark.citation.article_id,
        "filename": mark.citation.title,
        "index": mark.start,
        "url": article_url(mark.citation, base),
    }
