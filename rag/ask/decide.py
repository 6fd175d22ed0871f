"""Decide what to quote, what that says to a yes-or-no question, and what disagrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.ask import attribute, conflict, context, polarity, select
from rag.ask.kinds import kind_of
from rag.ask.plan import Plan
from rag.ask.polarity import Verdict
from rag.ask.said import asks_anyone, asks_for_one
from rag.models.reader import Claim, Judge, Support
from rag.types import Evidence

DENIED = 0.3
"""A denial is a "No" where it is this probable that its passage answers. Of the 16 verdicts given
to the questions on the seeds the one wrong one had .27, the right ones .33 and more."""
CONTESTED = 0.5
"""A yes-or-no question is answered from this share of the least confidence on when articles say
yes and no to it. Of 152 such questions on unseen articles and the seeds, a third of them
unanswerable, none below the least confidence got two answers, so nothing is said wrongly by it."""

GetJudge = Callable[[], Judge | None]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be said, and what it amounts to."""

    chosen: tuple[Evidence, ...] = ()
    verdict: Verdict | None = None
    disagreements: tuple[conflict.Disagreement, ...] = ()


def decide(
    planned: Plan,
    readings: Sequence[Sequence[Evidence]],
    judge: GetJudge,
    limit: int | None = None,
    *,
    as_of: bool = False,
) -> Decision:
    """Choose what to quote, at most ``limit`` sentences where it is given.

    ``readings``: the sentences read for the whole question, then for each part. ``as_of``: whether
    it is asked as of a day.
    """
    newest = select.OF_THE_DAY if as_of else select.LATEST
    chosen = select.select(
        readings, planned.kind, limit, newest=newest if planned.of_state else None
    )
    found: list[conflict.Disagreement] = []
    verdict: Verdict | None = None
    deciding: Evidence | None = None
    for text, evidence in zip([planned.text, *planned.parts], readings, strict=True):
        if kind_of(text) != "yes_no" or asks_anyone(text) or not evidence:
            continue
        strong = conflict.strong(evidence) or list(evidence[:1])
        supports = _supports(text, strong, judge)
        leanings = [
            (item, polarity.leaning(text, select.quote(item), support))
            for item, support in zip(strong, supports, strict=True)
        ]
        if (against := conflict.of_verdicts(text, leanings, attribute.attribute)) is not None:
            found.append(against)
        elif planned.kind == "yes_no" and text == planned.text:
            verdict = _verdict(text, strong[0], supports[0])
            if verdict:
                deciding = strong[0]
                chosen = select.first(deciding, chosen, limit)
    other = _disagreement(planned, chosen, readings[0], known=bool(found))
    found += [other] if other is not None else []
    chosen = select.with_sides(chosen, [side for item in found for side in item.sides], limit)
    chosen = context.in_context(chosen, limit, own_words=planned.kind == "quote")
    if deciding is not None:
        chosen = select.first(deciding, chosen)
    return Decision(tuple(chosen), verdict, tuple(found))


def contested(
    planned: Plan,
    readings: Sequence[Sequence[Evidence]],
    judge: GetJudge,
    limit: int | None,
    *,
    as_of: bool = False,
) -> Decision | None:
    """Choose what to quote where articles say yes and no, however unsure the reading; else None.

    They both speak of what is asked, then: what they say of a part of it does not count.
    """
    if planned.kind != "yes_no":
        return None
    whole = replace(planned, parts=())
    decision = decide(whole, readings[:1], judge, limit, as_of=as_of)
    return decision if decision.disagreements else None


def _disagreement(
    planned: Plan, chosen: Sequence[Evidence], whole: Sequence[Evidence], *, known: bool
) -> conflict.Disagreement | None:
    """Return what disagrees by the kind of question; ``known``: whether any is known already."""
    if planned.kind == "change":
        return conflict.of_change(chosen, attribute.attribute)
    if planned.kind == "compare" and not known:
        return conflict.of_comparison(chosen, attribute.attribute)
    if planned.kind == "fact" and not planned.parts and asks_for_one(planned.text):
        return conflict.of_answers(planned.text, whole, attribute.attribute)
    return None


def _supports(
    question: str, evidence: Sequence[Evidence], judge: GetJudge
) -> Sequence[Support | None]:
    """Return what the judge says of a yes-or-no question and each passage, if there is one."""
    found = judge()
    if found is None:
        return [None] * len(evidence)
    return found.support([_claim(question, item) for item in evidence])


def _claim(question: str, item: Evidence) -> Claim:
    article = item.candidate.article
    return Claim(question, item.candidate.passage.text, article.given_title, article.published_at)


def _verdict(text: str, item: Evidence, support: Support | None) -> Verdict | None:
    """Take no denied claim for a yes: what somebody rejects is a no, by whoever is quoted.

    Asked whether somebody rejects it, a rejection is a yes.
    """
    span = (item.sentence.start, item.sentence.end)
    if attribute.rejects_too(text, item.candidate.article.text, *span):
        return "Yes"
    if attribute.denies(text, item.candidate.article.text, *span):
        # What is denied may be another thing of the same kind: a visit in May, not last night's.
        other = item.answerable < DENIED or polarity.ends(text, select.quote(item))
        return None if other else "No"
    if context.denied_after(item):
        return None
    return polarity.decide(text, select.quote(item), support, item.answerable)
