"""Choose which of the sentences that were read are quoted, and in which order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rag.ask.kinds import Kind
from rag.language import terms
from rag.types import Evidence

# Two sentences that share more than this part of their words say the same.
SAME = 0.7


@dataclass(frozen=True, slots=True)
class Share:
    """How much of what was read is quoted."""

    nearly: float
    """A further sentence is quoted only when its score is this part of the best one's."""
    most: int
    """Sentences, where the caller sets no limit."""
    again: float = 1.0
    """What a further sentence of an article that is quoted already counts for, as a share."""
    other: float | None = None
    """`nearly` for the first sentence of a further article; None for the same."""


SHARES: dict[Kind, Share] = {
    "fact": Share(0.4, 3),
    "speaker": Share(0.8, 3),
    "quote": Share(0.8, 3),
    "yes_no": Share(0.8, 3),
    "several": Share(0.25, 5, again=0.7, other=0.04),
    "compare": Share(0.25, 5, again=0.7, other=0.04),
    "change": Share(0.4, 5, again=0.7, other=0.04),
}
SHOWN = 2
"""Sentences of each side of a disagreement that are quoted."""


@dataclass(frozen=True, slots=True)
class Newest:
    """When the newest article goes before all else."""

    least: float
    """Where the score of its best sentence is this part of the best one's."""
    sentences: int
    """So many of it are quoted."""


LATEST = Newest(0.8, 1)
"""For a question that asks how things stand."""
OF_THE_DAY = Newest(0.15, 2)
"""The same, asked as of a day. Chosen on 38 such questions of newsdesk: the newest of ten passages
tells of that day, though older articles are in the question's own words."""
SECOND = 0.3
"""Of the newest article a second sentence is quoted when its score is this part of the first's."""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_UNDATED = datetime.max.replace(tzinfo=UTC)


def select(
    readings: Sequence[Sequence[Evidence]],
    kind: Kind,
    limit: int | None = None,
    *,
    newest: Newest | None = None,
) -> list[Evidence]:
    """Return what to quote, in reading order.

    ``readings`` has the sentences read for the whole question, best first, then those read for each
    of its parts. The best sentence of each part comes first, then, whatever the part, those nearly
    as good as the best that say something else. ``limit`` is the most sentences. With ``newest``
    sentences of the newest article go before all else, where they are good enough.
    """
    share = SHARES[kind]
    most = share.most if limit is None else limit
    chosen: list[Evidence] = []
    for part in readings[1:]:
        if part and len(chosen) < most and not any(_same(part[0], other) for other in chosen):
            chosen.append(part[0])
    pool = _pooled(readings)
    best = pool[0].sentence.score if pool else 0.0
    latest = _latest(pool, newest, best) if newest else []
    chosen += latest[: most - len(chosen)]
    while pool and len(chosen) < most:
        quoted = {item.candidate.article.id for item in chosen}

        def worth(item: Evidence, quoted: set[str] = quoted) -> float:
            again = share.again if item.candidate.article.id in quoted else 1.0
            return again * item.sentence.score

        def least(item: Evidence, quoted: set[str] = quoted) -> float:
            if share.other is None or item.candidate.article.id in quoted:
                return share.nearly * best
            return share.other * best

        item = max((one for one in pool if worth(one) >= least(one)), key=worth, default=None)
        if item is None:
            break
        pool.remove(item)
        if not any(_same(item, other) for other in chosen):
            chosen.append(item)
    arranged = _arranged(chosen, kind)
    for item in reversed(latest):
        arranged = first(item, arranged, limit)
    return arranged


def _latest(pool: Sequence[Evidence], newest: Newest, best: float) -> list[Evidence]:
    """Return the best sentences of the newest article, where the first of them is good enough."""
    dated = [
        (moment.date(), item)
        for item in pool
        if (moment := item.candidate.article.published_at)
        and item.sentence.score >= newest.least * best
    ]
    days = {day for day, _ in dated}
    if not days or (len(days) == 1 and newest.sentences == 1):
        return []
    lead = next(item for day, item in dated if day == max(days))
    more = [
        item
        for item in pool
        if item.candidate.article.id == lead.candidate.article.id
        and item.sentence.score >= SECOND * lead.sentence.score
        and not _same(item, lead)
    ]
    return [lead, *more[: newest.sentences - 1]]


def with_sides(
    chosen: Sequence[Evidence], sides: Sequence[Sequence[Evidence]], limit: int | None = None
) -> list[Evidence]:
    """Return what was chosen with the best sentences of each side that are not among it.

    A side is shown by SHOWN of its articles.
    With a ``limit``, what belongs to no side gives way first.
    """
    places = {place(item) for item in chosen}
    taken = {place(item) for side in sides for item in side}
    more = [item for side in sides for item in side[:SHOWN] if place(item) not in places]
    found = [*chosen, *more]
    while limit is not None and len(found) > limit:
        spare = [item for item in found if place(item) not in taken] or found
        found.remove(spare[-1])
    return found


def first(item: Evidence, chosen: Sequence[Evidence], limit: int | None = None) -> list[Evidence]:
    """Return what was chosen with ``item`` before all else."""
    others = [other for other in chosen if place(other) != place(item)]
    return [item, *others][: max(1, limit if limit is not None else len(chosen))]


def place(item: Evidence) -> tuple[str, int]:
    """Return what tells a sentence from every other: its article, and where it begins there."""
    return item.candidate.article.id, item.sentence.start


def _pooled(readings: Sequence[Sequence[Evidence]]) -> list[Evidence]:
    """Return each sentence once, with its best score for any of the questions, best first."""
    found: dict[tuple[str, int], Evidence] = {}
    for item in (item for reading in readings for item in reading):
        key = place(item)
        if key not in found or found[key].sentence.score < item.sentence.score:
            found[key] = item
    return sorted(found.values(), key=lambda item: -item.sentence.score)


def _arranged(chosen: Sequence[Evidence], kind: Kind) -> list[Evidence]:
    """Order by article, the best one first, and within it as it stands; a change by its days.

    Where one thing is asked for, the sentence that says it goes before all else.
    """
    order: dict[str, int] = {}
    for item in chosen:
        order.setdefault(item.candidate.article.id, len(order))

    def order_of(item: Evidence) -> tuple[datetime, int, int]:
        article = item.candidate.article
        day = (article.published_at or _UNDATED) if kind == "change" else _UNDATED
        return day, order[article.id], item.sentence.start

    arranged = sorted(chosen, key=order_of)
    if kind in ("fact", "speaker") and chosen:
        arranged = first(max(chosen, key=lambda item: item.sentence.score), arranged)
    return arranged


def _same(one: Evidence, other: Evidence) -> bool:
    """Whether two sentences say the same: most of one's words, and no number that differs."""
    left, right = set(terms(quote(one))), set(terms(quote(other)))
    mine, its = (set(_NUMBER.findall(quote(item))) for item in (one, other))
    if mine - its and its - mine:
        return False
    return len(left & right) > SAME * max(1, min(len(left), len(right)))


def quote(evidence: Evidence) -> str:
    """Return the evidence sentence as it stands in the article."""
    return evidence.candidate.article.text[evidence.sentence.start : evidence.sentence.end]
