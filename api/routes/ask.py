"""Ask a question."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from api.dependencies import Readers, Ready, json_only
from api.errors import Overloaded
from api.openapi import BODY_ERRORS, OPEN_ERRORS, problems, requests, responses
from api.schemas import AskBody
from rag.errors import FilterError, QuestionError
from rag.types import Answer

router = APIRouter(prefix="/v1", tags=["ask"])


@router.post(
    "/ask",
    summary="Ask a question",
    dependencies=[Depends(json_only)],
    response_description="An answer, or an abstention with its reason: `abstained` tells which.",
    responses={
        200: responses("ask_answered", "ask_abstained"),
        **problems(*BODY_ERRORS, QuestionError, FilterError, *OPEN_ERRORS, Overloaded),
    },
)
async def ask(
    body: Annotated[AskBody, Body(openapi_examples=requests("ask_answered", "ask_abstained"))],
    service: Ready,
    readers: Readers,
) -> Answer:
    """Answer from the articles, each sentence with the passage that carries it, or abstain.

    When the articles do not answer, the status is 200, `abstained` is true, `reason` says why and
    `nearest` shows the passages that came closest.
    """
    filters = body.filters()
    history = [turn.turn() for turn in body.history]
    return await readers.run(
        lambda: service.dateline.ask(body.question, history, filters, body.limit)
    )
