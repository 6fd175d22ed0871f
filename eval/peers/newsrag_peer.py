"""newsrag: its in-memory search for newsrooms, words and embeddings together.

`python -m eval.peers.newsrag_peer gold --out runs/newsrag`
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eval.peers.environment import enter

if __name__ == "__main__":
    enter("newsrag", "newsrag")

from eval.peers.peer import Found, Peer, main
from eval.suite import source_id
from rag.models.embedder import default_path

if TYPE_CHECKING:
    from rag.types import Source


class NewsRag(Peer):
    """Its defaults; it takes its embedder as a function, here sentence-transformers."""

    name = "newsrag"
    package = "newsrag"

    def load(self) -> None:
        """Load the weights."""
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(default_path()), device="cpu", local_files_only=True)
        self._embed(["ready"])

    def ingest(self, articles: Sequence[Source]) -> int:
        """Cut, embed and keep the articles; a title is needed, so the id stands in for none."""
        from newsrag import NewsroomRAG  # type: ignore[import-not-found]
        from newsrag import Source as Given

        self._room: Any = NewsroomRAG(embed=self._embed)
        self._room.add(
            *(
                Given(
                    id=source_id(item),
                    title=item.title or source_id(item),
                    text=item.text,
                    published_at=item.published_at,
                    publisher=item.outlet,
                )
                for item in articles
            )
        )
        return len(self._room._chunks)

    def search(self, question: str, limit: int) -> list[Found]:
        """Search with its own weights of the two."""
        return [
            Found(item.source_id, item.start, item.end, float(item.score))
            for item in self._room.search(question, top_k=limit)
        ]

    def _embed(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._model.encode(texts, show_progress_bar=False).tolist()
        return vectors


if __name__ == "__main__":
    main(NewsRag)
