"""Serve the tools over streamable HTTP, below `/mcp`, and over stdio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import anyio
from anyio import to_thread
from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.logs import configure
from rag.config import Settings

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from rag.dateline import Dateline

T = TypeVar("T")
PATH = "/mcp"


class Endpoint:
    """ASGI app at `/mcp`. Every request stands alone, so any replica may answer it."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._manager: StreamableHTTPSessionManager | None = None

    def prepare(self) -> None:
        """Make the tools with their schemas, for `running`."""
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
        from mcp.server.transport_security import TransportSecuritySettings

        from api.mcp_tools import build

        state = self._app.state

        async def run(work: Callable[[Dateline], T]) -> T:
            dateline = state.service.dateline
            found: T = await state.readers.run(lambda: work(dateline))
            return found

        self._manager = StreamableHTTPSessionManager(
            # What the SDK offers to mount is a whole app with middleware of its own.
            build(run)._lowlevel_server,
            json_response=True,
            stateless=True,
            # Hosts and origins are looked at before, as for every path.
            security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
            max_request_body_size=state.service.settings.max_file_bytes,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer as long as this is open, once; raises RuntimeError where nothing is prepared."""
        if self._manager is None:
            raise RuntimeError("the tools were not prepared")
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; raises NotReady, or what kept the collection from opening."""
        _ = self._app.state.service.dateline
        if self._manager is None:
            raise RuntimeError("the app was not started")
        await self._manager.handle_request(scope, receive, send)


def add_mcp(app: FastAPI) -> Endpoint:
    """Add the path; the endpoint must be running while the app is."""
    endpoint = Endpoint(app)
    app.router.routes.append(Route(PATH, endpoint=endpoint))
    return endpoint


def serve_stdio(settings: Settings) -> None:
    """Serve one client over stdin and stdout until it goes; the collection opens when needed."""
    from api.mcp_tools import build
    from rag.dateline import Dateline

    # To stderr: stdout is the client's.
    configure(settings.log_format)
    opened: list[Dateline] = []
    lock = Lock()

    def collection() -> Dateline:
        with lock:
            if not opened:
                opened.append(Dateline(settings))
            return opened[0]

    async def run(work: Callable[[Dateline], T]) -> T:
        return await to_thread.run_sync(lambda: work(collection()))

    try:
        anyio.run(build(run).run_stdio_async)
    finally:
        for dateline in opened:
            dateline.close()
