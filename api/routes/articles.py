"""Store, list, read and remove articles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, File, Path, Query, Response, UploadFile
from pydantic import SkipValidation

from api.batch import refused_articles, store
from api.collections import prefix_of
from api.dependencies import Ready, Writers, json_only
from api.errors import (
    ArticlesRefused,
    BatchTooLarge,
    BodyTooLarge,
    Fault,
    Overloaded,
    RequestInvalid,
)
from api.openapi import BODY_ERRORS, OPEN_ERRORS, problems, requests, responses
from api.schemas import ArticleBody, Cursor, Outlets, StatusBody, Time, UrlsBody, time_filters
from api.service import Service
from api.uploads import Spool
from rag.errors import ArticleNotFound, CursorError, FilterError
from rag.types import Article, IngestReport, Job, Page, Status

router = APIRouter(prefix="/v1/articles", tags=["articles"])

ArticleId = Annotated[
    str, Path(max_length=200, pattern=r"^[\w.:@~+-]+$", description="The article's id.")
]
# The catalogue's databases count in 32 bits.
Version = Annotated[
    int | None, Query(ge=1, le=2**31 - 1, description="A version; by default the current one.")
]


@router.post(
    "",
    summary="Store articles",
    dependencies=[Depends(json_only)],
    status_code=201,
    response_description="Something was added or changed; `refused` lists what was not stored.",
    responses={
        201: responses("articles_added"),
        200: {
            "model": IngestReport,
            "description": "Everything was there already; nothing changed.",
            **responses("articles_unchanged"),
        },
        **problems(*BODY_ERRORS, BatchTooLarge, ArticlesRefused, *OPEN_ERRORS, Overloaded),
    },
)
async def add_articles(
    # Each article is checked by itself, so that one that is wrong does not stop the others.
    body: Annotated[
        SkipValidation[ArticleBody | list[ArticleBody]],
        Body(openapi_examples=requests("articles_added", "articles_unchanged")),
    ],
    service: Ready,
    writers: Writers,
    response: Response,
) -> IngestReport:
    """Store one article or a list of them, each whole or not at all.

    The same article again changes nothing; the same `id` (or `url`) with another text or other
    metadata becomes a new version. An article that cannot be stored is listed in `refused` and does
    not stop the others; when none can be, the request is refused with `articles_refused`.
    """
    records = body if isinstance(body, list) else [body]
    _bounded(records, service)
    report = await writers.run(lambda: store(service.dateline, records))
    if report.refused and not report.stored:
        raise refused_articles(report)
    if not report.count("added") and not report.count("changed"):
        response.status_code = 200
    return report


@router.post(
    "/batch",
    summary="Store articles in the background",
    dependencies=[Depends(json_only)],
    status_code=202,
    response_description="The job that stores them; `Location` is where to look for it.",
    responses={
        **problems(*BODY_ERRORS, BatchTooLarge, *OPEN_ERRORS),
    },
)
def add_batch(
    body: Annotated[list[SkipValidation[ArticleBody]], Body()],
    service: Ready,
    response: Response,
) -> Job:
    """Take a list of articles and store them in a job, which lists what it could not store.

    The list is on disk when this answers: the job is gone on with after a crash.
    """
    _bounded(body, service)
    return _submitted(service, response, lambda spool: spool.take_records(body), len(body))


@router.post(
    "/files",
    summary="Upload files",
    status_code=202,
    response_description="The job that stores what is in them; `Location` is where to look for it.",
    responses={**problems(BodyTooLarge, RequestInvalid, *OPEN_ERRORS)},
)
def add_files(
    files: Annotated[
        list[UploadFile],
        File(
            description="One or several: text, Markdown, HTML, PDF, JSON, JSON Lines, CSV, feeds, "
            "and zip, tar or gzip archives of these; the name's ending says which."
        ),
    ],
    service: Ready,
    response: Response,
) -> Job:
    """Take files and store their articles in a job, which lists what it could not store."""

    def take(spool: Spool) -> None:
        for file in files:
            spool.take(file.filename or "upload", file.file)

    return _submitted(service, response, take, None)


@router.post(
    "/urls",
    summary="Fetch web addresses",
    dependencies=[Depends(json_only)],
    status_code=202,
    response_description="The job that fetches them; `Location` is where to look for it.",
    responses={**problems(*BODY_ERRORS, *OPEN_ERRORS)},
)
def add_urls(body: UrlsBody, service: Ready, response: Response) -> Job:
    """Fetch pages and feeds and store their articles in a job.

    robots.txt is respected, and addresses of private networks are refused. A feed that did not
    change since the last time costs one request.
    """
    return _begun(service, response, {"urls": body.urls}, None)


@router.get(
    "",
    summary="List articles",
    response_description="One page; `next_cursor` leads to the next.",
    responses={
        200: responses("articles_listed"),
        **problems(RequestInvalid, FilterError, CursorError, *OPEN_ERRORS),
    },
)
def list_articles(
    service: Ready,
    order: Annotated[
        Literal["id", "newest"],
        Query(description="`newest`: by date of publication, undated articles last."),
    ] = "id",
    status: Annotated[
        Status | None, Query(description="Only articles of this status; `newest` only.")
    ] = None,
    as_of: Time = None,
    after: Time = None,
    before: Time = None,
    outlets: Outlets = (),
    limit: Annotated[int, Query(ge=1, le=200, description="Most articles on the page.")] = 50,
    cursor: Cursor = None,
) -> Page:
    """List the articles, without their texts; the filters need `order=newest`."""
    filters = time_filters(as_of, after, before, outlets)
    if order == "newest":
        return service.dateline.catalogue.newest(limit, cursor, filters, status)
    if filters.dated or filters.outlets or status is not None:
        raise RequestInvalid(
            "The list by id takes no filters.", remedy="Add `order=newest` to the address."
        )
    return service.dateline.articles(limit, cursor)


@router.get(
    "/{article_id}",
    summary="Read an article",
    response_description="The article with its text.",
    responses={
        200: responses("article"),
        **problems(RequestInvalid, ArticleNotFound, *OPEN_ERRORS),
    },
)
def read_article(service: Ready, article_id: ArticleId, version: Version = None) -> Article:
    """Read one version of an article, with the cleaned `text` that offsets count in."""
    return service.dateline.article(article_id, version)


@router.patch(
    "/{article_id}",
    summary="Retract an article, or use it again",
    dependencies=[Depends(json_only)],
    response_description="The article as it stands now.",
    responses={**problems(*BODY_ERRORS, ArticleNotFound, *OPEN_ERRORS)},
)
async def set_status(
    article_id: ArticleId, body: StatusBody, service: Ready, writers: Writers
) -> Article:
    """Take an article out of every later answer, or put it back.

    A retracted article stays readable, with the note. `GET /v1/answers?affected_by=` lists the
    answers that had used it.
    """

    def change() -> Article:
        if body.status == "live":
            service.dateline.reinstate(article_id)
        elif body.note is None:
            raise RequestInvalid(
                "`note` is missing: say why the article is retracted.",
                [Fault(place="body.note", code="missing", message="Say why it is retracted.")],
                remedy='Send {"status": "retracted", "note": "..."}.',
            )
        else:
            service.dateline.retract(article_id, body.note)
        return service.dateline.article(article_id)

    return await writers.run(change)


@router.delete(
    "/{article_id}",
    summary="Remove an article",
    status_code=204,
    response_description="It is gone, with all its versions.",
    responses={**problems(RequestInvalid, ArticleNotFound, *OPEN_ERRORS)},
)
def delete_article(service: Ready, article_id: ArticleId) -> None:
    """Remove an article with all its versions; no later answer uses it."""
    service.dateline.delete(article_id)


def _bounded(records: list[ArticleBody], service: Service) -> None:
    if len(records) > service.settings.max_batch:
        raise BatchTooLarge(
            f"The request has {len(records):,} articles; the most is "
            f"{service.settings.max_batch:,}.",
            remedy="Send them in several requests.",
        )


def _submitted(
    service: Service, response: Response, fill: Callable[[Spool], None], total: int | None
) -> Job:
    spool = Spool(service.spool)
    try:
        fill(spool)
        return _begun(service, response, spool.request(), total)
    except BaseException:
        spool.discard()
        raise


def _begun(
    service: Service, response: Response, request: Mapping[str, Any], total: int | None
) -> Job:
    job = service.submit(request, total)
    response.headers["Location"] = f"{prefix_of(service.settings.collection)}/jobs/{job.id}"
    return job
