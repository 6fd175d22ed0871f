"""Numbers about the collection and its use."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.dependencies import Ready
from api.openapi import OPEN_ERRORS, problems
from api.replies import Stats
from rag import __version__
from rag.evaluation_types import LastEvaluation
from rag.spending import shown

router = APIRouter(tags=["operations"])


@router.get(
    "/v1/stats",
    summary="Count what is there",
    response_description="Counts of the collection, its answers and opinions.",
    responses={**problems(*OPEN_ERRORS)},
)
def read_stats(service: Ready) -> Stats:
    """Count articles, answers and opinions. `GET /metrics` has what moves."""
    dateline = service.dateline
    counts = dateline.catalogue.counts()
    answers, abstained = dateline.answers.counts()
    used = dateline.tokens.spent()
    return Stats(
        version=__version__,
        articles=counts["articles"],
        versions=counts["versions"],
        passages=counts["passages"],
        generation=dateline.catalogue.generation(),
        undated=dateline.catalogue.undated(),
        answers=answers,
        abstained=abstained,
        feedback=dateline.feedback.counts(),
        llm_tokens_today=used.tokens,
        llm_cost_today=shown(used.cost),
    )


@router.get(
    "/v1/evaluation",
    summary="Read the last evaluation",
    response_description="Its figures; `evaluation` is null when none was kept.",
    responses={**problems(*OPEN_ERRORS)},
)
def read_evaluation(service: Ready) -> LastEvaluation:
    """Read how the last run of a suite of questions went that an operator kept here.

    `dateline eval report RUN --keep` keeps it. It tells of the suite's own articles, and of the
    models that are named in it.
    """
    return LastEvaluation(evaluation=service.dateline.evaluations.last())


@router.get("/metrics", include_in_schema=False)
def read_metrics(request: Request) -> Response:
    """Return the metrics in Prometheus' text format."""
    found: bytes = request.app.state.metrics.text()
    return Response(found, media_type="text/plain; version=0.0.4; charset=utf-8")
