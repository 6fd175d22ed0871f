"""Make a question stand alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.language import terms
from rag.types import Query, Turn

# A question with fewer content words than this, or one that begins or points like these, leans on
# what was said before.
_ENOUGH_TERMS = 2
_LEANS = re.compile(
    r"^(?:and|but|so|why|when|where|who else|what else|how so|what about|how about|also|then)\b"
    r"(?=\W*(?:\w+\W*){0,3}$)|^(?:and|but|so|also|what about|how about|who else|what else)\b|"
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|this|that|these|those|there|then)\b",
    re.IGNORECASE,
)

_ABOUT = re.compile(r"^(?:(?:and|but|so|what|how)\b\W*)*about (.+)$", re.IGNORECASE)


def rewrite(question: str, history: Sequence[Turn]) -> Query:
    """Complete a follow-up with the last question it may lean on.

    The last question that stood alone goes before the follow-up; "And about Y?" takes the place of
    what that question was about.
    """
    text = " ".join(question.split())
    if not history or not _leans(text):
        return Query(question=question, text=text)
    for turn in reversed(history):
        earlier = " ".join(turn.content.split())
        if turn.role == "user" and earlier and not _leans(earlier):
            return Query(question=question, text=_joined(earlier, text))
    before = [" ".join(turn.content.split()) for turn in history if turn.role == "user"]
    return Query(question=question, text=" ".join([*before, text]))


def _joined(earlier: str, text: str) -> str:
    """Exchange the subject of "... about X?" for that of "And about Y?", else say both."""
    head, about, _ = earlier.rpartition(" about ")
    other = _ABOUT.match(text)
    return f"{head}{about}{other.group(1)}" if about and other else f"{earlier} {text}"


def _leans(text: str) -> bool:
    return len(set(terms(text))) < _ENOUGH_TERMS or bool(_LEANS.search(text))
