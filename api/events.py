"""Server-sent events as every stream of the API sends them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent

PING_SECONDS = 10
"""A comment is sent in every pause that is so long, so that nobody in between closes the line."""
SEND_SECONDS = 30
"""A client that takes nothing for so long is gone."""
ENDING_SECONDS = 18
"""A stream goes on for so long after the server was told to stop: nearly until it does."""


def streaming(events: AsyncIterator[ServerSentEvent]) -> EventSourceResponse:
    """Return the response that sends events as they come."""
    return EventSourceResponse(
        events,
        ping=PING_SECONDS,
        send_timeout=SEND_SECONDS,
        shutdown_grace_period=ENDING_SECONDS,
        sep="\n",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
