"""What both clients do with requests and responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import cache
from typing import Any, Generic, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from api.client.call import Call, segment
from rag.errors import NotReady, ServerError, ServerRefused, ServerUnreachable

T = TypeVar("T")
H = TypeVar("H", httpx.Client, httpx.AsyncClient)

SECONDS = 120.0
RETRIES = 3
AGAIN_SECONDS = 0.5
"""Between two attempts to go on with a stream."""
MOST_PAUSE = 30.0
"""Seconds; a server that asks for more is not waited for."""
AGAIN = (429, 503)
EVENT_STREAM = "text/event-stream"


class Shared(Generic[H]):
    """What both clients hold."""

    def __init__(self, http: H, collection: str | None) -> None:
        self.http: H = http
        self._prefix = "/v1" if collection is None else f"/v1/collections/{segment(collection)}"

    @contextmanager
    def _request(self, call: Call[Any], *, stream: bool) -> Iterator[httpx.Request]:
        """Make a request, with its files open while it is sent."""
        path = call.path
        if not call.of_service:
            path = self._prefix + path.removeprefix("/v1")
        headers = dict(call.headers)
        content: bytes | None = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(call.body, default=_iso, ensure_ascii=False).encode()
        if stream:
            headers["Accept"] = EVENT_STREAM
        with ExitStack() as opened:
            files = [
                ("files", (path.name, opened.enter_context(path.open("rb")))) for path in call.files
            ]
            yield self.http.build_request(
                call.method,
                path,
                params=dict(call.query),
                headers=headers,
                content=content,
                files=files or None,
            )


def pause_before(response: httpx.Response, attempt: int) -> float | None:
    """Return how many seconds to wait before the next attempt; None: there is none."""
    given = response.headers.get("retry-after", "")
    if response.status_code not in AGAIN or attempt == RETRIES or not given.isdigit():
        return None
    return float(given) if float(given) <= MOST_PAUSE else None


def result(call: Call[T], response: httpx.Response) -> T:
    """Return what a response holds; raises ServerRefused or ServerUnreachable."""
    found: Any = None
    try:
        if response.is_success:
            if call.kind is str:
                found = response.text
            elif call.kind is not None:
                found = _adapter(call.kind).validate_json(response.content)
            return found  # type: ignore[no-any-return]  # the call's own type
        problem = response.json()
        code = str(problem["code"])
    except (ValueError, ValidationError, KeyError, TypeError) as error:
        raise unreachable(response.request.url, error) from error
    raise ServerRefused(code, str(problem["detail"]), remedy=problem.get("remedy"))


def unreachable(url: httpx.URL, error: Exception) -> ServerUnreachable:
    """Return what to raise where no Dateline answers."""
    # What does not fit is not shown: it may be a page of another server.
    why = str(error) if isinstance(error, httpx.HTTPError) else ""
    return ServerUnreachable(
        f"No Dateline server answers at {url}: {why.rstrip('.') or type(error).__name__}.",
        remedy="Start one with `dateline serve`.",
    )


def loading(error: ServerError) -> bool:
    """Whether the server may be about to answer: it is being started."""
    return isinstance(error, ServerUnreachable) or (
        isinstance(error, ServerRefused) and error.server_code == NotReady.code
    )


def authorization(key: str | None) -> dict[str, str]:
    """Return the header with a key."""
    return {"Authorization": f"Bearer {key}"} if key else {}


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _iso(value: object) -> str:
    """Return a day or a time as JSON has it; raises TypeError for what JSON has not."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be sent")
