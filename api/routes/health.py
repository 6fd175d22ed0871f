"""Say whether the process lives and whether it can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from api.dependencies import Opening
from api.openapi import OPEN_ERRORS, problems, responses
from api.problems import respond
from api.replies import Alive, LlmState, Readiness
from rag.errors import DatelineError

if TYPE_CHECKING:
    from rag.models.llm import LanguageModel

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is it alive?", response_description="The process answers.")
async def healthz() -> Alive:
    """Answer as soon as the server listens, whatever else is wrong."""
    return Alive()


@router.get(
    "/readyz",
    summary="Can it answer questions?",
    response_model=Readiness,
    response_description="The models are loaded, and the catalogue can be read now.",
    responses={200: responses("ready"), **problems(*OPEN_ERRORS)},
)
def readyz(request: Request, service: Opening) -> Readiness | Response:
    """Answer 503 with the reason until questions can be answered, and when they no longer can."""
    try:
        dateline = service.dateline
        counts = dateline.catalogue.counts()
        return Readiness(
            articles=counts["articles"],
            versions=counts["versions"],
            passages=counts["passages"],
            generation=dateline.catalogue.generation(),
            models={
                "embedder": dateline.embedder.fingerprint,
                "reader": dateline.reader.fingerprint,
            },
            llm=(state := _llm(dateline.language_model())),
            degraded=state is not None and state.trouble is not None,
        )
    except DatelineError as error:
        # Whatever the reason, this is what a load balancer understands.
        return respond(request, error, status=503)


def _llm(model: LanguageModel | None) -> LlmState | None:
    if model is None:
        return None
    return LlmState(name=model.fingerprint, chosen=model.backend.chosen, trouble=model.trouble)
