"""Give a JSON response an ETag, and leave out the fields that nobody asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import RequestInvalid

MAX_FIELDS = 50
MAX_BYTES = 5_000_000
"""A larger response is sent as it is made."""
LISTS = ("items", "results", "entries", "data")


class Shaped:
    """ASGI middleware for ``GET`` below ``/v1``, and for ``fields`` with any method there.

    ``fields=id,title`` keeps these members: of each object in `items`, `results`, `entries` or
    `data` where the response has such a list, else of the response itself. A name that is not there
    keeps nothing. ``If-None-Match`` with the ETag is answered with 304.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; raises RequestInvalid for a list of fields that is none."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        fields = _fields(scope["query_string"])
        if scope["method"] not in ("GET", "HEAD") and not fields:
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("if-none-match", "")
        start: Message = {}
        parts = list[bytes]()
        plain = False

        async def send_shaped(message: Message) -> None:
            nonlocal start, plain
            if message["type"] == "http.response.start":
                found = Headers(raw=message["headers"])
                size = found.get("content-length", "")
                # A stream has no length; a refusal is left as it is.
                plain = (
                    message["status"] != 200
                    or not found.get("content-type", "").startswith("application/json")
                    or not size.isdigit()
                    or int(size) > MAX_BYTES
                )
                start = message
            if plain:
                await send(message)
                return
            if message["type"] != "http.response.body":
                return
            parts.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            body = b"".join(parts)
            if fields:
                body = _only(body, fields)
            # Weak, because compression may still change the bytes.
            tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
            headers = MutableHeaders(scope=start)
            headers["etag"] = tag
            if scope["method"] in ("GET", "HEAD") and _matches(given, tag):
                del headers["content-length"]
                del headers["content-type"]
                await send({**start, "status": 304})
                await send({"type": "http.response.body", "body": b""})
                return
            headers["content-length"] = str(len(body))
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, send_shaped)


def _fields(query: bytes) -> Sequence[str]:
    if b"fields=" not in query:
        return ()
    given = parse_qs(query.decode("latin-1"), max_num_fields=100).get("fields", [])
    names = [name for text in given for name in text.split(",") if name]
    if len(names) > MAX_FIELDS:
        raise RequestInvalid(f"`fields` names more than {MAX_FIELDS}.")
    return names


def _only(body: bytes, names: Sequence[str]) -> bytes:
    found: Any = json.loads(body)
    if not isinstance(found, dict):
        return body
    listed = [name for name in LISTS if isinstance(found.get(name), list)]
    for name in listed:
        found[name] = [_kept(item, names) for item in found[name]]
    shown = found if listed else _kept(found, names)
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


def _kept(item: Any, names: Sequence[str]) -> Any:
    return {k: v for k, v in item.items() if k in names} if isinstance(item, dict) else item


def _matches(given: str, tag: str) -> bool:
    wanted = tag.removeprefix("W/")
    return any(
        each.strip() == "*" or each.strip().removeprefix("W/") == wanted
        for each in given.split(",")
    )
