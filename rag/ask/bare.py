"""Ask a bare question word of the question before it: "When?", "Why not?"."""

from __future__ import annotations

import re
from collections.abc import Callable

from rag.ask.kinds import AUXILIARIES, QUESTION_WORDS

QUESTION = rf"(?:{'|'.join(QUESTION_WORDS)})"
"""A pattern of the words that ask."""
AUXILIARY = re.compile(rf"(?:{'|'.join(sorted(AUXILIARIES))})\b", re.IGNORECASE)


def bare(prepositions: str) -> re.Pattern[str]:
    """Return what matches a question that is its question word alone, as its group ``ask``."""
    return re.compile(
        rf"^(?:and |but |so |then |ok(?:ay)?,? )*(?P<ask>(?:{prepositions} )?{QUESTION}(?: (?:many|"
        r"much|long|often|time|day|date|month|year|city|country|exactly|else|not))*)\W*$",
        re.IGNORECASE,
    )


def opening(prepositions: str) -> re.Pattern[str]:
    """Return what matches the question word that a question begins with."""
    return re.compile(
        rf"^(?:{prepositions} )?{QUESTION}\b(?: (?:many|much|long|often|time|day))?", re.IGNORECASE
    )


def asked_of(ask: str, last: str, opens: re.Pattern[str], negated: Callable[[str], str]) -> str:
    """Ask "when" of the last question: it takes the place of its own question word.

    ``opens`` is an `opening`; ``negated`` puts "not" into what is left of the question.
    """
    denies = ask.lower().endswith(" not")
    ask = ask[:-4] if denies else ask
    body = last if AUXILIARY.match(last) else opens.sub("", last, count=1).strip("?.! ")
    if not body:
        return f"{last} {ask}?"
    if denies:
        body = negated(body)
    if AUXILIARY.match(body):
        body = body[0].lower() + body[1:]
    return f"{ask[0].upper()}{ask[1:]} {body}".rstrip("?.! ") + "?"
