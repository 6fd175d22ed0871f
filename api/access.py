"""Turn away who may not: foreign hosts and sites, missing keys, too many at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.callers import Gate
from api.errors import HostUnknown, OriginForbidden, Overloaded
from api.ledger import Ledger
from api.metrics import Metrics
from api.scopes import READING, changes, need_of
from rag.key_types import Change

MAX_OPEN = 1_000
"""Requests in this process at once, streams and those that wait included; each costs memory."""
MAX_PATH = 500

log = logging.getLogger("dateline.access")


class Access:
    """ASGI middleware before everything that does work.

    ``hosts`` are the names that a request may call this server by, all where it is empty; that
    keeps a web page from reaching a server on the reader's own machine under a name of its own.
    ``origins`` are the sites whose pages may change something.
    """

    def __init__(
        self,
        app: ASGIApp,
        gate: Gate,
        ledger: Ledger,
        metrics: Metrics,
        *,
        hosts: Sequence[str] = (),
        origins: Sequence[str] = (),
    ) -> None:
        self.app = app
        self.gate = gate
        self.ledger = ledger
        self.metrics = metrics
        self.hosts = frozenset(host.lower() for host in hosts)
        self.origins = frozenset(origins)
        self.open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        state = scope.setdefault("state", {})
        begun, status = time.perf_counter(), 500
        need = need_of(method, path)
        if self.open >= MAX_OPEN and need != "nothing":
            raise Overloaded(
                f"{MAX_OPEN:,} requests are open already.", remedy="Try again in a moment."
            )

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if (caller := state.get("caller")) is not None and caller.headers:
                    MutableHeaders(scope=message).update(caller.headers)
            await send(message)

        self.open += 1
        try:
            headers = Headers(scope=scope)
            self._check_host(headers)
            self._check_origin(method, headers)
            state["caller"] = await self.gate.admit(need, token_of(headers))
            await self.app(scope, receive, send_noted)
        except Exception as error:
            status = getattr(error, "status", status)
            state["refused"] = error
            raise
        finally:
            self.open -= 1
            self._note(scope, status, time.perf_counter() - begun)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        from api.problems import status_of, translate

        state, method, path = scope["state"], scope["method"], scope["path"][:MAX_PATH]
        if (error := state.pop("refused", None)) is not None:
            known = translate(error)
            status = 500 if known is None else status_of(type(known))
        caller = state.get("caller")
        key = None if caller is None else caller.id
        log.info(
            "request",
            extra={
                "method": method,
                "path": path,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "key": key,
                "request_id": state.get("request_id"),
            },
        )
        self.metrics.request(method, _route(scope), status, seconds)
        if changes(method, scope["path"]):
            self.ledger.note(
                Change(
                    at=datetime.now(UTC),
                    request_id=str(state.get("request_id", "")),
                    key_id=key,
                    method=method,
                    path=path,
                    status=status,
                )
            )

    def _check_host(self, headers: Headers) -> None:
        host = _name(headers.get("host", ""))
        if self.hosts and host not in self.hosts:
            raise HostUnknown(
                f"The request is for the host {host[:100]!r}.",
                remedy="Use the server's own name, or add this one to DATELINE_HOSTS.",
            )

    def _check_origin(self, method: str, headers: Headers) -> None:
        """A browser names the site of a page that sends; other clients name none."""
        origin = headers.get("origin")
        if origin is None or method in READING or origin in self.origins:
            return
        if urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
            raise OriginForbidden(
                f"Pages of {origin[:100]!r} may not use this service.",
                remedy="Add the site to DATELINE_CORS_ORIGINS if you trust it.",
            )


def token_of(headers: Headers) -> str:
    """Return the API key of a request, an empty string without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return headers.get("x-api-key", "").strip()


def _route(scope: Scope) -> str:
    """Return the template of the route that answered, such as `/v1/jobs/{job_id}`."""
    return str(getattr(scope.get("route"), "path", "none"))


def _name(host: str) -> str:
    """Return a host without its port."""
    host = host.lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
