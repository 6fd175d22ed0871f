"""Say where the articles do not agree, or one tells more lately than another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.ask.kinds import Kind
from rag.ask.polarity import Verdict
from rag.ask.short import fits, same_answer, states
from rag.types import Attribution, ConflictType, Evidence

Attribute = Callable[[str, int, int], Attribution]

CLOSE = 0.35
"""A sentence takes part in a disagreement when its score is this part of the best one's."""
CLEAR = 0.15
"""And when the probability of its passage to state the answer is this part of the best one's."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Positions that do not agree, the better supported first."""

    type: ConflictType
    sides: tuple[tuple[Evidence, ...], ...]


def of_verdicts(
    stances: Sequence[tuple[Evidence, Verdict]],
    attribute: Attribute,
) -> Disagreement | None:
    """Return the disagreement of sentences, one an article, that answer a question yes and no."""
    sides = [
        tuple(item for item, verdict in stances if verdict == wanted) for wanted in ("Yes", "No")
    ]
    if not all(sides):
        return None
    return Disagreement(kind_of(sides, attribute), _ranked(sides))


def of_answers(
    question: str, evidence: Sequence[Evidence], attribute: Attribute
) -> Disagreement | None:
    """Return the disagreement of sentences of several articles that give different short answers.

    Only what is nearly as good as the best counts, and only an answer of the sort that is asked
    for. Sentences agree when one has the other's answer, whatever else it says.
    """
    groups: list[list[Evidence]] = []
    for item in strong([item for item in evidence if fits(question, _short(item))]):
        for group in groups:
            if any(_agree(question, item, other) for other in group):
                group.append(item)
                break
        else:
            groups.append([item])
    clusters = {item.candidate.article.cluster_id for group in groups for item in group}
    if len(groups) < 2 or len(clusters) < 2:
        return None
    sides = [tuple(group) for group in groups]
    return Disagreement(kind_of(sides, attribute), _ranked(sides))


def of_change(chosen: Sequence[Evidence], attribute: Attribute) -> Disagreement | None:
    """Return what was quoted about a change, a side for each article."""
    told = _by_article(chosen)
    return Disagreement(kind_of(told, attribute, "change"), told) if len(told) > 1 else None


def of_comparison(chosen: Sequence[Evidence], attribute: Attribute) -> Disagreement | None:
    """Return what was quoted for a comparison, a side for each article.

    What is compared is rarely the same thing twice, so its sides are of different scope and no
    contradiction, unless one of them denies.
    """
    told = _by_article(chosen)
    if len(told) < 2:
        return None
    denied = _denials(told, attribute)
    return Disagreement("denied" if any(denied) and not all(denied) else "different_scope", told)


def _by_article(chosen: Sequence[Evidence]) -> tuple[tuple[Evidence, ...], ...]:
    """Sort what was quoted by its article; reprints are one."""
    sides: dict[str, list[Evidence]] = {}
    for item in chosen:
        sides.setdefault(item.candidate.article.cluster_id, []).append(item)
    return tuple(map(tuple, sides.values()))


def strong(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the best sentence of each article, where it is nearly as good as the best of all."""
    found: dict[str, Evidence] = {}
    best = max((item.sentence.score for item in evidence), default=0.0)
    clear = CLEAR * max((item.answerable for item in evidence), default=0.0)
    for item in evidence:
        if item.answerable >= clear and item.sentence.score >= CLOSE * best:
            found.setdefault(item.candidate.article.cluster_id, item)
    return list(found.values())


def sources(side: Sequence[Evidence]) -> int:
    """Count independent sources: reprints are one."""
    return len({item.candidate.article.cluster_id for item in side})


def kind_of(
    sides: Sequence[Sequence[Evidence]],
    attribute: Attribute,
    kind: Kind = "fact",
) -> ConflictType:
    """Name a disagreement: a change of days, where that was asked for, a denial, else by the days.

    Of undated articles it is a change where the question asks for one.
    """
    days = [
        {moment.date() for item in side if (moment := item.candidate.article.published_at)}
        for side in sides
    ]
    apart = all(days) and not set.intersection(*days)
    if kind == "change" and (apart or not any(days)):
        return "changed_over_time"
    told = _denials(sides, attribute)
    if any(told) and not all(told):
        return "denied"
    return "changed_over_time" if apart else "disagreement_between_sources"


def _denials(sides: Sequence[Sequence[Evidence]], attribute: Attribute) -> list[bool]:
    """Tell of each sentence whether it reports a denial."""
    return [
        attribute(item.candidate.article.text, item.sentence.start, item.sentence.end).denied
        for side in sides
        for item in side
    ]


def _ranked(sides: Sequence[Sequence[Evidence]]) -> tuple[tuple[Evidence, ...], ...]:
    def support(side: Sequence[Evidence]) -> tuple[int, float]:
        return sources(side), max(item.sentence.score for item in side)

    return tuple(tuple(side) for side in sorted(sides, key=support, reverse=True))


def _agree(question: str, one: Evidence, other: Evidence) -> bool:
    mine, its = _short(one), _short(other)
    return same_answer(mine, its, question) or states(_said(one), its) or states(_said(other), mine)


def _short(item: Evidence) -> str:
    return item.candidate.article.text[slice(*item.answer)] if item.answer else ""


def _said(item: Evidence) -> str:
    return item.candidate.article.text[item.sentence.start : item.sentence.end]
