"""Do a write once, however often its request comes: the header `Idempotency-Key`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import KeyInUse, KeyReused, RequestInvalid
from rag.key_types import Remembered

if TYPE_CHECKING:
    from rag.store.keys_idempotency import Idempotency

HEADER = "idempotency-key"
MAX_KEY = 200
WRITES = frozenset({"POST", "PATCH", "DELETE"})
PATHS = ("/v1/articles", "/v1/jobs", "/v1/feedback", "/v1/chats", "/v1/collections")
# An upload is streamed to disk; its body is not held in memory to be compared.
NOT = frozenset({"/v1/articles/files"})
KEPT_HEADERS = ("content-type", "location")


class Idempotent:
    """ASGI middleware behind the one that lets callers in and the one that limits bodies.

    A response below 500 is remembered with its key for 24 hours, for this caller and this request
    alone. Raises RequestInvalid, KeyReused or KeyInUse.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        given = Headers(scope=scope).get(HEADER) if scope["type"] == "http" else None
        if given is None or not _applies(scope):
            await self.app(scope, receive, send)
            return
        if not 1 <= len(given) <= MAX_KEY or not given.isprintable():
            raise RequestInvalid(f"An idempotency key has 1 to {MAX_KEY} printable characters.")
        from rag.store.keys_idempotency import Idempotency

        body = await _read(receive)
        caller = scope["state"].get("caller")
        key = _hash(str(getattr(caller, "id", None)).encode(), given.encode())
        request = _hash(
            scope["method"].encode(), scope["path"].encode(), scope["query_string"], body
        )
        memory = Idempotency(scope["app"].state.service.dateline.database)
        known = await to_thread.run_sync(memory.begin, key, request)
        if known is not None:
            await _replay(known, request, send)
            return
        await self._first(scope, body, send, memory, key)

    async def _first(
        self, scope: Scope, body: bytes, send: Send, memory: Idempotency, key: str
    ) -> None:
        status, headers, parts = 500, dict[str, str](), list[bytes]()
        taken = False

        async def receive_again() -> Message:
            nonlocal taken
            if taken:
                return {"type": "http.disconnect"}
            taken = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send_kept(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                found = Headers(raw=message["headers"])
                headers = {name: found[name] for name in KEPT_HEADERS if name in found}
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body", False) and status < 500:
                    # Before the last part is sent, so that who has the response may rely on it.
                    await to_thread.run_sync(memory.end, key, status, headers, b"".join(parts))
            await send(message)

        done = False
        try:
            await self.app(scope, receive_again, send_kept)
            done = status < 500
        finally:
            if not done:
                await to_thread.run_sync(memory.forget, key)


async def _replay(known: Remembered, request: str, send: Send) -> None:
    if known.request != request:
        raise KeyReused(
            "This idempotency key came with another request before.",
            remedy="Make a new key for each request.",
        )
    if known.status is None:
        raise KeyInUse(
            "The first request with this idempotency key is still worked on.",
            remedy="Send it again in a moment.",
        )
    raw = [(name.encode(), value.encode()) for name, value in known.headers.items()]
    raw.append((b"idempotency-replayed", b"true"))
    if known.status != 204:
        raw.append((b"content-length", str(len(known.body)).encode()))
    await send({"type": "http.response.start", "status": known.status, "headers": raw})
    await send({"type": "http.response.body", "body": known.body})


def _applies(scope: Mapping[str, Any]) -> bool:
    path = scope["path"]
    return scope["method"] in WRITES and path.startswith(PATHS) and path not in NOT


async def _read(receive: Receive) -> bytes:
    parts = list[bytes]()
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _hash(*parts: bytes) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()
