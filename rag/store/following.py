"""A thread that keeps an index up with the catalogue, so that questions never do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Condition, Thread

from rag.errors import DatelineError

POLL = 0.2
"""Seconds between looks at the catalogue's generation, which cost 0.1 ms each."""
_AFTER_TROUBLE = 5.0
_STREAM = 3

_log = logging.getLogger(__name__)


class Follower:
    """Calls ``catch_up`` again and again, and ``tidy`` after it in a thread of its own.

    ``catch_up`` says whether anything was new. ``tidy`` may take seconds, in which the index must
    go on catching up. What either raises as a DatelineError is logged and kept in ``trouble`` until
    it works again: questions go on with what the index has.
    """

    def __init__(self, catch_up: Callable[[], object], tidy: Callable[[], object]) -> None:
        self._catch_up, self._tidy = catch_up, tidy
        self._change = Condition()
        self._wanted = self._done = 0
        self._stopping = False
        self._thread: Thread | None = None
        self._tidying: Thread | None = None
        self._troubles: dict[str, str] = {}
        self._streak = 0

    @property
    def running(self) -> bool:
        """Whether the thread is there."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def busy(self) -> bool:
        """Whether the last looks all found something new: there is no end to wait for."""
        return self._streak >= _STREAM

    def start(self) -> None:
        """Start the thread, if it is not running."""
        if self.running or self._stopping:
            return
        with self._change:
            if not self.running:
                self._thread = Thread(target=self._run, name="index-follower", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until the index caught up with the present, but no longer than so many seconds."""
        self.start()
        with self._change:
            self._wanted += 1
            mine = self._wanted
            self._change.notify_all()
            self._change.wait_for(lambda: self._done >= mine or self._stopping, seconds)

    def stop(self) -> None:
        """End the threads; a snapshot that is being written is finished first."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
        for thread in (self._thread, self._tidying):
            if thread is not None:
                thread.join()

    @property
    def trouble(self) -> str | None:
        """What went wrong the last time, if it did."""
        return "; ".join(self._troubles.values()) or None

    def _run(self) -> None:
        while True:
            with self._change:
                pause = _AFTER_TROUBLE if self._troubles else POLL
                self._change.wait_for(lambda: self._stopping or self._wanted > self._done, pause)
                if self._stopping:
                    return
                wanted = self._wanted
            changed = self._try("catch up", self._catch_up)
            self._streak = self._streak + 1 if changed else 0
            with self._change:
                self._done = wanted
                self._change.notify_all()
            if self._tidying is None or not self._tidying.is_alive():
                self._tidying = Thread(
                    target=self._try, args=("tidy", self._tidy), name="index-tidier"
                )
                self._tidying.start()

    def _try(self, name: str, work: Callable[[], object]) -> bool:
        done: object = False
        try:
            done = work()
        except DatelineError as error:
            if self._troubles.get(name) != str(error):
                _log.warning("the index could not %s: %s", name, error)
            self._troubles[name] = str(error)
        else:
            self._troubles.pop(name, None)
        return bool(done)
