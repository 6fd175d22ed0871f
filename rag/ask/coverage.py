"""Measure how much of what a question asks about is in a sentence, around it, in its article."""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rag.ask.places import other_names
from rag.language import STOPWORDS, join_abbreviations, terms
from rag.types import Article, Evidence

AROUND = 250
"""Code points before and after a sentence that count as its neighbourhood."""
ALIKE = 0.85
"""Names that are alike by this much (difflib's ratio) are one name, spelled in two ways."""
_NAME = re.compile(r"\b[A-Z][\w'’.-]*\w")
_NO_NAMES = frozenset("mr mrs ms dr sir i system".split())
_SHOUTED = 5
"""A word of more capitals is shouted, not an acronym."""


class Wanted:
    """The words of a question, weighed by how rare they are among the sentences read for it.

    "Peskov" tells nothing of fifty sentences that all name him; "Cuba" tells which one is meant.
    """

    def __init__(self, question: str, sentences: Iterable[str]) -> None:
        own = [set(terms(sentence)) for sentence in sentences]
        counted = Counter(term for words in own for term in words)
        self._weights = {
            term: math.log(1 + (len(own) + 0.5) / (counted[term] + 0.5))
            for term in dict.fromkeys(terms(question))
        }
        self._total = sum(self._weights.values()) or 1.0

    def share(self, text: str) -> float:
        """Return the share in [0, 1] of the question's words that a text has, by weight."""
        found = set(terms(text))
        return sum(weight for term, weight in self._weights.items() if term in found) / self._total


def around(evidence: Evidence) -> str:
    """Return a sentence with its neighbourhood in the passage."""
    passage, sentence = evidence.candidate.passage, evidence.sentence
    start = max(passage.start, sentence.start - AROUND)
    return evidence.candidate.article.text[start : min(passage.end, sentence.end + AROUND)]


def names_known(
    question: str, articles: Sequence[Article], outlets: Iterable[str | None] = ()
) -> float:
    """Return the share in [0, 1] of the names in a question that the articles have; 1 without any.

    A country is known by any of its names, a person by a like spelling, and one of ``outlets``
    wherever it is named: who asks what two of them report names both.
    """
    names = question_names(question)
    if not names:
        return 1.0
    texts = [f"{item.title} {item.outlet or ''} {item.text}" for item in articles]
    texts += [name for name in set(outlets) if name]
    known = {word for text in texts for word in _words(text)}
    return sum(_known(name, known) for name in names) / len(names)


def question_names(question: str) -> list[str]:
    """Return the names in a question, word by word: capitals that do not begin a sentence."""
    found = []
    for match in _NAME.finditer(join_abbreviations(question)):
        begins = not re.search(r"[^.?!:;\s][,]?\s*$", question[: match.start()])
        word = re.sub(r"['’]s?$", "", match.group())
        shouted = word.isupper() and len(word) > _SHOUTED
        if not begins and not shouted and word.lower() not in STOPWORDS | _NO_NAMES:
            found += re.split(r"[-–]", word)
    return [word for word in dict.fromkeys(found) if len(word) > 1]


def _known(name: str, known: set[str]) -> bool:
    if other_names(name) & known:
        return True
    return bool(difflib.get_close_matches(name.lower(), known, n=1, cutoff=ALIKE))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", join_abbreviations(text).lower()))
