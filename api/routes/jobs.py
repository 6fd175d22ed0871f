"""Watch and stop long work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal

import anyio
from anyio import to_thread
from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from api.dependencies import Ready
from api.errors import RequestInvalid
from api.openapi import EVENT_STREAM, OPEN_ERRORS, problems, responses, streamed
from api.replies import JobItems, JobList
from api.schemas import Cursor
from api.service import Service
from rag.errors import CursorError, JobNotFound
from rag.types import Job

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

JobId = Annotated[str, Path(max_length=60, description="The job's id.")]

LOOK_SECONDS = 0.5
"""How often a stream looks for progress."""
_JOB = TypeAdapter(Job)


@router.get(
    "",
    summary="List jobs",
    response_description="The newest first.",
    responses={**problems(RequestInvalid, CursorError, *OPEN_ERRORS)},
)
def list_jobs(
    service: Ready,
    limit: Annotated[int, Query(ge=1, le=200, description="Most jobs on the page.")] = 20,
    cursor: Cursor = None,
) -> JobList:
    """List the jobs of this collection, ended ones too."""
    return JobList.of(service.dateline.jobs.newest(limit + 1, cursor), limit)


@router.get(
    "/{job_id}",
    summary="See how far a job is",
    response_description="The job as it stands.",
    responses={200: responses("job"), **problems(RequestInvalid, JobNotFound, *OPEN_ERRORS)},
)
def read_job(service: Ready, job_id: JobId) -> Job:
    """Return one job with its counts, rate and time left."""
    return service.dateline.jobs.get(job_id)


@router.get(
    "/{job_id}/items",
    summary="List what became of each item",
    response_description="Items in their order.",
    responses={**problems(RequestInvalid, CursorError, JobNotFound, *OPEN_ERRORS)},
)
def list_job_items(
    service: Ready,
    job_id: JobId,
    outcome: Annotated[
        Literal["added", "changed", "unchanged", "refused"] | None,
        Query(description="Only items that ended so."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Most items on the page.")] = 200,
    cursor: Cursor = None,
) -> JobItems:
    """List the items that are done: what each was stored as, or why it was not."""
    return JobItems.of(service.dateline.jobs.items(job_id, limit + 1, cursor, outcome), limit)


@router.get(
    "/{job_id}/events",
    summary="Follow a job",
    response_class=StreamingResponse,
    response_description="Server-sent events: `job` with the job as JSON whenever it moved, the "
    "last one when it has ended.",
    responses={
        200: streamed("event", "data"),
        **problems(RequestInvalid, JobNotFound, *OPEN_ERRORS),
    },
)
async def follow_job(service: Ready, job_id: JobId) -> StreamingResponse:
    """Stream the job's progress until it has ended."""
    first = await to_thread.run_sync(service.dateline.jobs.get, job_id)
    return StreamingResponse(
        _events(service, first),
        media_type=EVENT_STREAM,
        headers={"Cache-Control": "no-store"},
    )


@router.post(
    "/{job_id}/cancel",
    summary="Stop a job",
    response_description="The job; it is `cancelled` once the article in hand is done.",
    responses={**problems(RequestInvalid, JobNotFound, *OPEN_ERRORS)},
)
def cancel_job(service: Ready, job_id: JobId) -> Job:
    """Ask a job to stop; what it stored stays. A job that has ended is left as it is."""
    return service.dateline.jobs.cancel(job_id)


async def _events(service: Service, job: Job) -> AsyncIterator[bytes]:
    shown = b""
    while True:
        said = _JOB.dump_json(job, exclude={"rate", "seconds_left"})
        if said != shown:
            shown = said
            yield b"event: job\ndata: " + _JOB.dump_json(job) + b"\n\n"
        else:
            # A comment, so that a client that is gone is noticed.
            yield b": \n\n"
        if job.ended:
            return
        await anyio.sleep(LOOK_SECONDS)
        job = await to_thread.run_sync(service.dateline.jobs.get, job.id)
