"""Three ways to break a build on purpose, to see that the gate turns red and says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from eval.cases import Case
from eval.record import Reply
from eval.systems.pipeline import Pipeline
from eval.systems.system import System
from rag.dateline import Dateline
from rag.types import Article, Passage

NO_THRESHOLD: Mapping[str, object] = {"min_confidence": 0.0}
"""The injury by settings: nothing is ever too unsure to be said."""


class ShuffledIds:
    """A catalogue that, asked for passages by id, gives those of other ids."""

    def __init__(self, catalogue: Any) -> None:
        self._catalogue = catalogue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalogue, name)

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, Article]]:
        """Return every passage under the id of another, always the same way."""
        found: dict[str, tuple[Passage, Article]] = self._catalogue.passages(ids)
        values = [found[name] for name in sorted(found)]
        Random(len(values)).shuffle(values)  # noqa: S311
        return dict(zip(sorted(found), values, strict=True))


def shuffle_ids(dateline: Dateline) -> Pipeline:
    """Return the pipeline with the ids of passages shuffled after retrieval."""
    injured = ShuffledIds(dateline.catalogue)
    dateline.answering.catalogue = injured  # type: ignore[assignment]
    return Pipeline(dateline)


class OffByOne:
    """A system whose quotes begin and end one code point too late."""

    name = "off by one"

    def __init__(self, system: System) -> None:
        self._system = system

    def settings(self) -> Mapping[str, object]:
        """Return the settings of the system that is injured."""
        return self._system.settings()

    def warm(self) -> None:
        """Load what the system needs."""
        self._system.warm()

    def ask(self, case: Case) -> Reply:
        """Ask, and cut every quote one code point later than its offsets say."""
        reply = self._system.ask(case)
        cited = tuple(
            replace(c, quote=self.text(c.article, c.version)[c.start + 1 : c.end + 1])
            for c in reply.citations
        )
        return replace(reply, citations=cited)

    def rank(self, case: Case, reply: Reply) -> Reply:
        """Search as the system does."""
        return self._system.rank(case, reply)

    def text(self, article: str, version: int | None = None) -> str:
        """Return the text as it is."""
        return self._system.text(article, version)

    def close(self) -> None:
        """Close the system."""
        self._system.close()
