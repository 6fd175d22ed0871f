"""Write every refusal as a problem document (RFC 9457), with one table from errors to statuses."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from tempfile import gettempdir

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.errors import (
    AccessError,
    ApiKeyInvalid,
    ApiKeyMissing,
    BatchTooLarge,
    BodySlow,
    BodyTooLarge,
    EncodingInvalid,
    Fault,
    HostUnknown,
    ItemisedError,
    JsonInvalid,
    KeyInUse,
    MediaTypeUnsupported,
    MethodNotAllowed,
    Overloaded,
    QuotaSpent,
    RateExceeded,
    RequestInvalid,
)
from rag.errors import (
    CatalogueBusy,
    CatalogueUnreachable,
    CollectionExists,
    DataFolderError,
    DatelineError,
    InputError,
    ModelError,
    NotFound,
    NotReady,
    PackageMissing,
    ServerError,
    SourceTooLarge,
    StoreError,
    VectorsUnavailable,
)

MEDIA_TYPE = "application/problem+json"
OPENAI = ("/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/models")
MAX_FAULTS = 20
MAX_PLACE = 200

STATUSES: dict[type[DatelineError], int] = {
    DatelineError: 500,
    InputError: 422,
    JsonInvalid: 400,
    EncodingInvalid: 400,
    HostUnknown: 400,
    AccessError: 403,
    ApiKeyMissing: 401,
    ApiKeyInvalid: 401,
    NotFound: 404,
    MethodNotAllowed: 405,
    BodySlow: 408,
    KeyInUse: 409,
    CollectionExists: 409,
    SourceTooLarge: 413,
    BodyTooLarge: 413,
    BatchTooLarge: 413,
    MediaTypeUnsupported: 415,
    RateExceeded: 429,
    QuotaSpent: 429,
    ServerError: 502,
    StoreError: 503,
    ModelError: 503,
    PackageMissing: 503,
    NotReady: 503,
    Overloaded: 503,
}
"""A class without an entry has its parent's."""

RETRY_AFTER: dict[type[DatelineError], int] = {
    NotReady: 1,
    Overloaded: 1,
    CatalogueBusy: 5,
    CatalogueUnreachable: 2,
    VectorsUnavailable: 5,
}
"""Seconds after which it makes sense to try again."""

log = logging.getLogger("dateline.api")


class ProblemFault(BaseModel):
    """One thing that is wrong with a request."""

    place: str = Field(description="The field, such as `body.limit`, or the article.")
    code: str
    message: str


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(description="`urn:dateline:problem:` and the code.")
    title: str
    status: int
    detail: str = Field(description="What happened, with the input and the place.")
    code: str = Field(description="Stable; docs/errors.md lists them all.")
    request_id: str = Field(description="Also in the header `X-Request-ID` and in the log.")
    remedy: str | None = Field(default=None, description="What to do about it.")
    errors: tuple[ProblemFault, ...] | None = Field(
        default=None, description=f"What is wrong place by place, the first {MAX_FAULTS}."
    )


def status_of(kind: type[DatelineError]) -> int:
    """Return the HTTP status of an error class: its own or its nearest parent's."""
    return next(STATUSES[parent] for parent in kind.__mro__ if parent in STATUSES)


def problem(error: DatelineError, request_id: str, status: int | None = None) -> Problem:
    """Describe an error."""
    faults = error.faults if isinstance(error, ItemisedError) else ()
    return Problem(
        type=f"urn:dateline:problem:{error.code}",
        title=error.title,
        status=status or status_of(type(error)),
        detail=error.message,
        code=error.code,
        request_id=request_id,
        remedy=error.remedy,
        errors=tuple(
            ProblemFault(place=fault.place[:MAX_PLACE], code=fault.code, message=fault.message)
            for fault in faults[:MAX_FAULTS]
        )
        or None,
    )


