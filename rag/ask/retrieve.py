"""Find candidate passages: words and meaning, fused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
)

from rag.ask.fold import fold
from rag.moments import microseconds
from rag.types import Article, Candidate, Filters, Passage

# Reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009, whose constant this is.
RRF_K = 60
DEPTH = 100
"""How many passages each of the two searches contributes."""

SPARE, NEWEST = 0.3, 3
"""Asked how things stand on a day, this share of the places goes to the newest among so many times
as many passages: of the evidence of 144 such questions of newsdesk, .92 is then read, .83 else."""

WordSearch = Callable[[str, Filters, int], list[tuple[str, float]]]
Load = Callable[[Sequence[str]], Mapping[str, tuple[Passage, Article]]]


def retrieve(
    text: str,
    vector: np.ndarray[tuple[int], np.dtype[np.float32]],
    filters: Filters,
    limit: int,
    *,
    words: WordSearch,
    vectors: BasePydanticVectorStore,
    load: Load,
) -> list[Candidate]:
    """Return the best ``limit`` passages, best first, one for each text that is reprinted.

    The score is the fused reciprocal rank in (0, 2 / (RRF_K + 1)].
    """
    depth = max(DEPTH, limit)
    by_words = [passage_id for passage_id, _ in words(text, filters, depth)]
    dense = vectors.query(
        VectorStoreQuery(
            query_embedding=vector.tolist(),
            similarity_top_k=depth,
            filters=metadata_filters(filters),
        )
    )
    fused = fuse([by_words, dense.ids or []])
    return fold(_loaded(fused, load, 2 * limit), limit)


def fuse(rankings: Sequence[Sequence[str]]) -> list[tuple[str, float]]:
    """Add up reciprocal ranks; ties go to the id, so that the order never depends on chance."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, passage_id in enumerate(ranking, start=1):
            scores[passage_id] = scores.get(passage_id, 0.0) + 1 / (RRF_K + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def together(rankings: Sequence[Sequence[Candidate]], limit: int) -> list[Candidate]:
    """Fuse what several wordings of one question find; the best ``limit``, best first.

    Of two passages of equal rank the one that an earlier wording found goes first.
    """
    known: dict[str, Candidate] = {}
    for item in (item for found in rankings for item in found):
        known.setdefault(item.passage.id, item)
    place = {name: at for at, name in enumerate(known)}
    ranked = fuse([[item.passage.id for item in found] for found in rankings])
    ranked.sort(key=lambda item: (-item[1], place[item[0]]))
    return fold((replace(known[name], score=score) for name, score in ranked), limit)


def with_newest(found: Sequence[Candidate], limit: int) -> list[Candidate]:
    """Return the best ``limit`` of some passages, the last places for the newest of the rest.

    Of ``found``, best first, the first ``NEWEST * limit`` are looked at.
    """
    spare = round(SPARE * limit)
    kept = list(found[: limit - spare])
    rest = [item for item in found[len(kept) : NEWEST * limit] if item.article.published_at]
    newest = sorted(rest, key=_published, reverse=True)[: limit - len(kept)]
    chosen = {item.passage.id for item in (*kept, *newest)}
    return [item for item in found if item.passage.id in chosen]


def _published(item: Candidate) -> float:
    moment = item.article.published_at
    return moment.timestamp() if moment else float("-inf")


def metadata_filters(filters: Filters) -> MetadataFilters | None:
    """Write filters in llama-index's terms; None when there are none."""
    items: list[MetadataFilter | MetadataFilters] = []
    if filters.articles:
        items.append(
            MetadataFilter(
                key="article_id", value=list(filters.articles), operator=FilterOperator.IN
            )
        )
    if filters.outlets:
        outlets = [outlet.casefold() for outlet in filters.outlets]
        items.append(MetadataFilter(key="outlet", value=outlets, operator=FilterOperator.IN))
    for moment, operator in (
        (filters.after, FilterOperator.GTE),
        (filters.before, FilterOperator.LT),
        (filters.as_of, FilterOperator.LTE),
    ):
        if moment is not None:
            items.append(
                MetadataFilter(key="published_at", value=microseconds(moment), operator=operator)
            )
    return MetadataFilters(filters=items) if items else None


def _loaded(fused: Sequence[tuple[str, float]], load: Load, size: int) -> Iterator[Candidate]:
    """Yield the candidates, read from the catalogue ``size`` at a time."""
    for start in range(0, len(fused), size):
        batch = fused[start : start + size]
        found = load([passage_id for passage_id, _ in batch])
        for passage_id, score in batch:
            # What is not there was removed since the index was caught up.
            if passage_id in found:
                passage, article = found[passage_id]
                yield Candidate(passage=passage, article=article, score=score)
