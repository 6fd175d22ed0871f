"""What every response carries: a request id and security headers; the last catch of errors."""

from __future__ import annotations

import re
import uuid

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems

REQUEST_ID = "X-Request-ID"
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

# The page loads nothing from elsewhere, posts no forms and is framed by nobody.
SECURITY = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Envelope:
    """ASGI middleware around everything else, so that no response lacks its headers.

    A caller's ``X-Request-ID`` is kept when it is 1 to 64 letters, digits, dots, dashes and
    underscores; otherwise one is made. ``collection`` stands in every line of the log.
    """

    def __init__(self, app: ASGIApp, collection: str | None = None) -> None:
        self.app = app
        self.bound = {} if collection is None else {"collection": collection}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        given = request.headers.get(REQUEST_ID, "")
        request_id = given if SANE_ID.fullmatch(given) else f"req-{uuid.uuid4().hex}"
        request.state.request_id = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id, **self.bound)
        started = False

        async def send_dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY)
                # An answer is true of one moment, and a script of the page of one version.
                headers.setdefault("Cache-Control", "no-cache")
                headers[REQUEST_ID] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_dressed)
        except Exception as error:
            if started:
                raise
            response = await problems.handle(request, error)
            await response(scope, receive, send_dressed)
