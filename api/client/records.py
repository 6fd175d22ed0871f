"""The requests about what was answered, and about the state of the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.client import options
from api.client.call import Call, given, named, once, segment
from api.replies import Alive, Model, ModelList, Readiness, Stats
from rag.evaluation_types import LastEvaluation
from rag.feedback_types import Feedback, FeedbackPage, Opinion
from rag.key_types import ChangePage
from rag.types import AnswerPage, AnswerRecord


def answers(affected_by: str | None, affected: bool, page_size: int) -> Call[AnswerPage]:
    """List given answers."""
    query = given({"affected_by": affected_by, "affected": affected, "limit": page_size})
    return Call("GET", "/v1/answers", AnswerPage, query=query)


def answer(answer_id: str) -> Call[AnswerRecord]:
    """Read a given answer."""
    return Call("GET", f"/v1/answers/{segment(answer_id)}", AnswerRecord)


def references(answer_id: str, style: str, form: str) -> Call[str]:
    """Write the references of an answer."""
    path = f"/v1/answers/{segment(answer_id)}/references"
    return Call("GET", path, str, query={"style": style, "format": form})


def feedback(answer_id: str, verdict: Opinion, more: Mapping[str, Any]) -> Call[Feedback]:
    """Give an opinion."""
    body = {"answer_id": answer_id, "verdict": verdict, **named(more, options.Judging)}
    return Call("POST", "/v1/feedback", Feedback, body, headers=once())


def opinions(page_size: int) -> Call[FeedbackPage]:
    """List opinions."""
    return Call("GET", "/v1/feedback", FeedbackPage, query={"limit": page_size})


def audit(page_size: int) -> Call[ChangePage]:
    """List who changed what."""
    return Call("GET", "/v1/audit", ChangePage, query={"limit": page_size})


def stats() -> Call[Stats]:
    """Count what is there."""
    return Call("GET", "/v1/stats", Stats)


def evaluation() -> Call[LastEvaluation]:
    """Read the last evaluation."""
    return Call("GET", "/v1/evaluation", LastEvaluation)


def models() -> Call[ModelList]:
    """List models."""
    return Call("GET", "/v1/models", ModelList)


def model(model_id: str) -> Call[Model]:
    """Read about a model."""
    return Call("GET", f"/v1/models/{segment(model_id)}", Model)


def alive() -> Call[Alive]:
    """Ask whether the process answers."""
    return Call("GET", "/healthz", Alive, of_service=True)


def ready() -> Call[Readiness]:
    """Ask whether questions can be answered."""
    return Call("GET", "/readyz", Readiness, of_service=True)
