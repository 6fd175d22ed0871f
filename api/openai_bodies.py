"""What clients of OpenAI's API send: the fields that mean something here; the rest is passed over.

Unlike our own bodies these take unknown fields, because such clients send a dozen that steer a
language model. What would change the answer's form is refused, so that nobody waits for it in vain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.errors import Fault, RequestInvalid
from api.schemas import MAX_TURN_CHARS, MAX_TURNS, FilterFields
from rag.types import Filters, Turn

MAX_MESSAGES = 500
MAX_TEXTS = 256
MAX_TEXT_CHARS = 20_000
MODEL = "dateline"
_MARK = re.compile(r" ?\[\d{1,4}\]")


class Foreign(BaseModel):
    """A body of a foreign client."""

    model_config = ConfigDict(extra="ignore")


class Part(Foreign):
    """A piece of a message; only text can be read."""

    type: str = Field(max_length=40)
    text: str | None = Field(default=None, max_length=1_000_000)


class Message(Foreign):
    """A message of a conversation. Other roles than `user` and `assistant` are passed over."""

    type: str | None = Field(default=None, max_length=40)
    role: str | None = Field(default=None, max_length=40)
    content: Annotated[str, Field(max_length=1_000_000)] | list[Part] | None = None

    def text(self, place: str) -> str:
        """Return its text; raises RequestInvalid for anything else."""
        if not isinstance(self.content, list):
            return self.content or ""
        for part in self.content:
            if part.text is None:
                raise refusal(f"{place}.content", f"A part of the type {part.type!r} is no text.")
        return "\n".join(part.text or "" for part in self.content)


class Format(Foreign):
    """The form of the answer."""

    type: str = Field(default="text", max_length=40)


class DatelineFields(FilterFields):
    """What is ours beside their fields: filters, and how much to say."""

    limit: int | None = Field(default=None, ge=1, le=20, description="Most sentences to quote.")


class Asking(Foreign):
    """What both ways to ask have in common."""

    model: str = Field(max_length=200, description=f"`{MODEL}`.")
    stream: bool | None = None
    dateline: DatelineFields | None = Field(
        default=None,
        description="Ours: filters as in `POST /v1/ask`; with the Python client "
        '`extra_body={"dateline": {...}}`.',
    )

    def filters(self) -> Filters:
        """Return the filters; raises FilterError."""
        return self.dateline.filters() if self.dateline else Filters()

    @property
    def limit(self) -> int | None:
        """Most sentences to quote."""
        return self.dateline.limit if self.dateline else None


class StreamOptions(Foreign):
    """What a stream ends with."""

    include_usage: bool | None = None


class CompletionBody(Asking):
    """A chat completion."""

    messages: list[Message] = Field(
        min_length=1,
        max_length=MAX_MESSAGES,
        description="The conversation; its last `user` message is the question.",
    )
    n: int | None = Field(default=None, ge=1, le=1)
    response_format: Format | None = Field(default=None, description="`text` only.")
    stream_options: StreamOptions | None = None

    def conversation(self) -> tuple[str, list[Turn]]:
        """Return the question and what was said before; raises RequestInvalid."""
        _only_text("response_format", self.response_format)
        return _conversation(self.messages, "messages")


class TextOptions(Foreign):
    """How the text is to look."""

    format: Format | None = None


class ResponseBody(Asking):
    """A response."""

    input: (
        Annotated[str, Field(max_length=1_000_000)]
        | Annotated[list[Message], Field(min_length=1, max_length=MAX_MESSAGES)]
    ) = Field(description="The question, or the conversation with the question as its last.")
    previous_response_id: str | None = Field(
        default=None,
        max_length=80,
        description="Goes on from an answer that is kept (`keep_answers`).",
    )
    text: TextOptions | None = None

    def conversation(self) -> tuple[str, list[Turn]]:
        """Return the question and what was said before; raises RequestInvalid."""
        _only_text("text.format", self.text.format if self.text else None)
        if isinstance(self.input, str):
            return self.input, []
        return _conversation(self.input, "input")


class EmbeddingBody(Foreign):
    """Texts to embed."""

    model: str = Field(max_length=200, description="The embedder's name, from `GET /v1/models`.")
    input: (
        Annotated[str, Field(max_length=MAX_TEXT_CHARS)]
        | Annotated[
            list[Annotated[str, Field(max_length=MAX_TEXT_CHARS)]],
            Field(min_length=1, max_length=MAX_TEXTS),
        ]
    ) = Field(description="One text or several; not tokens. What the model cannot read is cut off.")
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = Field(default=None, description="The model's own number only.")

    @property
    def texts(self) -> Sequence[str]:
        """All of them."""
        return [self.input] if isinstance(self.input, str) else self.input


def refusal(place: str, message: str) -> RequestInvalid:
    """Refuse one field."""
    return RequestInvalid(
        f"{place}: {message}", [Fault(place=place, code="value_error", message=message)]
    )


def _only_text(place: str, given: Format | None) -> None:
    if given is not None and given.type != "text":
        raise refusal(f"{place}.type", f"{given.type!r} cannot be had: answers are plain text.")


def _conversation(messages: Sequence[Message], place: str) -> tuple[str, list[Turn]]:
    turns = list(_turns(messages, place))
    while turns and turns[-1].role != "user":
        turns.pop()
    if not turns:
        raise refusal(place, "There is no message with the role 'user' and a text.")
    return turns[-1].content, [
        Turn(role=turn.role, content=turn.content[:MAX_TURN_CHARS])
        for turn in turns[-1 - MAX_TURNS : -1]
    ]


def _turns(messages: Sequence[Message], place: str) -> Iterator[Turn]:
    for number, message in enumerate(messages):
        text: Any = message.text(f"{place}.{number}")
        if message.role == "user" and text:
            yield Turn(role="user", content=text)
        elif message.role == "assistant" and text:
            yield Turn(role="assistant", content=_MARK.sub("", text))
