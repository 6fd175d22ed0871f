"""Let a few requests work, a few wait, and turn the rest away."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from api.errors import Overloaded

T = TypeVar("T")


class WaitingRoom:
    """At most ``working`` jobs run in threads at a time and at most ``waiting`` wait for one.

    Those who wait hold no thread, so other requests are not held up. Make it in the event loop.
    """

    def __init__(self, working: int, waiting: int) -> None:
        self._limiter = CapacityLimiter(working)
        self._waiting = waiting

    async def run(self, job: Callable[[], T]) -> T:
        """Do a job in a thread; raises Overloaded when too many wait already."""
        if (
            self._limiter.available_tokens == 0
            and self._limiter.statistics().tasks_waiting >= self._waiting
        ):
            raise Overloaded(
                f"{self._waiting} requests are waiting already.", remedy="Try again in a moment."
            )
        return await to_thread.run_sync(job, limiter=self._limiter)
