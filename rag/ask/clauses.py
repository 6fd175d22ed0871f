"""Whether a sentence that a model wrote is made of whole clauses of what it cites.

Such a sentence leaves out clauses or changes their order, and puts in nothing: who did what to whom
stays as it was. Looser paraphrases would have to be trusted to the rules and the judge, which let
8% of unsupported claims pass (newsdesk-claims in docs/evaluation.md); what is no cut is shown as a
quotation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rag.language import STOPWORDS, normalise, terms

LONGEST = 200
"""Words of a statement, and of each sentence it cites, that are compared."""
MOST = 4
"""Clauses that one statement may put together."""

_TOKEN = re.compile(r"[\w'-]+|[^\w\s]")
_FREE = frozenset("the a an that and also".split())
"""Words that join or point and change nothing: not compared."""
_BOTH_SIDES = frozenset("that and but which who".split())
"""A clause may end before and begin after these."""
_BEFORE = frozenset(
    """as because while when where after before since until although though during despite
    adding saying""".split()
)
"""A clause may end before these, and begins with them."""
_GUARDS = re.compile(
    r"not|no|never|none|nobody|nothing|neither|nor|without|cannot|\w+n't|only|or|if|unless|whether|"
    r"may|might|could|would|should|must|can|likely|unlikely|allege\w*|reported|reportedly|"
    r"suppos\w*|apparent\w*|claim\w*|unconfirmed|according|accus\w*|suspect\w*|rumou?r\w*|"
    r"den(?:y|ies|ied|ying)|dismiss\w*|refut\w*|reject\w*|disput\w*|refus\w*|fail\w*|false\w*|"
    r"almost|nearly|partly|plans?|planned|propos\w*|expect\w*|threat\w*"
)
"""Words that turn or weaken what stands near them: a cut keeps every one."""


@dataclass(frozen=True, slots=True)
class _Words:
    keys: tuple[str, ...]
    edges: frozenset[int]
    """Gaps where a clause begins or ends; gap ``i`` is before word ``i``."""
    guards: Counter[str]


def is_cut(statement: str, cited: Sequence[str], cues: Sequence[str] = ()) -> bool:
    """Whether a statement is a cut of the cited sentences; ``cues`` are their reporting words.

    Words compare by stem, words without content of their own as they are. Each stretch begins and
    ends at the edge of a clause in what is cited, there are at most MOST, and every word that
    negates, weakens or denies in a sentence that is used is there as often as in that sentence.
    """
    said = _words(statement, ())
    sources = [_words(text, cues) for text in cited]
    if not said.keys or len(said.keys) > LONGEST:
        return False
    used = _covered(said.keys, sources)
    if used is None:
        return False
    known: Counter[str] = Counter()
    for number in used:
        known += sources[number].guards
    return said.guards == known


def _covered(keys: tuple[str, ...], sources: Sequence[_Words]) -> frozenset[int] | None:
    """Return the sources whose stretches make up the words, None where none do."""

    @cache
    def rest(at: int, left: int) -> frozenset[int] | None:
        if at == len(keys):
            return frozenset()
        if left == 0:
            return None
        for number, source in enumerate(sources):
            for start in sorted(source.edges):
                for end in range(_shared(keys, at, source.keys, start), start, -1):
                    if end not in source.edges:
                        continue
                    after = rest(at + end - start, left - 1)
                    if after is not None:
                        return after | {number}
        return None

    return rest(0, MOST)


def _shared(keys: Sequence[str], at: int, others: Sequence[str], start: int) -> int:
    """Return the end of the longest stretch of ``others`` from ``start`` that ``keys`` repeats."""
    end = start
    while (
        end < len(others) and at + end - start < len(keys) and others[end] == keys[at + end - start]
    ):
        end += 1
    return end


def _words(text: str, cues: Sequence[str]) -> _Words:
    keys: list[str] = []
    edges = {0}
    guards: Counter[str] = Counter()
    ends = {cue.lower() for cue in cues}
    for token in _TOKEN.findall(normalise(text)):
        word = token.lower()
        if not re.match(r"\w", word):
            edges.add(len(keys))
            continue
        if word in _BOTH_SIDES or word in _BEFORE:
            edges.add(len(keys))
        if _GUARDS.fullmatch(word):
            guards[word] += 1
        if word not in _FREE:
            keys.append(_key(word))
        if word in _BOTH_SIDES or word in ends:
            edges.add(len(keys))
        if len(keys) > LONGEST:
            break
    edges.add(len(keys))
    return _Words(tuple(keys), frozenset(edges), guards)


def _key(word: str) -> str:
    if word in STOPWORDS:
        return word
    found = terms(word)
    return found[0] if len(found) == 1 else word
