"""What people say of answers; no logic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rag.documented import DOCUMENTED

Opinion = Literal["right", "incomplete", "wrong", "should_abstain", "should_answer"]
"""`should_abstain`: the articles do not say so; `should_answer`: they do, and it abstained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One opinion on one answer."""

    __pydantic_config__ = DOCUMENTED

    id: str
    answer_id: str
    at: datetime
    key_id: str | None
    """The API key it came with."""
    verdict: Opinion
    comment: str | None
    expected: str | None
    """What the right answer would have been."""
    citation: int | None
    """Number of the citation that it is about."""
    question: str
    answer: dict[str, Any]
    """The answer whole, as it was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackPage:
    """Opinions, the newest first."""

    __pydantic_config__ = DOCUMENTED

    items: tuple[Feedback, ...]
    next_cursor: str | None
