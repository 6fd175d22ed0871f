"""Show a text that several articles carry once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from rag.types import Candidate

RUN = 3
"""Words in a run that two passages are compared by."""
SAME = 0.6
"""Two passages with this part of the shorter one's runs in common say the same, cut elsewhere."""


def fold(candidates: Iterable[Candidate], limit: int) -> list[Candidate]:
    """Return the best ``limit`` candidates, best first, without what a reprint says again.

    Of passages that say the same in articles of one cluster the earliest published is kept, in the
    place of the best. What a reprint adds or changes stays: passages that differ, or that give
    other numbers.
    """
    kept: list[Candidate] = []
    for candidate in candidates:
        for place, other in enumerate(kept):
            if other.article.id != candidate.article.id and _same(other, candidate):
                kept[place] = replace(min(other, candidate, key=_age), score=other.score)
                break
        else:
            if len(kept) == limit:
                break
            kept.append(candidate)
    return kept


def _same(one: Candidate, other: Candidate) -> bool:
    if one.article.cluster_id != other.article.cluster_id:
        return False
    left, right = _runs(one.passage.text), _runs(other.passage.text)
    if len(left & right) < SAME * min(len(left), len(right)):
        return False
    numbers = [set(re.findall(r"\d+(?:[.,]\d+)*", c.passage.text)) for c in (one, other)]
    return numbers[0] <= numbers[1] or numbers[1] <= numbers[0]


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return set(zip(*(words[start:] for start in range(RUN)), strict=False)) or {tuple(words)}


def _age(candidate: Candidate) -> tuple[bool, float, str]:
    """Order by date of publication; an article without one comes last."""
    published = candidate.article.published_at
    return (
        published is None,
        published.timestamp() if published else 0.0,
        candidate.article.id,
    )
