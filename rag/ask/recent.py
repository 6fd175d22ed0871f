"""Questions of what is news: "this week", "recently", "on Monday", as of the day they are asked.

They are answered by articles of those days; an older one tells of the time before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from rag.ask.odds import more
from rag.types import Candidate, Evidence

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_DAYS = rf"""
    \b(?:today|tonight|yesterday|last\ night|(?:on|last|this)\ {_DAY}|{_DAY}['’]s|
    (?:this|last|this\ past|the\ past)\ (?:week|weekend|morning|afternoon|evening))\b
"""
_WEEKS = r"""
    \b(?:recent(?:ly)?|latest|newly|just|currently|now|upcoming|(?:this|last|past)\ month|
    (?:next|later\ this)\ (?:week|month))\b
"""
_MONTHS = r"\bthis\ (?:year|summer|winter|spring|autumn|fall|season)(?:['’]s)?\b"
_WITHIN = tuple(
    (re.compile(words, re.IGNORECASE | re.VERBOSE), timedelta(days=days))
    for words, days in ((_DAYS, 21), (_WEEKS, 60), (_MONTHS, 240))
)
OLD = 1.5
"""Log-odds that a sentence of an older article loses."""


def within(question: str) -> timedelta | None:
    """Return how old an article may be to tell what a question calls new; None for any age."""
    return next((span for words, span in _WITHIN if words.search(question)), None)


def fresh_first(
    found: Sequence[Candidate], limit: int, span: timedelta, as_of: datetime
) -> list[Candidate]:
    """Return ``limit`` passages: half of the places go to fresh ones, if there are so many."""
    fresh = [item for item in found if not _old(item, span, as_of)][: limit - limit // 2]
    kept = {item.passage.id for item in fresh}
    for item in found:
        if len(kept) >= limit:
            break
        kept.add(item.passage.id)
    return [item for item in found if item.passage.id in kept]


def weighed(evidence: Sequence[Evidence], span: timedelta, as_of: datetime) -> list[Evidence]:
    """Return the evidence with less weight on what is said in older articles, best first."""
    found = [
        replace(
            item,
            sentence=replace(item.sentence, score=more(item.sentence.score, -OLD)),
            answerable=more(item.answerable, -OLD),
        )
        if _old(item.candidate, span, as_of)
        else item
        for item in evidence
    ]
    return sorted(found, key=lambda item: -item.sentence.score)


def _old(item: Candidate, span: timedelta, as_of: datetime) -> bool:
    published = item.article.published_at
    return published is not None and as_of - published > span
