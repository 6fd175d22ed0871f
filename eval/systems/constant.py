"""Baselines that say the same to everything: what a metric gives for nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from eval.cases import Case
from eval.metrics.answers import words
from eval.record import Reply, Said
from eval.suite import Suite, source_id
from rag.errors import ArticleNotFound

CONFIDENCE = 0.5


class Constant:
    """Answers with the accepted answer that is the most frequent in the suite: the best constant.

    It looks at the gold answers, so it bounds what any constant could reach.
    """

    name = "constant"

    def __init__(self, suite: Suite) -> None:
        counted: Counter[str] = Counter()
        for case in suite.cases:
            counted.update({" ".join(words(answer)) for answer in case.answers})
        self._texts = {source_id(item): item.text for item in suite.articles}
        self._answer = min(counted, key=lambda text: (-counted[text], text)) if counted else "yes"

    def settings(self) -> Mapping[str, object]:
        """Return what it says."""
        return {"answer": self._answer}

    def warm(self) -> None:
        """Do nothing: there is nothing to load."""

    def ask(self, case: Case) -> Reply:
        """Say it."""
        return Reply(
            text=self._answer,
            short_answer=self._answer,
            sentences=(Said(text=self._answer, citations=()),),
            confidence=CONFIDENCE,
            probability=False,
            query=case.question,
        )

    def rank(self, case: Case, reply: Reply) -> Reply:  # noqa: ARG002
        """Add nothing: it does not search."""
        return reply

    def text(self, article: str, version: int | None = None) -> str:  # noqa: ARG002
        """Return an article's text as the suite has it; raises ArticleNotFound."""
        if article not in self._texts:
            raise ArticleNotFound(f"The suite has no article {article}.")
        return self._texts[article]

    def close(self) -> None:
        """Do nothing: nothing is held."""


class Silent(Constant):
    """Declines everything: right wherever the articles do not say."""

    name = "silent"

    def settings(self) -> Mapping[str, object]:
        """Return what it says."""
        return {"answer": None}

    def ask(self, case: Case) -> Reply:
        """Decline."""
        return Reply(text="", abstained=True, probability=False, query=case.question)
