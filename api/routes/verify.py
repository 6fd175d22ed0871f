"""Check a text against the articles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from api.dependencies import Readers, Ready, json_only
from api.errors import Overloaded
from api.openapi import BODY_ERRORS, OPEN_ERRORS, problems, requests, responses
from api.schemas import VerifyBody
from rag.errors import FilterError, QuestionError
from rag.verify_types import Verification

router = APIRouter(prefix="/v1", tags=["verify"])


@router.post(
    "/verify",
    summary="Check a text",
    dependencies=[Depends(json_only)],
    response_description="A verdict for each sentence, with the passages that it was held against.",
    responses={
        200: responses("verified"),
        **problems(*BODY_ERRORS, QuestionError, FilterError, *OPEN_ERRORS, Overloaded),
    },
)
async def verify(
    body: Annotated[VerifyBody, Body(openapi_examples=requests("verified"))],
    service: Ready,
    readers: Readers,
) -> Verification:
    """Say of each sentence whether the articles support it, contradict it, or do not tell.

    Each sentence is read by itself. `not_found` is no judgement: nothing near enough was found.
    What stands in quotation marks must be in the article letter by letter.
    """
    filters, given = body.filters(), body.sources()
    return await readers.run(lambda: service.dateline.verify(body.text, given, filters))
