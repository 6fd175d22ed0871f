"""Answers kept in memory, for as long as nothing they depend on has changed."""

from __future__ import annotations

import uuid
from collections.abc import Hashable
from dataclasses import replace
from threading import Lock

from cachetools import LRUCache

from rag.types import Answer


class AnswerCache:
    """Keeps the answers used last; safe for several threads.

    The key holds everything an answer follows from: the question as it stands alone, filters,
    limit, the day, the collection's generation, models. Whoever puts an answer in has checked that
    it was made of that generation.
    """

    def __init__(self, size: int) -> None:
        self._kept: LRUCache[Hashable, Answer] = LRUCache(size)
        self._lock = Lock()

    def get(self, key: Hashable, question: str) -> Answer | None:
        """Return the answer to the same query as one given now, under an id of its own."""
        with self._lock:
            found = self._kept.get(key)
        if found is None:
            return None
        return replace(
            found,
            id=f"ans-{uuid.uuid4().hex}",
            question=question,
            timings={"cached": 0.0, "total": 0.0},
        )

    def renew(self, size: int) -> None:
        """Forget all, and keep so many from now on: the settings are others."""
        with self._lock:
            self._kept = LRUCache(size)

    def put(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer; one that was made in want of the language model is not kept."""
        if answer.degraded or not self._kept.maxsize:
            return
        with self._lock:
            self._kept[key] = answer
