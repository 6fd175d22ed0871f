"""Do the citations carry the answer, and are they exact."""

from __future__ import annotations

from collections.abc import Iterable

from eval.judge import Judged, Place
from eval.metrics.answers import words
from eval.record import Cited

NAMES = (
    "citation recall", "citation precision", "quotes exact", "sentences cited", "speaker",
    "quote type", "conflict",
)  # fmt: skip


def citations(item: Judged) -> dict[str, float | None]:
    """Return the figures of one case.

    ``citation recall``: share of the gold groups that a citation covers, by half of the shorter of
    the two; an abstention scores zero. ``citation precision``: share of the cited code points that
    are gold, of answers only. ``quotes exact``: share of the citations whose offsets give the
    quote. ``sentences cited``: share of the sentences with a citation that exists. ``speaker`` and
    ``quote type``: as the gold has them, on the citation of the evidence. ``conflict``: whether the
    kind of disagreement is named, or none where the articles agree.
    """
    return {
        "citation recall": _recall(item),
        "citation precision": _precision(item),
        "quotes exact": _exact(item),
        "sentences cited": _cited(item),
        "speaker": _speaker(item),
        "quote type": _quote_type(item),
        "conflict": _conflict(item),
    }


def _recall(item: Judged) -> float | None:
    if not item.quoted:
        return None
    covered = [any(item.supports(c, group) for c in item.citations) for group in item.groups]
    return sum(covered) / len(covered)


def _precision(item: Judged) -> float | None:
    if not item.quoted or not item.citations:
        return 0.0 if item.quoted and item.reply is None else None
    gold = _points(place for group in item.groups for place in group)
    mine = _points(Place(c.article, c.start, c.end) for c in item.citations)
    return len(gold & mine) / len(mine) if mine else 0.0


def _exact(item: Judged) -> float | None:
    if item.reply is None:
        return 0.0
    if not item.citations:
        return None
    return sum(item.exact(cited) for cited in item.citations) / len(item.citations)


def _cited(item: Judged) -> float | None:
    if item.reply is None:
        return 0.0
    if not item.reply.sentences:
        return None
    numbers = {cited.number for cited in item.citations}
    good = [bool(s.citations) and set(s.citations) <= numbers for s in item.reply.sentences]
    return sum(good) / len(good)


def _speaker(item: Judged) -> float | None:
    wanted = item.case.speaker
    if wanted is None:
        return None
    return float(any(same_name(c.speaker, wanted) for c in _on_evidence(item)))


def _quote_type(item: Judged) -> float | None:
    wanted = item.case.quote_type
    if wanted is None:
        return None
    return float(any(cited.quote_type == wanted for cited in _on_evidence(item)))


def _conflict(item: Judged) -> float | None:
    if item.case.conflict is None:
        return None
    if item.reply is None:
        return 0.0
    if item.case.conflict == "none":
        return float(not item.reply.conflicts)
    return float(item.case.conflict in item.reply.conflicts)


def same_name(given: str | None, wanted: str) -> bool:
    """Whether two names are one: the words of one are all in the other."""
    mine, gold = set(words(given or "")), set(words(wanted))
    return bool(mine) and (mine <= gold or gold <= mine)


def _on_evidence(item: Judged) -> list[Cited]:
    return [c for c in item.citations if any(item.supports(c, group) for group in item.groups)]


def _points(places: Iterable[Place]) -> set[tuple[str, int]]:
    return {(place.article, at) for place in places for at in range(place.start, place.end)}
