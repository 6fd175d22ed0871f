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

REFUSED_SECONDS = 0.5
"""Before a refusal is sent. Clients that ask again at once kept the core busy with refusals: 256 of
them got 4 to 6 answers a second where 64 got 48 to 82."""
PAUSING = 1_000
"""Refusals that wait at a time; more are sent at once."""

LOOK_SECONDS = 0.2
"""How often it is seen whether those who wait are still there."""


class WaitingRoom:
    """At most ``working`` jobs run in threads at a time and at most ``waiting`` wait for one.

    Those who wait hold no thread, so other requests are not held up; they wait ``seconds`` at most.
    Make it in the event loop.
    """

    def __init__(self, working: int, waiting: int, seconds: float = SECONDS) -> None:
        self._limiter = CapacityLimiter(working)
        self._waiting = waiting
        self._seconds = seconds
        self._pausing = 0

    async def run(
        self, job: Callable[[], T], gone: Callable[[], Awaitable[bool]] | None = None
    ) -> T:
        """Do a job in a thread; raises Overloaded when too many wait already, or it waits too long.

        What has begun is always finished. Where ``gone`` says so, nobody waits for the result any
        more: the job leaves the line and is not begun. So a burst leaves neither work behind nor
        a full line, which would turn away those who come after it.
        """
        if (
            self._limiter.available_tokens == 0
            and self._limiter.statistics().tasks_waiting >= self._waiting
        ):
            await self._pause()
            raise Overloaded(
                f"{self._waiting} requests are waiting already.", remedy="Try again in a moment."
            )
        borrower = object()
        try:
            with anyio.fail_after(self._seconds):
                await self._acquire(borrower, gone)
        except TimeoutError as error:
            raise Overloaded(
                f"No place came free in {self._seconds:g} seconds.", remedy="Try again in a moment."
            ) from error
        try:
            if gone is not None and await gone():
                raise _left()
            # One more for the library's own count of threads: the places here are the limit.
            return await to_thread.run_sync(job, limiter=CapacityLimiter(1))
        finally:
            self._limiter.release_on_behalf_of(borrower)

    async def _acquire(self, borrower: object, gone: Callable[[], Awaitable[bool]] | None) -> None:
        """Wait for a place, as long as the client does; raises Overloaded when it has gone."""
        if gone is None or self._limiter.available_tokens:
            await self._limiter.acquire_on_behalf_of(borrower)
            return
        has = False
        async with anyio.create_task_group() as group:
            group.start_soon(_until, gone, group.cancel_scope)
            await self._limiter.acquire_on_behalf_of(borrower)
            has = True
            group.cancel_scope.cancel()
        if not has:
            raise _left()

    async def _pause(self) -> None:
        if self._pausing >= PAUSING:
            return
        self._pausing += 1
        try:
            await anyio.sleep(REFUSED_SECONDS)
        finally:
            self._pausing -= 1

    def of(self, gone: Callable[[], Awaitable[bool]]) -> Place:
        """Return the same for one client, who may go."""
        return Place(self, gone)

    @property
    def busy(self) -> tuple[int, int]:
        """How many work and how many wait."""
        found = self._limiter.statistics()
        return found.borrowed_tokens, found.tasks_waiting


async def _until(gone: Callable[[], Awaitable[bool]], scope: anyio.CancelScope) -> None:
    """Cancel once the client has gone."""
    while not await gone():
        await anyio.sleep(LOOK_SECONDS)
    scope.cancel()


def _left() -> Overloaded:
    return Overloaded("The client has gone.", remedy="Wait for the answer.")


class Place:
    """A waiting room for one client."""

    def __init__(self, room: WaitingRoom, gone: Callable[[], Awaitable[bool]]) -> None:
        self._room = room
        self._gone = gone

    async def run(self, job: Callable[[], T]) -> T:
        """Do a job as the room does, as long as the client waits."""
        return await self._room.run(job, self._gone)
