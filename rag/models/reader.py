"""What a reader is: it says whether and where a passage answers a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rag.types import Candidate, Reading

Span = tuple[int, int]


class Reader(Protocol):
    """Reads passages for a question."""

    name: str

    @property
    def fingerprint(self) -> str:
        """Name and checksum of what reads."""
        ...

    def warm(self) -> None:
        """Load what is needed, so that the first question is not slow."""
        ...

    def read(
        self, question: str, candidates: Sequence[Candidate], spans: Sequence[Sequence[Span]]
    ) -> list[Reading]:
        """Return one reading for each candidate, in order.

        ``spans[i]`` are the sentences of candidate ``i``'s passage, as offsets in its article.
        Every one of them comes back with a score in [0, 1].
        """
        ...
