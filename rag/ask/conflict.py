"""Say where the articles do not agree, or one tells more lately than another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.ask.event import apart, touches
from rag.ask.kinds import Kind
from rag.ask.polarity import Verdict
from rag.ask.select import quote
from rag.ask.short import fits, has_number, same_answer, states
from rag.types import Attribution, ConflictType, Evidence

Attribute = Callable[[str, int, int], Attribution]

CLOSE = 0.35
"""A sentence takes part in a disagreement when its score is this part of the best one's."""
CLEAR = 0.15
"""And when the probability of its passage to state the answer is this part of the best one's."""
LEAST = 0.06
"""And nothing is called a disagreement where even the best sentence has less: it rarely answers at
all. Of the 6 disagreements flagged wrongly over the seeds' questions 5 had less;
of those in 120 cases each of ramdocs and rgb none had."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Positions that do not agree, the better supported first."""

    type: ConflictType
    sides: tuple[tuple[Evidence, ...], ...]


def of_verdicts(
    question: str,
    stances: Sequence[tuple[Evidence, Verdict]],
    attribute: Attribute,
) -> Disagreement | None:
    """Return the disagreement of sentences, one an article, that answer a question yes and no.

    They have to be about the same event: a "No" that names another day than each "Yes" is not.
    """
    alike = set(map(id, _of_one_event(question, [item for item, _ in stances])))
    told = [(item, verdict) for item, verdict in stances if id(item) in alike]
    agreed = [item for item, verdict in told if verdict == "Yes"]
    against = [
        item
        for item, verdict in told
        if verdict == "No" and not all(apart(question, item, other) for other in agreed)
    ]
    sides = [tuple(agreed), tuple(against)]
    if not all(sides):
        return None
    return Disagreement(kind_of(sides, attribute), _ranked(sides))


def of_answers(
    question: str, evidence: Sequence[Evidence], attribute: Attribute
) -> Disagreement | None:
    """Return the disagreement of sentences of several articles that give different short answers.

    Only what is nearly as good as the best counts, and only an answer of the sort that is asked
    for. Sentences agree when one has the other's answer, whatever else it says. What is denied
    of another day than the best sentence names is of another event.
    """
    groups: list[list[Evidence]] = []
    fitting = _strong_and_altered(
        question, [item for item in evidence if fits(question, _short(item))]
    )
    for item in _not_of_another_day(question, _of_one_event(question, fitting), attribute):
        for group in groups:
            if any(_agree(question, item, other) for other in group):
                group.append(item)
                break
        else:
            groups.append([item])
    articles = {item.candidate.article.id for group in groups for item in group}
    if len(groups) < 2 or len(articles) < 2:
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
    """Return the best sentence of each article, where it is nearly as good as the best of all.

    Reprints are one article.
    """
    found: dict[str, Evidence] = {}
    for item in _near_best(evidence):
        found.setdefault(item.candidate.article.cluster_id, item)
    return list(found.values())


def _near_best(evidence: Sequence[Evidence]) -> list[Evidence]:
    best = max((item.sentence.score for item in evidence), default=0.0)
    clear = CLEAR * max((item.answerable for item in evidence), default=0.0)
    return [
        item
        for item in evidence
        if item.answerable >= clear and item.sentence.score >= CLOSE * best
    ]


def _strong_and_altered(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return what is strong, and of reprints also what gives another number than the first."""
    found = strong(evidence)
    first = {item.candidate.article.cluster_id: item for item in found}
    told = {item.candidate.article.id for item in found}
    for item in _near_best(evidence):
        other = first[item.candidate.article.cluster_id]
        numbers = has_number(_short(item)) and has_number(_short(other))
        if item.candidate.article.id not in told and numbers and not _agree(question, item, other):
            found.append(item)
            told.add(item.candidate.article.id)
    return found


def _of_one_event(question: str, found: Sequence[Evidence]) -> list[Evidence]:
    """Keep what has a word of the question if the best has; nothing where even that is weak."""
    best = max(found, key=lambda item: item.sentence.score, default=None)
    if best is None or best.sentence.score < LEAST:
        return []
    return [item for item in found if touches(question, best, item)]


def _not_of_another_day(
    question: str, found: Sequence[Evidence], attribute: Attribute
) -> list[Evidence]:
    """Leave out what is denied, or asserted, of another day than the best sentence names."""
    best = max(found, key=lambda item: item.sentence.score, default=None)
    if best is None:
        return []
    denied = dict(zip(map(id, found), _denials([found], attribute), strict=True))
    return [
        item
        for item in found
        if denied[id(item)] == denied[id(best)] or not apart(question, best, item)
    ]


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
    return same_answer(mine, its, question) or states(quote(one), its) or states(quote(other), mine)


def _short(item: Evidence) -> str:
    return item.candidate.article.text[slice(*item.answer)] if item.answer else ""
