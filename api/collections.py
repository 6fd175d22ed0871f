"""Requests below `/v1/collections/NAME/` go to the app of that collection, opened when needed.

A collection has an app of its own over a data folder of its own, so that nothing of one can be seen
through another: neither articles nor answers, keys, chats, jobs, metrics or idempotency keys.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from api.envelope import Envelope
from api.service import Service
from rag.errors import DatelineError

if TYPE_CHECKING:
    from rag.collections import Collections, Stamp
    from rag.config import Settings

log = logging.getLogger("dateline.api")

PATH = "/v1/collections/"
AT_THE_ROOT = ("mcp", "metrics")
"""What the service has beside `/v1`, not below it."""
OPENING_SECONDS = 10.0
"""The first request waits so long for its collection to open, then it is told to come again."""
LEAVING_SECONDS = 20.0
"""What is being answered gets so long when a collection is closed."""


def prefix_of(collection: str | None) -> str:
    """Return what stands before the paths of a collection, None for the service's own."""
    return "/v1" if collection is None else f"{PATH}{collection}"


class Host:
    """One open collection: its app, alive in a task of its own."""

    def __init__(self, app: FastAPI, collection_id: str, stamp: Stamp) -> None:
        self.app = app
        self.id = collection_id
        self.stamp = stamp
        self.busy = 0
        self._begun, self._ending = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def service(self) -> Service:
        """What is served."""
        found: Service = self.app.state.service
        return found

    async def open(self) -> None:
        """Begin to open it, and wait a little for that."""
        self._task = asyncio.create_task(self._live())
        await self._begun.wait()
        with anyio.move_on_after(OPENING_SECONDS):
            await to_thread.run_sync(self.service.wait, abandon_on_cancel=True)

    async def close(self) -> None:
        """Wait for what is being answered, then close it."""
        with anyio.move_on_after(LEAVING_SECONDS):
            while self.busy:
                await anyio.sleep(0.05)
        self._ending.set()
        if self._task is not None:
            await asyncio.wait([self._task])
            if (error := self._task.exception()) is not None:
                # Another process may have removed its folder; others go on all the same.
                name = self.service.settings.collection
                log.error("the collection %s did not close well", name, exc_info=error)

    async def _live(self) -> None:
        try:
            async with self.app.router.lifespan_context(self.app):
                self._begun.set()
                await self._ending.wait()
        finally:
            self._begun.set()


class Hosts:
    """The open collections of a service. Opens, reloads and closes them as their folders say."""

    def __init__(self, service: Service, build: Callable[[Settings], FastAPI]) -> None:
        self._service = service
        self._build = build
        self._open: dict[str, Host] = {}
        self._leaving: set[str] = set()
        self._locks: dict[str, asyncio.Lock] = {}

    @property
    def known(self) -> Collections:
        """Those there are, open or not."""
        from rag.collections import Collections

        return Collections(self._service.settings)

    async def find(self, name: str) -> Host | None:
        """Return one, opened; None where there is none. Raises as opening does."""
        stamp = self.known.stamp(name)
        if stamp is None or name in self._leaving:
            if stamp is None and name in self._open:
                # Another process has removed it.
                await self._close(name)
            return None
        found = self._open.get(name)
        if found is not None and found.stamp == stamp:
            return found
        async with self._locks.setdefault(name, asyncio.Lock()):
            return await self._opened(name)

    async def remove(self, name: str) -> None:
        """Close one and remove it with all that is in it; raises CollectionNotFound."""
        known = self.known
        known.get(name)
        self._leaving.add(name)
        try:
            await self._close(name)
            await to_thread.run_sync(known.delete, name)
        finally:
            self._leaving.discard(name)

    async def reload(self) -> None:
        """Go on with the service's settings of now."""
        for name, host in list(self._open.items()):
            if self.known.stamp(name) is not None:
                await to_thread.run_sync(host.service.reload, self.known.settings_of(name))

    async def close(self) -> None:
        """Close all."""
        for name in list(self._open):
            await self._close(name)

    async def _opened(self, name: str) -> Host | None:
        known = self.known
        stamp, found = known.stamp(name), self._open.get(name)
        if stamp is None:
            return None
        if found is not None and found.stamp == stamp:
            return found
        described = known.get(name)
        settings = known.settings_of(name)
        if found is not None and found.id == described.id:
            await to_thread.run_sync(found.service.reload, settings)
            found.stamp = stamp
            return found
        await self._close(name)
        made = self._open[name] = Host(self._build(settings), described.id, stamp)
        await made.open()
        return made

    async def _close(self, name: str) -> None:
        if (found := self._open.pop(name, None)) is not None:
            await found.close()


class Dispatch:
    """ASGI middleware that hands a request for a collection to its app, under the plain path.

    A name that is unknown goes on as any path that is not there, so that who has no key to the
    service does not learn which names there are.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        name, rest = _parts(scope)
        host = None
        try:
            if rest:
                host = await scope["app"].state.collections.find(name)
        except DatelineError as error:
            await _refuse(error, scope, receive, send)
            return
        if host is None:
            await self.app(scope, receive, send)
            return
        path = f"/{rest}" if rest in AT_THE_ROOT else f"/v1/{rest}"
        inner = {**scope, "path": path, "raw_path": path.encode(), "state": {}}
        host.busy += 1
        try:
            await host.app(inner, receive, send)
        finally:
            host.busy -= 1


def _parts(scope: Scope) -> tuple[str, str]:
    if scope["type"] != "http" or not scope["path"].startswith(PATH):
        return "", ""
    name, _, rest = scope["path"].removeprefix(PATH).partition("/")
    return name, rest


async def _refuse(error: DatelineError, scope: Scope, receive: Receive, send: Send) -> None:
    async def refusing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise error

    await Envelope(refusing)(scope, receive, send)
