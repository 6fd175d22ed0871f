"""Whether two sentences that answer a question differently are about the same event."""

from __future__ import annotations

import re

from rag.attribution.days import MONTHS
from rag.language import terms
from rag.types import Evidence

_GENERIC = frozenset(terms("take takes took taken place happen happens happened occur occurs"))
"""Words of a question that name no event: "When will it take place?"."""
_TIMES = re.compile(
    r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|"
    rf"\b(?:{MONTHS})\b",
)
BEFORE = 300
"""So far before "It is at 5 pm." stands what it is about, in code points."""
_PRONOUN = re.compile(r"\W*(?:It|He|She|They|This|That|These|Those)\b")
_DAY_OF_SAYING = re.compile(
    r"\b(?:said|says|told|added|noted|announced|wrote|confirmed)\b[^.,;“”\"]{0,60}?"
    r"\bon (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
)


def touches(question: str, leading: Evidence, other: Evidence) -> bool:
    """Whether a sentence has a word of the question, if the leading one has any.

    Of "When will the call take place?" and a sentence about a call, one about a departure is of
    another event, whatever day it names.
    """
    asked = set(terms(question)) - _GENERIC
    if not asked & set(terms(_said(leading))):
        return True
    return bool(asked & set(terms(_said(other, BEFORE))))


def apart(question: str, one: Evidence, other: Evidence) -> bool:
    """Whether two sentences name other days or months each, and the question none.

    Reports of a visit in May may be denied though another visit is announced for Thursday.
    """
    if times(question):
        return False
    mine, its = times(_said(one)), times(_said(other))
    return bool(mine) and bool(its) and not mine & its


def times(text: str) -> frozenset[str]:
    """Return the weekdays and months that a text names, without the day of the saying."""
    plain = _DAY_OF_SAYING.sub(" ", text)
    return frozenset(match.group().lower() for match in _TIMES.finditer(plain))


def _said(item: Evidence, before: int = 0) -> str:
    """Return a sentence, with so many code points before it where a pronoun opens it."""
    text, start = item.candidate.article.text, item.sentence.start
    said = text[start : item.sentence.end]
    if before and _PRONOUN.match(said):
        return text[max(0, start - before) : start] + said
    return said