def respond(
    request: Request,
    error: DatelineError,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer a request with the problem; ``status`` overrides the table's."""
    body = problem(error, request.state.request_id, status)
    shown = body.model_dump(exclude_none=True)
    if request.url.path.startswith(OPENAI):
        # Where those clients look for it; our own members stay beside it.
        shown["error"] = {
            "message": str(error), "type": body.title, "code": body.code, "param": None,
        }  # fmt: skip
    retry = getattr(error, "retry_after", None) or next(
        (RETRY_AFTER[kind] for kind in RETRY_AFTER if isinstance(error, kind)), None
    )
    return Response(
        # ASCII: a message may quote what is not a character, and must still be sent.
        json.dumps(shown),
        status_code=body.status,
        media_type=MEDIA_TYPE,
        headers={**(headers or {}), **({"Retry-After": str(retry)} if retry else {})},
    )


async def handle(request: Request, error: Exception) -> Response:
    """Answer with the problem that any exception amounts to, and log it when it is ours."""
    known = translate(error)
    if known is None:
        known = DatelineError(
            "Something went wrong inside Dateline.",
            remedy="The log has the details under this request id.",
        )
        log.error("%s", _line(request), exc_info=error)
    elif status_of(type(known)) >= 500 and type(known) not in RETRY_AFTER:
        log.error("%s: %s [%s]", _line(request), known, known.code)
    return respond(request, known, headers=getattr(error, "headers", None))


def translate(error: Exception) -> DatelineError | None:
    """Return the error in our own words; None when nobody foresaw it."""
    match error:
        case DatelineError():
            return error
        case RequestValidationError():
            return _from_validation(error)
        case HTTPException():
            return _from_http(error)
        case _:
            return None


def _from_validation(error: RequestValidationError) -> DatelineError:
    found = error.errors()
    if found[0]["type"] == "json_invalid":
        where, message = found[0]["loc"][-1], found[0]["ctx"]["error"]
        return JsonInvalid(
            f"The body is not JSON: {message} at character {where}.",
            remedy="Check its quotation marks, commas and brackets there.",
        )
    faults = [
        Fault(
            place=".".join(str(part) for part in item["loc"]),
            code=item["type"],
            message=item["msg"],
        )
        for item in found[:MAX_FAULTS]
    ]
    first = faults[0]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return RequestInvalid(
        f"{first.place[:MAX_PLACE]}: {first.message}{more}.",
        faults,
        remedy="/openapi.json describes what each request takes.",
    )


def _from_http(error: HTTPException) -> DatelineError | None:
    # What went wrong while the framework read a body is the cause of its plain 400.
    match error.__cause__:
        case DatelineError() as cause:
            return cause
        case UnicodeDecodeError() as cause:
            return EncodingInvalid(
                f"The body is not UTF-8: byte 0x{cause.object[cause.start]:02x} at offset "
                f"{cause.start}.",
                remedy="Send it as UTF-8.",
            )
        case OSError() as cause:
            # Large parts of a form wait in the system's folder for temporary files.
            return DataFolderError(
                f"The upload cannot be kept in {gettempdir()}: {cause.strerror}.",
                remedy="Free some disk space there, or name another folder with TMPDIR.",
            )
        case RecursionError():
            return JsonInvalid(
                "The body is not JSON that can be read: it is nested too deeply.",
                remedy="Send a flat object as /openapi.json describes it.",
            )
        case ValueError():
            return JsonInvalid("The body is not JSON that can be read: a number in it is too long.")
    match error.status_code:
        case 404:
            return NotFound(
                "There is nothing at this path.", remedy="/openapi.json lists the paths."
            )
        case 405:
            return MethodNotAllowed(
                "The path does not have this method.",
                remedy="The header `Allow` lists those it has.",
            )
        case status if status < 500:
            return RequestInvalid(str(error.detail))
    return None


def _line(request: Request) -> str:
    return f"request {request.state.request_id}: {request.method} {request.url.path!r}"
