"""Search for statements: who said what, when, and where."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Readers, Ready
from api.errors import Overloaded, RequestInvalid
from api.openapi import OPEN_ERRORS, problems, responses
from api.schemas import Cursor, Outlets, Time, time_filters
from rag.errors import CursorError, FilterError, QuestionError
from rag.statement_types import SaidType, StatementPage

router = APIRouter(prefix="/v1", tags=["statements"])


@router.get(
    "/statements",
    summary="Search for statements",
    response_description="One page; `items` is empty when nobody said such a thing.",
    responses={
        200: responses("statements"),
        **problems(
            RequestInvalid, FilterError, QuestionError, CursorError, *OPEN_ERRORS, Overloaded
        ),
    },
)
async def find_statements(
    service: Ready,
    readers: Readers,
    speaker: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="A full name, a last name, or a role such as `US president`. A last name "
            "that several share means the one who speaks ten times as often as the others, else "
            "all of them; `speakers` in the answer tells them apart.",
        ),
    ] = None,
    about: Annotated[
        str | None,
        Query(
            min_length=1,
            description="A subject in words: the nearest statements come first. Without it, the "
            "newest.",
        ),
    ] = None,
    as_of: Time = None,
    after: Time = None,
    before: Time = None,
    outlets: Outlets = (),
    quote_type: Annotated[
        SaidType | None, Query(description="Only what is said in this way.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Most statements on the page.")] = 20,
    cursor: Cursor = None,
) -> StatementPage:
    """Say who said what, each with its exact place; articles with the same words are one item.

    A statement that its speaker rejects has `denied`, one he is said not to have made `negated`.
    """
    filters = time_filters(as_of, after, before, outlets)
    return await readers.run(
        lambda: service.dateline.statements(speaker, about, filters, quote_type, limit, cursor)
    )
