"""What a reader is, and what a judge of claims is: all that asking knows of models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np

from rag.types import Candidate, Reading

Span = tuple[int, int]
Vector = np.ndarray[Any, np.dtype[np.float32]]


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
        self,
        question: str,
        candidates: Sequence[Candidate],
        spans: Sequence[Sequence[Span]],
        vector: Vector | None = None,
    ) -> list[Reading]:
        """Return one reading for each candidate, in order.

        ``spans[i]`` are the sentences of candidate ``i``'s passage, as offsets in its article;
        ``vector`` is the question's embedding where it is known already.
        Every one of them comes back with a score in [0, 1].
        """
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that somebody proposes to say, and the text it is said to rest on."""

    text: str
    """Or a yes-or-no question: supported then says yes, contradicted no."""
    passage: str
    """Read up to what fits in `scorer.LIMIT` tokens together with the claim."""
    title: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Support:
    """Probabilities, adding up to 1."""

    supported: float
    contradicted: float
    not_stated: float


class Judge(Protocol):
    """Says whether passages carry claims."""

    @property
    def fingerprint(self) -> str:
        """Name and checksum of what judges."""
        ...

    def support(self, claims: Sequence[Claim]) -> list[Support]:
        """Return the probabilities for each claim, in order."""
        ...
