"""llama-index: its splitter, its Hugging Face embedding and its FAISS store.

`python -m eval.peers.llama_index_peer gold --out runs/llama-index-peer`
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eval.peers.environment import enter

if __name__ == "__main__":
    enter(
        "llama_index",
        "llama-index-core",
        "llama-index-embeddings-huggingface",
        "llama-index-vector-stores-faiss",
    )

from eval.peers.peer import Found, Peer, main
from eval.suite import source_id
from rag.models.embedder import default_path

if TYPE_CHECKING:
    from rag.types import Source

SIZE, OVERLAP = 256, 32
"""Tokens: passages that the embedder can read whole, as ours are. By default it would be 1,024,
of which this embedder reads a quarter."""


class LlamaIndex(Peer):
    """Its ingestion pipeline, otherwise with its defaults."""

    name = "llama-index"
    package = "llama-index-core"

    def load(self) -> None:
        """Load the weights."""
        from llama_index.embeddings.huggingface import (  # type: ignore[import-not-found]
            HuggingFaceEmbedding,
        )

        self._embedding: Any = HuggingFaceEmbedding(model_name=str(default_path()), device="cpu")
        self._embedding.get_text_embedding("ready")

    def ingest(self, articles: Sequence[Source]) -> int:
        """Split, embed and store the articles."""
        import faiss
        from llama_index.core import Document
        from llama_index.core.ingestion import IngestionPipeline
        from llama_index.core.node_parser import SentenceSplitter
        from llama_index.vector_stores.faiss import FaissVectorStore

        dimension = len(self._embedding.get_query_embedding("ready"))
        self._store: Any = FaissVectorStore(faiss_index=faiss.IndexFlatIP(dimension))
        pipeline = IngestionPipeline(
            transformations=[
                SentenceSplitter(chunk_size=SIZE, chunk_overlap=OVERLAP),
                self._embedding,
            ],
            vector_store=self._store,
        )
        documents = [
            Document(
                text=item.text,
                id_=source_id(item),
                metadata={"title": item.title} if item.title else {},
            )
            for item in articles
        ]
        self._nodes: Sequence[Any] = pipeline.run(documents=documents)
        return len(self._nodes)

    def search(self, question: str, limit: int) -> list[Found]:
        """Search its store by meaning, as its retriever does."""
        from llama_index.core.vector_stores import VectorStoreQuery

        query = VectorStoreQuery(
            query_embedding=self._embedding.get_query_embedding(question),
            similarity_top_k=min(limit, len(self._nodes)),
        )
        found = self._store.query(query)
        return [
            self._found(self._nodes[int(position)], float(score))
            for position, score in zip(found.ids, found.similarities, strict=True)
        ]

    def _found(self, node: Any, score: float) -> Found:
        return Found(node.ref_doc_id, node.start_char_idx, node.end_char_idx, score)


if __name__ == "__main__":
    main(LlamaIndex)
