"""Write an answer as OpenAI's API does.

The text is the answer's own, with its marks. Each mark carries an annotation: `start_index` and
`end_index` are the mark's place in the text, in code points, end exclusive. An article with a URL
is cited by it; one without is cited by its address here. `dateline` holds the whole answer, with
the exact quotes and their offsets.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from pydantic import TypeAdapter

from api.openai_bodies import MODEL
from rag.telling import Said, again
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


class Growing:
    """The text as it grows by sentences."""

    def __init__(self) -> None:
        self._length = 0
        self._by_number: dict[int, Citation] = {}

    def add(self, said: Said) -> Piece:
        """Return what the next sentence adds."""
        self._by_number |= {item.number: item for item in said.citations}
        text = f" {said.sentence.text}" if self._length else said.sentence.text
        marks: list[Mark] = []
        for number in said.sentence.citations:
            mark = f"[{number}]"
            start = self._length + len(text) + 1
            text += f" {mark}"
            marks.append(Mark(start, start + len(mark), self._by_number[number]))
        self._length += len(text)
        return Piece(text, tuple(marks))


def pieces(answer: Answer) -> list[Piece]:
    """Cut the text at its sentences; together the pieces are `answer.text`."""
    if answer.abstained:
        return [Piece(answer.text, ())]
    text = Growing()
    return [text.add(said) for said in again(answer)]


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
                        chat_annotation(mark, base)
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


def response(answer: Answer, base: str, previous: str | None = None) -> Json:
    """Write a response."""
    annotations = [annotation(mark, base) for piece in pieces(answer) for mark in piece.marks]
    return {
        **response_begun(answer.id, previous),
        "status": "completed",
        "output": [message(answer.id, answer.text, annotations)],
        "usage": {
            "input_tokens": 0,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": 0,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 0,
        },
        "dateline": dump(answer),
    }


def response_begun(answer_id: str, previous: str | None) -> Json:
    """Write a response as it looks before there is any output."""
    return {
        "id": f"resp_{answer_id}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "metadata": {},
        "model": MODEL,
        "output": [],
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
        "usage": None,
    }


def message(answer_id: str, text: str, annotations: Sequence[Json]) -> Json:
    """Write the one message of a response."""
    return {
        "id": f"msg_{answer_id}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [
            {
                "type": "output_text",
                "text": text,
                "logprobs": [],
                "annotations": [*annotations],
            }
        ],
    }


def dump(answer: Answer) -> Json:
    """Return the whole answer as JSON has it."""
    found: Json = _ANSWER.dump_python(answer, mode="json")
    return found


def chat_annotation(mark: Mark, base: str) -> Json:
    """Write the annotation of a mark in a chat completion."""
    return {
        "type": "url_citation",
        "url_citation": {
            "url": article_url(mark.citation, base),
            "title": mark.citation.title,
            "start_index": mark.start,
            "end_index": mark.end,
        },
    }


def annotation(mark: Mark, base: str) -> Json:
    """Write the annotation of a mark in a response."""
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
