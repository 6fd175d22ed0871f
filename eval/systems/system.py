"""What a system under evaluation is, by what it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from eval.cases import Case
from eval.record import Attributed, Reply, Verdict

DEPTH = 20
"""Passages that are kept of a search, for metrics at 10 and for the diagnosis."""


class Base(Protocol):
    """What all kinds of system share; safe for several threads."""

    name: str

    def settings(self) -> Mapping[str, object]:
        """Return what decides what it says: settings and fingerprints of models."""
        ...

    def warm(self) -> None:
        """Load what is needed, so that the first case is not slow."""
        ...

    def text(self, article: str, version: int | None = None) -> str:
        """Return the text that offsets count in; raises ArticleNotFound."""
        ...

    def close(self) -> None:
        """Let go of what is held."""
        ...


class System(Base, Protocol):
    """Answers questions."""

    def ask(self, case: Case) -> Reply:
        """Answer one case; an outage is an exception."""
        ...

    def rank(self, case: Case, reply: Reply) -> Reply:
        """Add what the search behind the reply found, where ``ask`` did not say."""
        ...


class Verifier(Base, Protocol):
    """Says of claims whether articles support them."""

    def verify(self, case: Case) -> Verdict:
        """Judge ``case.question`` by the articles in ``case.within``; an outage is an exception."""
        ...


class Attributor(Base, Protocol):
    """Says who says what."""

    def attribute(self, case: Case) -> Attributed:
        """Say who says ``case.spoken.asked``; no content where it finds no statement there."""
        ...

    def statements(self, case: Case) -> tuple[Attributed, ...]:
        """Return every statement of the article in ``case.within``."""
        ...
