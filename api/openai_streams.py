"""Write an answer as OpenAI's API streams it, sentence by sentence. No input and no output here.

Annotations come with the sentence whose marks they are of; their places count in the whole text.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from api.openai_answers import (
    USAGE,
    Growing,
    Json,
    Piece,
    annotation,
    chat_annotation,
    dump,
    message,
    response,
    response_begun,
)
from api.openai_bodies import MODEL
from rag.errors import DatelineError
from rag.telling import Said
from rag.types import Answer

DONE = "[DONE]"


class Stream(Protocol):
    """What is sent of an answer, as JSON."""

    def begin(self) -> Iterator[Json]:
        """Say that there will be one."""
        ...

    def add(self, said: Said) -> Iterator[Json]:
        """Say a sentence."""
        ...

    def end(self, answer: Answer) -> Iterator[Json]:
        """Say what remains."""
        ...

    def fail(self, error: DatelineError) -> Iterator[Json]:
        """Say that nothing more will come."""
        ...


class CompletionStream:
    """The chunks of a chat completion; ``usage``: whether the last says what it took."""

    def __init__(self, answer_id: str, base: str, *, usage: bool) -> None:
        self._base = base
        self._usage = usage
        self._text = Growing()
        self._shared: Json = {
            "id": f"chatcmpl-{answer_id}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": MODEL,
            **({"usage": None} if usage else {}),
        }

    def begin(self) -> Iterator[Json]:
        """Yield who speaks."""
        yield self._chunk({"role": "assistant", "content": ""})

    def add(self, said: Said) -> Iterator[Json]:
        """Yield a sentence with its annotations."""
        yield self._piece(self._text.add(said))

    def end(self, answer: Answer) -> Iterator[Json]:
        """Yield the whole answer in a field of ours; what abstains says so first."""
        if answer.abstained:
            yield self._piece(Piece(answer.text, ()))
        yield {**self._chunk({}, "stop"), "dateline": dump(answer)}
        if self._usage:
            yield {**self._shared, "choices": [], "usage": USAGE}

    def fail(self, error: DatelineError) -> Iterator[Json]:
        """Yield what their client raises as an APIError."""
        yield {
            "error": {
                "message": error.message,
                "type": "server_error",
                "param": None,
                "code": error.code,
            }
        }

    def _piece(self, piece: Piece) -> Json:
        delta: Json = {"content": piece.text}
        if piece.marks:
            delta["annotations"] = [chat_annotation(mark, self._base) for mark in piece.marks]
        return self._chunk(delta)

    def _chunk(self, delta: Mapping[str, Any], finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": finish}
        return {**self._shared, "choices": [choice]}


class ResponseStream:
    """The events of a response, numbered; ``previous`` is the response that it goes on from."""

    def __init__(self, answer_id: str, base: str, previous: str | None) -> None:
        self._id = answer_id
        self._base = base
        self._previous = previous
        self._text = Growing()
        self._said = ""
        self._annotations: list[Json] = []
        self._number = 0
        self._part = {"item_id": f"msg_{answer_id}", "output_index": 0, "content_index": 0}

    def begin(self) -> Iterator[Json]:
        """Yield that a response was made, with one empty text in it."""
        begun = response_begun(self._id, self._previous)
        yield self._event("response.created", response=begun)
        yield self._event("response.in_progress", response=begun)
        item = {**message(self._id, "", []), "status": "in_progress", "content": []}
        yield self._event("response.output_item.added", output_index=0, item=item)
        (empty,) = message(self._id, "", [])["content"]
        yield self._event("response.content_part.added", **self._part, part=empty)

    def add(self, said: Said) -> Iterator[Json]:
        """Yield a sentence, then its annotations."""
        yield from self._piece(self._text.add(said))

    def end(self, answer: Answer) -> Iterator[Json]:
        """Yield that all is done, and the whole; what abstains says so first."""
        if answer.abstained:
            yield from self._piece(Piece(answer.text, ()))
        item = message(self._id, self._said, self._annotations)
        yield self._event("response.output_text.done", **self._part, text=self._said, logprobs=[])
        yield self._event("response.content_part.done", **self._part, part=item["content"][0])
        yield self._event("response.output_item.done", output_index=0, item=item)
        whole = response(answer, self._base, self._previous)
        yield self._event("response.completed", response=whole)

    def fail(self, error: DatelineError) -> Iterator[Json]:
        """Yield that the response failed, and why."""
        why = {"code": "server_error", "message": f"{error.message} [{error.code}]"}
        failed = {**response_begun(self._id, self._previous), "status": "failed", "error": why}
        yield self._event("response.failed", response=failed)

    def _piece(self, piece: Piece) -> Iterator[Json]:
        self._said += piece.text
        yield self._event("response.output_text.delta", **self._part, delta=piece.text, logprobs=[])
        for mark in piece.marks:
            found = annotation(mark, self._base)
            yield self._event(
                "response.output_text.annotation.added",
                **self._part,
                annotation_index=len(self._annotations),
                annotation=found,
            )
            self._annotations.append(found)

    def _event(self, kind: str, **fields: Any) -> Json:
        event = {"type": kind, **fields, "sequence_number": self._number}
        self._number += 1
        return event
