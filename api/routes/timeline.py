"""What the articles tell of a subject, day by day."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Readers, Ready
from api.errors import Overloaded, RequestInvalid
from api.openapi import OPEN_ERRORS, problems, responses
from api.schemas import MAX_NAMES, Name, Outlets, Time, time_filters
from rag.errors import FilterError, QuestionError
from rag.statement_types import Timeline

router = APIRouter(prefix="/v1", tags=["statements"])


@router.get(
    "/timeline",
    summary="Make a timeline",
    response_description="Dated statements and events, the earliest day first; maybe none.",
    responses={
        200: responses("timeline"),
        **problems(RequestInvalid, FilterError, QuestionError, *OPEN_ERRORS, Overloaded),
    },
)
async def make_timeline(
    service: Ready,
    readers: Readers,
    q: Annotated[str, Query(min_length=1, description="A subject in words.")],
    as_of: Time = None,
    after: Time = None,
    before: Time = None,
    outlets: Outlets = (),
    speakers: Annotated[
        tuple[Name, ...],
        Query(max_length=MAX_NAMES, description="Only what this person says; repeatable."),
    ] = (),
    limit: Annotated[int, Query(ge=1, le=100, description="Most entries.")] = 20,
) -> Timeline:
    """Put what the articles tell of a subject in the order of the days.

    A statement is of the day that its article names, else of the day of publication; an event needs
    a day in its sentence. What no day can be given to is left out and counted in `undated`.
    """
    filters = replace(time_filters(as_of, after, before, outlets), speakers=tuple(speakers))
    return await readers.run(lambda: service.dateline.timeline(q, filters, limit))
