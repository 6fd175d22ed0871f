"""Look quotations up: where the words stand, and who says them there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from api.dependencies import Readers, Ready, json_only
from api.errors import Overloaded
from api.openapi import BODY_ERRORS, OPEN_ERRORS, problems, requests, responses
from api.schemas import QuoteBody
from rag.errors import FilterError, QuestionError
from rag.statement_types import QuoteLookup

router = APIRouter(prefix="/v1/quotes", tags=["statements"])


@router.post(
    "/lookup",
    summary="Look a quotation up",
    dependencies=[Depends(json_only)],
    response_description="Where it stands; `found` is false when it stands nowhere.",
    responses={
        200: responses("quote_changed", "quote_not_found"),
        **problems(*BODY_ERRORS, QuestionError, FilterError, *OPEN_ERRORS, Overloaded),
    },
)
async def lookup_quote(
    body: Annotated[
        QuoteBody,
        Body(openapi_examples=requests("quote_changed", "quote_not_found")),
    ],
    service: Ready,
    readers: Readers,
) -> QuoteLookup:
    """Find the articles that have these words, and mark every difference.

    Punctuation, case and the shape of quotation marks do not count. One word in six may be changed,
    left out or added; an ellipsis may stand for words. What is further from every article is not
    found.
    """
    filters = body.filters()
    return await readers.run(lambda: service.dateline.lookup_quote(body.quote, filters, body.limit))
