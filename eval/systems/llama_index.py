"""What llama-index gives by default: its splitter, its FAISS store, its retriever.

Its default query engine retrieves and then asks a language model; without one, the first passage
is the answer. The same embedder as Dateline's.
"""

from __future__ import annotations

from typing import Any

import faiss
from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import MetadataMode, TextNode
from llama_index.core.vector_stores import VectorStoreQuery
from llama_index.vector_stores.faiss import FaissVectorStore
from pydantic import PrivateAttr

from eval.cases import Case
from eval.record import Ranked
from eval.systems.ranking import Rank
from rag.dateline import Dateline
from rag.models.embedder import Embedder
from rag.types import Article


class SameEmbedding(BaseEmbedding):
    """Dateline's embedder behind llama-index's interface."""

    _embedder: Embedder = PrivateAttr()

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(model_name=embedder.name, embed_batch_size=32)
        self._embedder = embedder

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embedder.embed([query])[0].tolist()  # type: ignore[no-any-return]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_query_embedding(text)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._embedder.embed(texts).tolist()  # type: ignore[no-any-return]


def documents(dateline: Dateline) -> list[tuple[Document, Article]]:
    """Return the collection's articles as documents: cleaned text, title as metadata."""
    found = []
    cursor: str | None = None
    while True:
        page = dateline.articles(limit=100, cursor=cursor)
        for item in page.items:
            article = dateline.article(item.id)
            metadata = {} if article.title_from == "derived" else {"title": article.title}
            found.append((Document(text=article.text, id_=article.id, metadata=metadata), article))
        cursor = page.next_cursor
        if cursor is None:
            return found


def build(dateline: Dateline) -> Rank:
    """Index the collection's articles the default way and return its retrieval.

    The store refuses filters, so what a case may not use is taken out of a deeper search.
    """
    articles = documents(dateline)
    by_id = {article.id: article for _, article in articles}
    store = FaissVectorStore(faiss_index=faiss.IndexFlatL2(dateline.embedder.dimension))
    index = VectorStoreIndex.from_documents(
        [document for document, _ in articles],
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=SameEmbedding(dateline.embedder),
        transformations=[SentenceSplitter()],
    )
    nodes = index.docstore.docs
    size = int(store.client.ntotal)

    def rank(question: str, case: Case, limit: int) -> list[Ranked]:
        depth = size if case.within or case.as_of else limit
        query = VectorStoreQuery(
            query_embedding=dateline.embedder.embed([question])[0].tolist(),
            similarity_top_k=min(depth, size),
        )
        found = store.query(query)
        kept: list[Ranked] = []
        for position, score in zip(found.ids or [], found.similarities or [], strict=True):
            node = nodes[index.index_struct.nodes_dict[position]]
            article = by_id[str(node.ref_doc_id)]
            if _allowed(case, article) and len(kept) < limit:
                # The store gives squared distances: of unit vectors, 2 - 2 cosines.
                kept.append(_ranked(node, article, 1 - score / 2))
        return kept

    return rank


def _allowed(case: Case, article: Article) -> bool:
    if case.within and article.id not in case.within:
        return False
    return case.as_of is None or (
        article.published_at is not None and article.published_at <= case.as_of
    )


def _ranked(node: Any, article: Article, score: float) -> Ranked:
    assert isinstance(node, TextNode)  # noqa: S101
    start = node.start_char_idx or 0
    return Ranked(
        id=node.node_id,
        article=article.id,
        version=article.version,
        start=start,
        end=start + len(node.get_content(metadata_mode=MetadataMode.NONE)),
        score=float(score),
    )
