"""Decide how many passages can be read in the time that is given."""

from __future__ import annotations

import threading

LEAST = 3
"""Passages that are read however short the time is: fewer answer nothing."""
_NEW = 0.3
"""What the latest reading counts for in the mean."""


class Pace:
    """Remembers how long a passage takes; safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._milliseconds: float | None = None

    def affordable(self, wanted: int, milliseconds: float) -> int:
        """Return how many passages to read, from LEAST to ``wanted``.

        All that is wanted is affordable before anything was measured.
        """
        with self._lock:
            each = self._milliseconds
        if each is None or each <= 0:
            return wanted
        return min(wanted, max(LEAST, int(milliseconds / each)))

    def took(self, passages: int, milliseconds: float) -> None:
        """Note how long a reading took."""
        if passages <= 0:
            return
        each = milliseconds / passages
        with self._lock:
            old = self._milliseconds
            self._milliseconds = each if old is None else old + _NEW * (each - old)
