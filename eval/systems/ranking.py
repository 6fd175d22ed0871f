"""The searches that Dateline is made of, each by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llama_index.core.vector_stores.types import VectorStoreQuery

from eval.cases import Case
from eval.record import Ranked
from rag.ask.retrieve import fuse, metadata_filters
from rag.dateline import Dateline
from rag.types import Article, Filters, Passage

Rank = Callable[[str, Case, int], list[Ranked]]
"""Question, case (for its filters) and how many; best first."""

FUSED_DEPTH = 100


def bm25(dateline: Dateline) -> Rank:
    """Rank by words alone."""

    def rank(question: str, case: Case, limit: int) -> list[Ranked]:
        return _load(dateline, dateline.index.words.search(question, case.filters, limit))

    return rank


def dense(dateline: Dateline) -> Rank:
    """Rank by meaning alone: the cosine of the embeddings."""

    def rank(question: str, case: Case, limit: int) -> list[Ranked]:
        return _load(dateline, _nearest(dateline, question, case.filters, limit))

    return rank


def fused(dateline: Dateline) -> Rank:
    """Rank by both, fused by reciprocal rank, without a reader and without clusters."""

    def rank(question: str, case: Case, limit: int) -> list[Ranked]:
        words = dateline.index.words.search(question, case.filters, FUSED_DEPTH)
        near = _nearest(dateline, question, case.filters, FUSED_DEPTH)
        both = fuse([[name for name, _ in words], [name for name, _ in near]])
        return _load(dateline, both[:limit])

    return rank


def ranked(passage: Passage, score: float) -> Ranked:
    """Write down a passage that was found."""
    return Ranked(
        id=passage.id,
        article=passage.article_id,
        version=passage.version,
        start=passage.start,
        end=passage.end,
        score=score,
    )


def _nearest(
    dateline: Dateline, question: str, filters: Filters, limit: int
) -> list[tuple[str, float]]:
    found = dateline.index.vectors.query(
        VectorStoreQuery(
            query_embedding=dateline.embedder.embed([question])[0].tolist(),
            similarity_top_k=limit,
            filters=metadata_filters(filters),
        )
    )
    return list(zip(found.ids or [], found.similarities or [], strict=True))


def _load(dateline: Dateline, found: Sequence[tuple[str, float]]) -> list[Ranked]:
    loaded: dict[str, tuple[Passage, Article]] = dateline.catalogue.passages(
        [name for name, _ in found]
    )
    return [ranked(loaded[name][0], float(score)) for name, score in found if name in loaded]
