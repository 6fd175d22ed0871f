"""Stop a request whose body is too large before it fills the memory."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BodyTooLarge


class BodyLimit:
    """ASGI middleware that raises BodyTooLarge: at once for a declared length, else by counting.

    ``others`` has paths with a limit of their own.

    Starlette's own middleware answers in plain text where nothing reads the body; this one lets the
    envelope answer, as for every other refusal.
    """

    def __init__(
        self, app: ASGIApp, max_bytes: int, others: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.others.get(scope["path"], self.max_bytes)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared) > most:
            raise _refusal(most)
        total = 0

        async def receive_counted() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > most:
                raise _refusal(most)
            return message

        await self.app(scope, receive_counted, send)


def _refusal(most: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"The body is larger than {most:,} bytes.",
        remedy="Send it in parts, or raise DATELINE_MAX_FILE_BYTES; for uploads, "
        "DATELINE_MAX_UPLOAD_BYTES.",
    )
