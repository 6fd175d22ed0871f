"""What a system under evaluation is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from eval.cases import Case
from eval.record import Reply

DEPTH = 20
"""Passages that are kept of a search, for metrics at 10 and for the diagnosis."""


class System(Protocol):
    """Answers cases; safe for several threads."""

    name: str

    def settings(self) -> Mapping[str, object]:
        """Return what decides its answers: settings and fingerprints of models."""
        ...

    def warm(self) -> None:
        """Load what is needed, so that the first case is not slow."""
        ...

    def ask(self, case: Case) -> Reply:
        """Answer one case; an outage is an exception."""
        ...

    def rank(self, case: Case, reply: Reply) -> Reply:
        """Add what the search behind the reply found, where ``ask`` did not say."""
        ...

    def text(self, article: str, version: int | None = None) -> str:
        """Return the text that offsets count in; raises ArticleNotFound."""
        ...

    def close(self) -> None:
        """Let go of what is held."""
        ...
