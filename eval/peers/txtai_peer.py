"""txtai: paragraphs in its hybrid index.

`python -m eval.peers.txtai_peer gold --out runs/txtai`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from eval.peers.environment import enter

if __name__ == "__main__":
    enter("txtai", "txtai")

from eval.peers.peer import Found, Peer, main
from eval.suite import source_id
from rag.models.embedder import default_path

if TYPE_CHECKING:
    from rag.types import Source


class Txtai(Peer):
    """txtai does not split texts by itself; its examples index paragraphs, and so does this."""

    name = "txtai"
    package = "txtai"

    def load(self) -> None:
        """Load the weights: it does so when it indexes for the first time."""
        from txtai import Embeddings  # type: ignore[import-not-found]

        self._index: Any = Embeddings(path=str(default_path()), hybrid=True)
        self._index.index([(0, "ready", None)])

    def ingest(self, articles: Sequence[Source]) -> int:
        """Index every paragraph by words and by meaning."""
        self._places: list[tuple[str, int, int]] = [
            (source_id(item), *span) for item in articles for span in paragraphs(item.text)
        ]
        self._index.index(
            (number, self.text(article)[start:end], None)
            for number, (article, start, end) in enumerate(self._places)
        )
        return len(self._places)

    def search(self, question: str, limit: int) -> list[Found]:
        """Search with txtai's own weights of the two."""
        return [
            Found(*self._places[int(number)], float(score))
            for number, score in self._index.search(question, limit)
        ]


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of a text's lines that hold anything."""
    for match in re.finditer(r"[^\n]*\S[^\n]*", text):
        yield match.start(), match.end()


if __name__ == "__main__":
    main(Txtai)
