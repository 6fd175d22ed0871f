"""What systems share that read the suite's own texts, without a collection."""

from __future__ import annotations

from collections.abc import Mapping

from eval.suite import Suite, source_id
from rag.errors import ArticleNotFound


class Texts:
    """The texts of a suite."""

    name: str

    def __init__(self, suite: Suite) -> None:
        self.texts = {source_id(item): item.text for item in suite.articles}

    def settings(self) -> Mapping[str, object]:
        """Return nothing: there is nothing to set."""
        return {}

    def warm(self) -> None:
        """Do nothing: there is nothing to load."""

    def text(self, article: str, version: int | None = None) -> str:  # noqa: ARG002
        """Return an article's text as the suite has it; raises ArticleNotFound."""
        if article not in self.texts:
            raise ArticleNotFound(f"The suite has no article {article}.")
        return self.texts[article]

    def close(self) -> None:
        """Do nothing: nothing is held."""
