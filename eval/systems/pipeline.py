"""Dateline in this process: the same ``ask`` as the service's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import TypeAdapter

from eval.cases import Case
from eval.record import Ranked, Reply, ranked_from_results, reply_from_answer
from eval.systems.system import DEPTH
from rag.dateline import Dateline
from rag.types import Answer, SearchResult

_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)
_RESULTS: TypeAdapter[list[SearchResult]] = TypeAdapter(list[SearchResult])


def reply_of(answer: Answer) -> Reply:
    """Write an answer as a run stores it."""
    return reply_from_answer(_ANSWER.dump_python(answer, mode="json"))


class Pipeline:
    """Asks a Dateline that is open on a suite's collection."""

    name = "dateline"

    def __init__(self, dateline: Dateline) -> None:
        self.dateline = dateline

    def settings(self) -> Mapping[str, object]:
        """Return every setting and the fingerprints of the models."""
        chosen = self.dateline.settings.model_dump(mode="json", exclude={"data", "database"})
        return {
            **chosen,
            "models": {
                "embedder": self.dateline.embedder.fingerprint,
                "reader": self.dateline.reader.fingerprint,
            },
        }

    def warm(self) -> None:
        """Load the models."""
        self.dateline.warm()

    def ask(self, case: Case) -> Reply:
        """Ask with the case's history and filters."""
        answer = self.dateline.ask(case.question, history=case.history, filters=case.filters)
        return reply_of(answer)

    def rank(self, case: Case, reply: Reply) -> Reply:
        """Search once more for what ``ask`` searched, deeper."""
        standalone = None
        if case.history and case.standalone:
            standalone = self._search(case, case.standalone)
        return replace(reply, ranked=self._search(case, reply.query), ranked_standalone=standalone)

    def text(self, article: str, version: int | None = None) -> str:
        """Return an article's text; raises ArticleNotFound."""
        return self.dateline.article(article, version).text

    def close(self) -> None:
        """Close the collection."""
        self.dateline.close()

    def _search(self, case: Case, query: str) -> tuple[Ranked, ...]:
        found = self.dateline.search(query, case.filters, DEPTH)
        return ranked_from_results(_RESULTS.dump_python(found, mode="json"))
