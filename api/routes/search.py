"""Search for passages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from api.dependencies import Readers, Ready, json_only
from api.errors import Overloaded
from api.openapi import BODY_ERRORS, OPEN_ERRORS, problems, requests, responses
from api.replies import SearchResults
from api.schemas import SearchBody
from rag.errors import FilterError, QuestionError

router = APIRouter(prefix="/v1", tags=["search"])


@router.post(
    "/search",
    summary="Search for passages",
    dependencies=[Depends(json_only)],
    response_description="The passages, best first; none when nothing passes the filters.",
    responses={
        200: responses("search"),
        **problems(*BODY_ERRORS, QuestionError, FilterError, *OPEN_ERRORS, Overloaded),
    },
)
async def search(
    body: Annotated[SearchBody, Body(openapi_examples=requests("search"))],
    service: Ready,
    readers: Readers,
) -> SearchResults:
    """Find passages by words and by meaning; of reprints of one text, one article is shown."""
    filters = body.filters()
    found = await readers.run(lambda: service.dateline.search(body.query, filters, body.limit))
    return SearchResults(results=tuple(found))
