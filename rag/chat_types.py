"""What a chat is made of; no logic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rag.documented import DOCUMENTED
from rag.types import Answer

EventKind = Literal["query", "sources", "sentence", "citation", "verification", "done", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTurn:
    """One question of a chat and what was answered."""

    __pydantic_config__ = DOCUMENTED

    id: str
    number: int
    """Counts from 1."""
    asked_at: datetime
    question: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSummary:
    """A chat without its turns."""

    __pydantic_config__ = DOCUMENTED

    id: str
    title: str
    """Its first question."""
    created_at: datetime
    used_at: datetime
    """When the last question was answered; the chat is kept for `chat_days` after it."""
    turns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat with all its turns."""

    __pydantic_config__ = DOCUMENTED

    id: str
    title: str
    created_at: datetime
    used_at: datetime
    turns: tuple[ChatTurn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """What was answered to one question of a chat."""

    __pydantic_config__ = DOCUMENTED

    chat_id: str
    """Send it with the next question."""
    turn_id: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatEvent:
    """One step towards an answer. Nothing in it is unverified."""

    kind: EventKind
    data: Mapping[str, Any]
    """As JSON has it."""
