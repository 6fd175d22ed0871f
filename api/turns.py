"""The questions of chats that are being answered: worked on step by step, followed by any number.

A turn goes on when its client is gone, for a moment, so that one that connects again finds its
events and the model is not asked twice. After that nobody wants it, and the work stops.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from api.errors import Overloaded
from api.waiting import WaitingRoom
from rag.chat_types import ChatEvent
from rag.errors import DatelineError, LlmStopped

log = logging.getLogger("dateline.api")

GRACE_SECONDS = 5.0
"""A turn that nobody follows any more goes on for so long."""
LOOK_SECONDS = 1.0
KEPT_SECONDS = 60.0
"""Events of a turn stay in memory for so long after its end; later they are read from the store."""
MOST = 1_000
"""Turns in memory, answered ones too."""
PATIENCE_SECONDS = 600.0
"""Who follows a stream is kept alive while it waits, so it may wait longer than a plain request."""
YIELDS, YIELD_SECONDS = 100, 0.02
"""A search lets questions begin first, two seconds at most."""
LULL_SECONDS = 0.1
"""When no question came for so long, those that came together have all begun."""
STARTING = 8
"""Questions that are read from the store and completed at once: by rules, in milliseconds."""

Begin = Callable[[threading.Event], Iterator[ChatEvent]]
"""Makes the events of a turn; the first step is quick, the second searches, the third writes."""


class Turn:
    """One question that is being answered."""

    def __init__(self) -> None:
        self.events: list[ChatEvent] = []
        self.error: DatelineError | None = None
        self.ended = False
        self.stopped = threading.Event()
        self.followers = 0
        self._moved = asyncio.Event()

    async def follow(self, after: int = 0) -> AsyncIterator[tuple[int, ChatEvent]]:
        """Yield numbered events, from 1, those after a number; wait for what is to come."""
        with self._followed():
            while True:
                moved = self._moved
                for number in range(after + 1, len(self.events) + 1):
                    yield number, self.events[number - 1]
                    after = number
                if self.ended and after >= len(self.events):
                    return
                if after >= len(self.events):
                    await moved.wait()

    async def wait(self, wanted: Callable[[], Awaitable[bool]]) -> None:
        """Wait for the end as long as ``wanted``, which is asked every LOOK_SECONDS."""
        with self._followed():
            while not self.ended and await wanted():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._moved.wait(), LOOK_SECONDS)

    @contextmanager
    def _followed(self) -> Iterator[None]:
        self.followers += 1
        try:
            yield
        finally:
            self.followers -= 1
            if not self.followers and not self.ended:
                asyncio.get_running_loop().call_later(GRACE_SECONDS, self._give_up)

    def add(self, event: ChatEvent) -> None:
        """Show an event to all who follow."""
        self.events.append(event)
        self._move()

    def end(self, error: DatelineError | None = None) -> None:
        """Say that nothing more will come."""
        self.error, self.ended = error, True
        self._move()

    def _move(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def _give_up(self) -> None:
        if not self.followers and not self.ended:
            self.stopped.set()


class Turns:
    """All of them. Make it in the event loop; ``working`` and ``writing`` are how many at once."""

    def __init__(self, working: int, writing: int) -> None:
        # A language model may complete follow-ups, as slowly as it writes.
        self._starting = WaitingRoom(max(STARTING, writing), MOST, PATIENCE_SECONDS)
        self._searching = WaitingRoom(working, MOST, PATIENCE_SECONDS)
        self._writing = WaitingRoom(writing, MOST, PATIENCE_SECONDS)
        self._turns: dict[str, Turn] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_began = 0.0

    def another(self) -> Turns:
        """Return others that know nothing of these turns, and wait for the same places."""
        made = Turns(1, 1)
        made._starting, made._searching = self._starting, self._searching
        made._writing = self._writing
        return made

    def find(self, turn_id: str) -> Turn | None:
        """Return a turn that is in memory."""
        return self._turns.get(turn_id)

    async def start(self, turn_id: str, begin: Begin, at_once: bool = False) -> Turn:
        """Begin a turn; what refuses the question is raised here, and Overloaded.

        ``at_once`` is for a first step that reads nothing: it needs no thread and waits for none.
        """
        if len(self._turns) >= MOST:
            raise Overloaded(
                f"{MOST:,} questions are being answered already.", remedy="Try again in a moment."
            )
        turn = self._turns[turn_id] = Turn()
        try:
            steps = begin(turn.stopped)
            self._last_began = time.monotonic()
            turn.add(next(steps) if at_once else await self._starting.run(lambda: next(steps)))
        except BaseException:
            del self._turns[turn_id]
            raise
        task = asyncio.create_task(self._finish(turn_id, turn, steps))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return turn

    async def stop(self) -> None:
        """Stop all work."""
        for turn in self._turns.values():
            turn.stopped.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _let_others_begin(self) -> None:
        """Search after those who wait for their first event have it, which takes milliseconds."""
        for _ in range(YIELDS):
            alone = sum(not turn.ended for turn in self._turns.values()) <= 1
            lull = alone or time.monotonic() - self._last_began > LULL_SECONDS
            _, waiting = self._starting.busy
            if lull and not waiting:
                return
            await asyncio.sleep(YIELD_SECONDS)

    async def _finish(self, turn_id: str, turn: Turn, steps: Iterator[ChatEvent]) -> None:
        try:
            await self._let_others_begin()
            turn.add(await self._searching.run(lambda: _unless(turn.stopped, steps)))
            loop = asyncio.get_running_loop()

            def add(event: ChatEvent) -> None:
                loop.call_soon_threadsafe(lambda: turn.add(event))

            await self._writing.run(lambda: _rest(turn.stopped, steps, add))
            turn.end()
        except DatelineError as error:
            turn.end(error)
        except Exception:
            # The stream is open already: whoever listens is told, and does not wait for ever.
            log.exception("turn %s", turn_id)
            turn.end(DatelineError("Something went wrong inside Dateline.",
                                   remedy="The log has the details under this turn."))  # fmt: skip
        loop = asyncio.get_running_loop()
        loop.call_later(KEPT_SECONDS, self._turns.pop, turn_id, None)


def _unless(stopped: threading.Event, steps: Iterator[ChatEvent]) -> ChatEvent:
    if stopped.is_set():
        raise LlmStopped("Nobody waits for this answer any more.")
    return next(steps)


def _rest(
    stopped: threading.Event, steps: Iterator[ChatEvent], add: Callable[[ChatEvent], None]
) -> None:
    """Show each event as soon as it is there."""
    add(_unless(stopped, steps))
    for event in steps:
        add(event)
