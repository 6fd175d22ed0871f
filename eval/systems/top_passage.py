"""A baseline that searches and answers with the passage that came first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from eval.cases import Case
from eval.record import Cited, Ranked, Reply, Said
from eval.systems.ranking import Rank
from eval.systems.system import DEPTH
from rag.dateline import Dateline


class TopPassage:
    """Never declines while there is any passage; its confidence is the score, which only ranks.

    It asks a follow-up as it stands: it has no rewriting.
    """

    def __init__(self, name: str, dateline: Dateline, rank: Rank) -> None:
        self.name = name
        self._dateline = dateline
        self._rank = rank

    def settings(self) -> Mapping[str, object]:
        """Return the fingerprint of the embedder that the collection was made with."""
        return {"models": {"embedder": self._dateline.embedder.fingerprint}}

    def warm(self) -> None:
        """Load the embedder."""
        self._dateline.embedder.warm()

    def ask(self, case: Case) -> Reply:
        """Answer with the first passage, whole."""
        found = self._rank(case.question, case, DEPTH)
        if not found:
            return Reply(text="", abstained=True, probability=False, query=case.question)
        best = found[0]
        text = self.text(best.article, best.version)[best.start : best.end]
        return Reply(
            text=f"{text} [1]",
            sentences=(Said(text=text, citations=(1,)),),
            citations=(_cited(best, text),),
            confidence=best.score,
            probability=False,
            query=case.question,
            ranked=tuple(found),
        )

    def rank(self, case: Case, reply: Reply) -> Reply:
        """Add the search for a follow-up's standalone form."""
        if not (case.history and case.standalone):
            return reply
        found = self._rank(case.standalone, case, DEPTH)
        return replace(reply, ranked_standalone=tuple(found))

    def text(self, article: str, version: int | None = None) -> str:
        """Return an article's text; raises ArticleNotFound."""
        return self._dateline.article(article, version).text

    def close(self) -> None:
        """Close the collection."""
        self._dateline.close()


def _cited(best: Ranked, text: str) -> Cited:
    return Cited(
        number=1,
        article=best.article,
        version=best.version,
        passage=best.id,
        start=best.start,
        end=best.end,
        quote=text,
    )
