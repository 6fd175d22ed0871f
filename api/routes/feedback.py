"""Take opinions on answers, and hand them out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from api.dependencies import Ready, Writers, json_only
from api.errors import Overloaded, RequestInvalid
from api.openapi import BODY_ERRORS, OPEN_ERRORS, problems
from api.schemas import Body, Cursor
from rag.errors import AnswerNotFound, CursorError, InputError
from rag.feedback_types import Feedback, FeedbackPage, Opinion

router = APIRouter(prefix="/v1/feedback", tags=["feedback"])


class FeedbackBody(Body):
    """An opinion on an answer."""

    answer_id: str = Field(min_length=1, max_length=60, description="`id` of the answer.")
    verdict: Opinion
    comment: str | None = Field(default=None, min_length=1, max_length=5_000)
    expected: str | None = Field(
        default=None, min_length=1, max_length=5_000, description="What would have been right."
    )
    citation: int | None = Field(
        default=None, ge=1, le=1_000, description="Number of the citation that it is about."
    )


@router.post(
    "",
    summary="Say what you think of an answer",
    dependencies=[Depends(json_only)],
    status_code=201,
    response_description="The opinion as it is kept, with the answer.",
    responses={**problems(*BODY_ERRORS, InputError, AnswerNotFound, *OPEN_ERRORS, Overloaded)},
)
async def add_feedback(
    request: Request, body: FeedbackBody, service: Ready, writers: Writers
) -> Feedback:
    """Keep an opinion together with the answer as it was given, for later evaluation.

    The answer must still be kept (`keep_answers`); the opinion outlives it.
    """
    caller = getattr(request.state, "caller", None)
    return await writers.run(
        lambda: service.dateline.feedback.add(
            body.answer_id,
            body.verdict,
            comment=body.comment,
            expected=body.expected,
            citation=body.citation,
            key_id=None if caller is None else caller.id,
        )
    )


@router.get(
    "",
    summary="List what was said of answers",
    response_description="One page, the newest first; `next_cursor` leads to the next.",
    responses={**problems(RequestInvalid, CursorError, *OPEN_ERRORS)},
)
def list_feedback(
    service: Ready,
    limit: Annotated[int, Query(ge=1, le=200, description="Most opinions on the page.")] = 50,
    cursor: Cursor = None,
) -> FeedbackPage:
    """List the opinions with question and answer."""
    return service.dateline.feedback.page(limit, cursor)
