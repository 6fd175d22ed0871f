"""Filters that name nobody and nothing of the collection, and what may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from operator import eq

from rag.attribution.speakers import namesake
from rag.speaking import Speaking
from rag.store.names import Names
from rag.types import Filters, KnownName, Notice

BEGINS = 3
"""Letters with which a word of what was meant begins too."""
NEAR = 200
"""Names, the most frequent first, among which what was meant is looked for."""
ALIKE = 0.75
"""difflib's ratio of a word in the filter and one in a name, from which it may be what is meant."""

Find = Callable[[str, int], Sequence[KnownName]]


class Unknown:
    """Says which filters no article can pass; safe for several threads."""

    def __init__(self, names: Names, speaking: Speaking) -> None:
        self._names = names
        self._speaking = speaking

    def __call__(self, filters: Filters) -> tuple[Notice, ...]:
        """Return a notice for each outlet and speaker that the collection does not have."""
        outlets = (_notice("outlet", name, self._names.outlets, eq) for name in filters.outlets)
        speakers = (
            _notice("speaker", name, self._names.speakers, _within)
            for name in filters.speakers
            if not self._known(name, filters)
        )
        return tuple(notice for notice in (*outlets, *speakers) if notice is not None)

    def _known(self, speaker: str, filters: Filters) -> bool:
        """Whether somebody has this name or this role, or may have: some articles are unread."""
        if self._speaking.statements.waiting():
            return True
        return namesake(speaker) is not None and bool(self._speaking.asked(speaker, filters).names)


def _notice(what: str, name: str, find: Find, fits: Callable[[str, str], bool]) -> Notice | None:
    words = name.casefold().split()
    found = [item.name for word in words for item in find(word[:BEGINS], NEAR)]
    if any(fits(name.casefold(), item.casefold()) for item in found):
        return None
    near = [
        item
        for item in dict.fromkeys(found)
        if any(
            difflib.get_close_matches(word, item.casefold().split(), n=1, cutoff=ALIKE)
            for word in words
            if len(word) > BEGINS
        )
    ]
    meant = f" Near it: {', '.join(near[:3])}." if near else ""
    return Notice(code=f"{what}_unknown", message=f"No {what} here is called {name!r}.{meant}")


def _within(asked: str, name: str) -> bool:
    return set(asked.split()) <= set(name.split()) or asked in name
