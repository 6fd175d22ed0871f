"""Sentences that leave open which one is meant, where a question asks which.

"Which adviser told Trump not to call?" is not answered by "Advisers told Trump not to call", nor
"Which publisher signed the deal?" by "an unnamed publisher".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.ask.odds import more
from rag.ask.select import quote
from rag.ask.split import Parse
from rag.attribution.parser import Word
from rag.types import Evidence

UNNAMED = 2.0
"""Log-odds that such a sentence loses, in its place among others and in how sure it makes. Of 1,006
questions about unseen articles and the seeds 6 have one as their best sentence; 2 of these are
answerable, and they got a confidence of .49 on average."""
LOOKED_AT = 5
"""Sentences, best first, that are looked at: a parse takes some milliseconds."""

_WHICH = re.compile(r"\b(?:which|what)\s+(?=[a-z])", re.IGNORECASE)
_ENDING = re.compile(r"(?:ies|y|es|s)$")
_MEASURES = frozenset(
    """year month week day date time hour number amount share percentage proportion rate age price
    cost kind type sort part way thing word role reason term""".split()
)
"""What a number or a description answers, not a name."""
QUOTES = frozenset("\"”’'")
_OPEN = frozenset("a an some any several many few other another no".split())
_VAGUE = frozenset(
    """unnamed unidentified undisclosed unspecified anonymous certain different various other
    several many few some major big large small senior top leading key new own more""".split()
)
_NAMING = re.compile(
    r"\b(?:such as|including|includes?|like|called|named|known as|namely)\b|[:–—(]"
)
_DESCRIBING = ("amod", "compound", "nmod", "nummod", "appos")
_FOLLOWING = ("prep", "acl", "relcl", "ccomp", "xcomp")
_EMPTY = frozenset("is are was were be been have has had do does did will would can must".split())
_IS_NAMED = ("appos", "attr", "oprd", "compound", "nmod", "nsubjpass")


def weighed(question: str, evidence: Sequence[Evidence], parse: Parse) -> list[Evidence]:
    """Return the evidence with less weight on what leaves open which one is meant, best first."""
    noun = _asked_for(question, parse) if _WHICH.search(question) else None
    if noun is None:
        return list(evidence)
    known = {_stem(word) for word in re.findall(r"[\w-]+", question)}
    first = [_less(item, noun, known, parse) for item in evidence[:LOOKED_AT]]
    return sorted([*first, *evidence[LOOKED_AT:]], key=lambda item: -item.sentence.score)


def _less(item: Evidence, noun: str, known: set[str], parse: Parse) -> Evidence:
    said = quote(item)
    if noun not in {_stem(word) for word in re.findall(r"[\w-]+", said)}:
        return item
    if not _leaves_open(parse(said, [0])[0], noun, known):
        return item
    sentence = replace(item.sentence, score=more(item.sentence.score, -UNNAMED))
    sure = more(item.answerable, -UNNAMED)
    return replace(item, sentence=sentence, answerable=sure, answer=None, open=True)


def _asked_for(question: str, parse: Parse) -> str | None:
    """Return the stem of the noun behind "which" or "what"; None where there is none."""
    for word in parse(question, [0])[0]:
        if word.lower in ("which", "what") and word.relation == "det" and word.head is not None:
            stem = _stem(word.head.text)
            return None if stem in {_stem(measure) for measure in _MEASURES} else stem
    return None


def _leaves_open(words: Sequence[Word], noun: str, known: set[str]) -> bool:
    """Whether a sentence has a noun, and nowhere says which."""
    found = [word for word in words if word.tag.startswith("NN") and _stem(word.text) == noun]
    first = [word for word in found if not _again(word)]
    return bool(first) and all(_open(word, known) for word in first)


def _again(word: Word) -> bool:
    """Whether a noun only takes up an earlier one: "these companies"."""
    given = [child.lower for child in word.kids("det")]
    return given in (["these"], ["those"], ["this"], ["that"]) and not word.kids(*_DESCRIBING)


def _open(word: Word, known: set[str]) -> bool:
    if word.relation in _IS_NAMED or word.tag.startswith("NNP"):
        return False
    if word.relation == "pobj" and word.head is not None and word.head.lower == "as":
        return False
    if any(child.relation == "appos" for child in word.children):
        return False
    if any(end in QUOTES or (end.istitle() and _stem(end) not in known) for end in _before(word)):
        return False
    before = word.kids("det")
    if word.kids("poss", "nummod") or any(child.lower not in _OPEN for child in before):
        return False
    if _NAMING.search(" ".join(below.text for below in word.subtree() if below.index > word.index)):
        return False
    if any(_tells(child, known) for child in word.children):
        return False
    modifiers = [
        below
        for child in word.kids("amod", "compound", "nmod")
        for below in child.subtree()
        if below.relation != "punct"
    ]
    return all(_stem(below.text) in known or below.lower in _VAGUE for below in modifiers)


def _tells(child: Word, known: set[str]) -> bool:
    """Whether what follows a noun describes it in words that the question lacks.

    "A plan to cut taxes", "issues of arms control"; not who else does what: "companies returning".
    """
    if child.relation not in _FOLLOWING or child.tag == "VBG":
        return False
    return any(
        _stem(below.text) not in known and below.tag[:2] in ("NN", "VB", "JJ", "CD")
        for below in child.subtree()
        if below.lower not in _EMPTY
    )


def _before(word: Word) -> list[str]:
    """Return the word just before a noun, which may be the end of a name: “Revelry” podcast."""
    whole = word.head.subtree() if word.head is not None else word.subtree()
    return [other.text for other in whole if other.index == word.index - 1 and other.index > 0]


def _stem(word: str) -> str:
    return _ENDING.sub("", word.casefold())
