"""Haystack: its splitter, BM25 and embeddings in memory, joined by reciprocal rank.

`python -m eval.peers.haystack_peer gold --out runs/haystack`
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eval.peers.environment import enter

if __name__ == "__main__":
    enter("haystack", "haystack-ai", "sentence-transformers-haystack")

from eval.peers.peer import Found, Peer, main
from eval.suite import source_id
from rag.models.embedder import default_path

if TYPE_CHECKING:
    from rag.types import Source


class Haystack(Peer):
    """The components that Haystack's own hybrid retrieval tutorial takes, with their defaults."""

    name = "haystack"
    package = "haystack-ai"

    def load(self) -> None:
        """Load the weights, once for articles and once for questions, as its components do."""
        from haystack_integrations.components.embedders.sentence_transformers import (  # type: ignore[import-not-found]
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )

        model = str(default_path())
        self._many: Any = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
        self._embedder: Any = SentenceTransformersTextEmbedder(model=model, progress_bar=False)
        for part in (self._many, self._embedder):
            part.warm_up()

    def ingest(self, articles: Sequence[Source]) -> int:
        """Split, embed and store the articles."""
        from haystack import Document  # type: ignore[import-not-found]
        from haystack.components.joiners import DocumentJoiner  # type: ignore[import-not-found]
        from haystack.components.preprocessors import DocumentSplitter  # type: ignore[import-not-found]
        from haystack.components.retrievers.in_memory import (  # type: ignore[import-not-found]
            InMemoryBM25Retriever,
            InMemoryEmbeddingRetriever,
        )
        from haystack.document_stores.in_memory import InMemoryDocumentStore  # type: ignore[import-not-found]

        store = InMemoryDocumentStore()
        splitter = DocumentSplitter()
        splitter.warm_up()
        documents = [
            Document(content=item.text, meta={"article": source_id(item)}) for item in articles
        ]
        split = splitter.run(documents=documents)["documents"]
        store.write_documents(self._many.run(documents=split)["documents"])
        self._words: Any = InMemoryBM25Retriever(document_store=store)
        self._near: Any = InMemoryEmbeddingRetriever(document_store=store)
        self._joiner: Any = DocumentJoiner(join_mode="reciprocal_rank_fusion")
        return len(split)

    def search(self, question: str, limit: int) -> list[Found]:
        """Search both ways and join."""
        vector = self._embedder.run(text=question)["embedding"]
        words = self._words.run(query=question, top_k=limit)["documents"]
        near = self._near.run(query_embedding=vector, top_k=limit)["documents"]
        joined = self._joiner.run(documents=[words, near], top_k=limit)["documents"]
        return [self._found(document) for document in joined]

    def _found(self, document: Any) -> Found:
        start = int(document.meta["split_idx_start"])
        end = start + len(document.content)
        return Found(document.meta["article"], start, end, float(document.score or 0.0))


if __name__ == "__main__":
    main(Haystack)
