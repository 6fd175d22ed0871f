"""Say who changed what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Ready
from api.errors import RequestInvalid
from api.openapi import OPEN_ERRORS, problems
from api.schemas import Cursor
from rag.errors import CursorError
from rag.key_types import ChangePage

router = APIRouter(prefix="/v1", tags=["operations"])


@router.get(
    "/audit",
    summary="List who changed what",
    response_description="One page, the newest first; `next_cursor` leads to the next.",
    responses={**problems(RequestInvalid, CursorError, *OPEN_ERRORS)},
)
def list_changes(
    service: Ready,
    limit: Annotated[int, Query(ge=1, le=200, description="Most requests on the page.")] = 50,
    cursor: Cursor = None,
) -> ChangePage:
    """List the requests that were to change something, refused ones too.

    They are written down every two seconds and kept for a year.
    """
    return service.dateline.audit.page(limit, cursor)
