"""Build the HTTP application."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from api import problems
from api.access import Access
from api.body_limit import BodyLimit
from api.callers import Gate, Usage
from api.collections import Dispatch, Hosts, prefix_of
from api.envelope import Envelope
from api.idempotency import Idempotent
from api.ledger import Ledger
from api.mcp_http import add_mcp
from api.metrics import Metrics
from api.openapi import DESCRIPTION, describe
from api.routes import (
    answers,
    articles,
    ask,
    audit,
    chat,
    collections,
    feedback,
    health,
    jobs,
    names,
    openai,
    quotes,
    references,
    search,
    statements,
    stats,
    timeline,
    verify,
)
from api.routes.page import add_page
from api.service import Service
from api.shaping import Shaped
from api.traces import Traced, Traces, open_traces
from api.turns import Turns
from api.waiting import WaitingRoom
from rag import __version__
from rag.config import Settings
from rag.errors import DatelineError

if TYPE_CHECKING:
    from rag.dateline import Dateline
    from rag.types import Answer

# Questions that are worked on at once: the embedder takes them one by one, the rest of the work
# overlaps.
READERS = max(2, os.cpu_count() or 1)
READERS_WAITING = 64
# One write at a time is all that the catalogue takes.
WRITERS_WAITING = 32

ROUTES = (
    ask, chat, search, statements, quotes, timeline, articles, jobs, answers, references, audit,
    openai, verify, feedback, collections, names, stats, health,
)  # fmt: skip

# A smaller body is not worth the time.
GZIP_BYTES = 1_000

PAGE = Path(__file__).parent / "web"
# The page shows the service's own collection.
NOWHERE = PAGE / "none"


def build_app(
    settings: Settings,
    dateline: Dateline | None = None,
    *,
    ingest: Sequence[Path] = (),
    on_ready: Callable[[Dateline], None] | None = None,
    page: Path = PAGE,
    hosts: Sequence[str] = (),
    local_key: str = "",
    closed: bool = False,
    within: FastAPI | None = None,
) -> FastAPI:
    """Return the API over a Dateline, which opens in the background when the app starts.

    A Dateline that is handed in is used as it is and stays open at the end. ``ingest`` and
    ``on_ready`` are as in ``api.service.Service``; ``page`` is the folder of the page at ``/``.
    ``hosts`` are the names it answers to, any without one; ``local_key`` is what the command line
    on this machine may use; ``closed`` asks for a key also while there are none. ``within`` is the
    app of the service, where this one is of a collection in it (``settings.collection``): it then
    takes from that one the models, the queues, and the word that a key is needed.
    """
    above: State | None = None if within is None else within.state
    traces: Traces | None = open_traces(settings.traces) if above is None else above.traces

    def on_answer(answer: Answer) -> None:
        metrics.answer(answer)
        if traces is not None:
            traces.answer(answer)

    service = Service(
        settings,
        dateline,
        ingest=ingest,
        on_ready=on_ready,
        on_answer=on_answer,
        within=None if above is None else above.service,
    )
    usage = Usage()
    ledger = Ledger(service, usage)
    metrics = Metrics(service)
    gate = Gate(
        service, usage, local=local_key, closed=closed, above=None if above is None else above.gate
    )
    origins = [origin for origin in settings.cors_origins.split(",") if origin]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if above is None:
            app.state.readers = WaitingRoom(READERS, READERS_WAITING)
            app.state.chatting = Turns(READERS, max(READERS, settings.llm_concurrency))
        else:
            app.state.readers = above.readers
            app.state.chatting = above.chatting.another()
        app.state.writers = WaitingRoom(1, WRITERS_WAITING)
        metrics.rooms.update(readers=app.state.readers, writers=app.state.writers)
        # Schemas are made while no other thread loads the models: see `rag.documented`.
        mcp.prepare()
        for route in app.router.routes:
            route.matches({"type": "http", "method": "GET", "path": "/", "root_path": ""})
        service.start()
        ledger.start()
        try:
            async with mcp.running():
                yield
        finally:
            await app.state.collections.close()
            await app.state.chatting.stop()
            await to_thread.run_sync(ledger.stop)
            await to_thread.run_sync(service.stop)
            if traces is not None and within is None:
                await to_thread.run_sync(traces.close)

    app = FastAPI(
        title="Dateline",
        version=__version__,
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        # The framework's own pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
        middleware=[
            *([Middleware(Traced, traces), Middleware(Dispatch)] if within is None else []),
            *_cors(origins),
            Middleware(Envelope, settings.collection),
            Middleware(Access, gate, ledger, metrics, hosts=hosts, origins=origins),
            Middleware(GZipMiddleware, minimum_size=GZIP_BYTES),
            Middleware(Shaped),
            Middleware(
                BodyLimit,
                settings.max_file_bytes,
                {"/v1/articles/files": settings.max_upload_bytes},
            ),
            Middleware(Idempotent),
        ],
        exception_handlers={
            DatelineError: problems.handle,
            HTTPException: problems.handle,
            RequestValidationError: problems.handle,
        },
    )
    app.state.service = service
    app.state.gate = gate
    app.state.prefix = prefix_of(settings.collection)
    app.state.collections = Hosts(
        service,
        lambda of: build_app(
            of, page=NOWHERE, hosts=hosts, local_key=local_key, closed=closed, within=app
        ),
    )
    app.state.ledger = ledger
    app.state.metrics = metrics
    app.state.traces = traces
    for routes in ROUTES if within is None else set(ROUTES) - {collections}:
        app.include_router(routes.router)
    mcp = add_mcp(app)
    add_page(app, page)
    app.openapi = describe(app)  # type: ignore[method-assign]  # the documented way
    return app


def _cors(origins: Sequence[str]) -> list[Middleware]:
    """Return what lets pages of these sites in; without one, browsers keep all others out."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-API-Key"],
            expose_headers=["ETag", "Location", "Retry-After", "X-Request-ID"],
        )
    ]


def _operation_id(route: APIRoute) -> str:
    return route.name
