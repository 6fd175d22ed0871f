"""Stop a request whose body is too large before it fills the memory, or never ends."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BodySlow, BodyTooLarge

SECONDS = 30.0
"""Most time between two parts of a body."""


class BodyLimit:
    """ASGI middleware that raises BodyTooLarge: at once for a declared length, else by counting.

    It raises BodySlow when nothing comes for ``seconds``. ``others`` has paths with a limit of
    their own.

    Starlette's own middleware answers in plain text where nothing reads the body; this one lets the
    envelope answer, as for every other refusal.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_bytes: int,
        others: Mapping[str, int] = MappingProxyType({}),
        seconds: float = SECONDS,
    ) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.others = others
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.others.get(scope["path"], self.max_bytes)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared) > most:
            raise _refusal(most)
        total, whole = 0, False

        async def receive_counted() -> Message:
            nonlocal total, whole
            if whole:
                # What comes after the body is that the client has gone: that may take its time.
                return await receive()
            try:
                with anyio.fail_after(self.seconds):
                    message = await receive()
            except TimeoutError as error:
                raise BodySlow(
                    f"No more of the body came for {self.seconds:g} seconds.",
                    remedy="Send it faster, or in parts.",
                ) from error
            whole = not message.get("more_body", False)
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
