"""Is the answer right, by its words."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

from eval.judge import Judged
from rag.language import normalise

SHORT = 10
"""An accepted answer of more words than this is never found word for word in another text."""
_POLAR = ("yes", "no")
_MARKS = re.compile(r"\s*\[\d+\]")


def answers(item: Judged) -> dict[str, float | None]:
    """Return the figures of one case; an abstention on an answerable case scores zero.

    ``EM`` and ``F1`` are SQuAD's, on the short answer, or the text where a system gives none.
    ``contains`` is whether the text has an accepted answer of at most ``SHORT`` words; "yes" and
    "no" count only at its beginning. ``must`` is whether every group of the case is in the text.
    """
    case = item.case
    if case.answerable is False:
        return dict.fromkeys(("EM", "F1", "contains", "must"))
    text, short = said(item)
    brief = [answer for answer in case.answers if len(words(answer)) <= SHORT]
    return {
        "EM": max(float(words(short) == words(a)) for a in brief) if brief else None,
        "F1": max(token_f1(short, a) for a in case.answers) if case.answers else None,
        "contains": max(float(contains(text, a)) for a in brief) if brief else None,
        "must": float(all(_has_any(text, group) for group in case.must)) if case.must else None,
    }


def said(item: Judged) -> tuple[str, str]:
    """Return the text without citation marks, and the short answer or else the text again."""
    if not item.answered or item.reply is None:
        return "", ""
    text = _MARKS.sub("", item.reply.text)
    return text, item.reply.short_answer or text


def words(text: str) -> list[str]:
    """Split as SQuAD's scorer does: lower case, no punctuation, no articles."""
    folded = normalise(text).lower()
    kept = "".join(char for char in folded if char not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", kept).split()


def token_f1(given: str, accepted: str) -> float:
    """Return the harmonic mean of precision and recall of words (Rajpurkar et al., 2016)."""
    mine, gold = words(given), words(accepted)
    shared = sum((Counter(mine) & Counter(gold)).values())
    if not mine or not gold or not shared:
        return float(bool(given) and mine == gold)
    precision, recall = shared / len(mine), shared / len(gold)
    return 2 * precision * recall / (precision + recall)


def contains(text: str, accepted: str) -> bool:
    """Whether the words of an accepted answer stand together in a text."""
    mine, gold = words(text), words(accepted)
    if gold and gold[0] in _POLAR and len(gold) == 1:
        return mine[:1] == gold
    return bool(gold) and any(
        mine[at : at + len(gold)] == gold for at in range(len(mine) - len(gold) + 1)
    )


def _has_any(text: str, group: Sequence[str]) -> bool:
    folded = normalise(text).casefold()
    return any(normalise(wanted).casefold() in folded for wanted in group)
