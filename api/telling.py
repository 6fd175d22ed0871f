"""An answer that is made in a thread and followed in the event loop, sentence by sentence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from threading import Event

from api.waiting import Place
from rag.errors import LlmStopped
from rag.telling import Said, Telling
from rag.types import Answer

Tell = Callable[[Event], Telling]
"""Understands a question; setting the event stops what follows."""


class Told:
    """What was told so far. Make it in the event loop, with ``begin``."""

    def __init__(self, room: Place, tell: Tell) -> None:
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._stopped = Event()
        self._come: asyncio.Queue[str | Said | Answer | None] = asyncio.Queue()
        self._task = asyncio.create_task(room.run(self._work))
        self._task.add_done_callback(self._ended)

    async def begin(self) -> str:
        """Wait until the question has its turn and is understood; return the answer's id.

        Raises as that does, Overloaded too.
        """
        first = await self._come.get()
        if not isinstance(first, str):
            await self._task
            raise LlmStopped("Nobody waits for this answer any more.")
        return first

    async def follow(self) -> AsyncIterator[Said | Answer]:
        """Yield each sentence as it comes, then the whole; who stops reading stops the work."""
        try:
            while (item := await self._come.get()) is not None:
                if not isinstance(item, str):
                    yield item
            await self._task
        finally:
            self.stop()

    def stop(self) -> None:
        """Say that nobody wants the rest."""
        self._stopped.set()

    def _work(self) -> None:
        telling = self._tell(self._stopped)
        self._add(telling.id)
        while not self._stopped.is_set():
            try:
                self._add(next(telling.steps))
            except StopIteration as end:
                self._add(end.value)
                return

    def _add(self, item: str | Said | Answer) -> None:
        self._loop.call_soon_threadsafe(self._come.put_nowait, item)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            # Whoever still listens raises it; one that has gone is not told.
            task.exception()
        self._come.put_nowait(None)
