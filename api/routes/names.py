"""List the names that filters can be given: outlets and speakers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Readers, Ready
from api.errors import Overloaded, RequestInvalid
from api.openapi import OPEN_ERRORS, problems
from api.replies import KnownNames

router = APIRouter(prefix="/v1", tags=["articles"])

Start = Annotated[
    str,
    Query(
        max_length=200,
        description="How a word of the name starts, in any case; without it, the most frequent.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=100, description="Most names.")]


@router.get(
    "/outlets",
    summary="List outlets",
    response_description="Outlets and how many of their articles answers may use.",
    responses={**problems(RequestInvalid, *OPEN_ERRORS, Overloaded)},
)
async def list_outlets(
    service: Ready, readers: Readers, q: Start = "", limit: Limit = 20
) -> KnownNames:
    """List the outlets that there are articles of, to choose from in filters."""
    return KnownNames(items=await readers.run(lambda: service.dateline.names.outlets(q, limit)))


@router.get(
    "/speakers",
    summary="List speakers",
    response_description="Speakers and how many statements are theirs.",
    responses={**problems(RequestInvalid, *OPEN_ERRORS, Overloaded)},
)
async def list_speakers(
    service: Ready, readers: Readers, q: Start = "", limit: Limit = 20
) -> KnownNames:
    """List who is quoted, as articles write the name, to choose from in filters.

    An article takes part once it was read for who says what.
    """
    return KnownNames(items=await readers.run(lambda: service.dateline.names.speakers(q, limit)))
