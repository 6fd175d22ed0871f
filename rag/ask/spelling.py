"""Read a misspelt word as the articles spell it: "peskow" as "Peskov"."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable

from rag.language import terms

SHORTEST = 4
"""Letters of a word that is looked at: shorter ones are like too many others."""
MOST = 3
"""Words that are; with more of them a question is in other words, not misspelt."""
ALIKE = 0.82
"""Share of letters that two spellings have in common, in order (difflib's ratio): "cubba" and
"Cuba" .89, "peskow" and "Peskov" .83, but "guarantors" and "guarantees" .80. They begin alike."""
_WORD = re.compile(r"[^\W\d_]+")


def misspelt(
    question: str, frequency: Callable[[str], int], common: Callable[[str], bool]
) -> list[str]:
    """Return the words of a question that no passage has; empty where they are more than MOST.

    ``frequency`` counts the passages that have a stem; ``common`` tells words of the language,
    which may be missing from the articles though they are spelt well.
    """
    found = [
        word
        for word in dict.fromkeys(_WORD.findall(question))
        if len(word) >= SHORTEST
        and (stems := terms(word))
        and not any(frequency(stem) for stem in stems)
        and not common(word.lower())
    ]
    return found if len(found) <= MOST else []


def spelt(question: str, words: Iterable[str], texts: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Return a question with words as the texts spell them, and which of them were changed.

    A word that nothing in the texts is like stays as it is.
    """
    counts = Counter(word for text in texts for word in _WORD.findall(text))
    forms = {word.lower(): word for word, _ in reversed(counts.most_common())}
    changed: dict[str, str] = {}
    for word in words:
        lower = word.lower()
        alike = [form for form in forms if form[0] == lower[0] and len(form) >= SHORTEST]
        if near := difflib.get_close_matches(lower, alike, n=1, cutoff=ALIKE):
            changed[word] = forms[near[0]]
    for word, form in changed.items():
        question = re.sub(rf"\b{re.escape(word)}\b", form, question)
    return question, changed
