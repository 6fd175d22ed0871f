"""Read the answers that were given, and which of their sources changed since."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.dependencies import Ready
from api.errors import RequestInvalid
from api.openapi import OPEN_ERRORS, problems, responses
from api.schemas import Cursor
from rag.errors import AnswerNotFound, CursorError
from rag.types import AnswerPage, AnswerRecord

router = APIRouter(prefix="/v1/answers", tags=["answers"])

AnswerId = Annotated[str, Path(max_length=60, description="The answer's id.")]


@router.get(
    "",
    summary="List given answers",
    response_description="One page, the newest first; `next_cursor` leads to the next.",
    responses={
        200: responses("answers_affected"),
        **problems(RequestInvalid, CursorError, *OPEN_ERRORS),
    },
)
def list_answers(
    service: Ready,
    affected_by: Annotated[
        str | None,
        Query(
            max_length=200,
            description="Only answers that cite a version of this article which was corrected, "
            "retracted or deleted since.",
        ),
    ] = None,
    affected: Annotated[
        bool, Query(description="Only answers of which any source changed since.")
    ] = False,
    limit: Annotated[int, Query(ge=1, le=200, description="Most answers on the page.")] = 50,
    cursor: Cursor = None,
) -> AnswerPage:
    """List the answers that are kept, without their texts.

    They are kept for the days of the setting `keep_answers`.
    """
    return service.dateline.answers.page(limit, cursor, affected_by=affected_by, affected=affected)


@router.get(
    "/{answer_id}",
    summary="Read a given answer",
    response_description="The answer as it was given, and what became of its sources.",
    responses={**problems(RequestInvalid, AnswerNotFound, *OPEN_ERRORS)},
)
def read_answer(service: Ready, answer_id: AnswerId) -> AnswerRecord:
    """Return one answer whole: nothing in it is made anew."""
    return service.dateline.answers.get(answer_id)
