"""Let a few requests work, a few wait, and turn the rest away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

from api.errors import Overloaded

T = TypeVar("T")

SECONDS = 30.0
"""Who waited so long for a place is turned away: most clients have given up by then."""


class WaitingRoom:
    """At most ``working`` jobs run in threads at a time and at most ``waiting`` wait for one.

    Those who wait hold no thread, so other requests are not held up; they wait ``seconds`` at most.
    Make it in the event loop.
    """

    def __init__(self, working: int, waiting: int, seconds: float = SECONDS) -> None:
        self._limiter = CapacityLimiter(working)
        self._waiting = waiting
        self._seconds = seconds

    async def run(
        self, job: Callable[[], T], gone: Callable[[], Awaitable[bool]] | None = None
    ) -> T:
        """Do a job in a thread; raises Overloaded when too many wait already, or it waits too long.

        What has begun is always finished. Where ``gone`` says so when its turn comes, nobody waits
        for the result any more, and it is not begun: so what a burst leaves behind is no work.
        """
        if (
            self._limiter.available_tokens == 0
            and self._limiter.statistics().tasks_waiting >= self._waiting
        ):
            raise Overloaded(
                f"{self._waiting} requests are waiting already.", remedy="Try again in a moment."
            )
        borrower = object()
        try:
            with anyio.fail_after(self._seconds):
                await self._limiter.acquire_on_behalf_of(borrower)
        except TimeoutError as error:
            raise Overloaded(
                f"No place came free in {self._seconds:g} seconds.", remedy="Try again in a moment."
            ) from error
        try:
            if gone is not None and await gone():
                raise Overloaded("The client has gone.", remedy="Wait for the answer.")
            # One more for the library's own count of threads: the places here are the limit.
            return await to_thread.run_sync(job, limiter=CapacityLimiter(1))
        finally:
            self._limiter.release_on_behalf_of(borrower)

    def of(self, gone: Callable[[], Awaitable[bool]]) -> Place:
        """Return the same for one client, who may go."""
        return Place(self, gone)

    @property
    def busy(self) -> tuple[int, int]:
        """How many work and how many wait."""
        found = self._limiter.statistics()
        return found.borrowed_tokens, found.tasks_waiting


class Place:
    """A waiting room for one client."""

    def __init__(self, room: WaitingRoom, gone: Callable[[], Awaitable[bool]]) -> None:
        self._room = room
        self._gone = gone

    async def run(self, job: Callable[[], T]) -> T:
        """Do a job as the room does, as long as the client waits."""
        return await self._room.run(job, self._gone)
