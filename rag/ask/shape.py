"""Give a short answer the shape that its question asks for: a reason, a name, what was said.

The reader's span may begin or end anywhere in a sentence. Its grammar tells what belongs together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.ask.kinds import asks_why
from rag.ask.split import Parse
from rag.language import Span, terms

if TYPE_CHECKING:
    from rag.attribution.parser import Word

LONGEST = 30
"""Words of a short answer that is made longer."""
_WHO = re.compile(r"^\W*(?:(?:and|but|so)\s+)?who(?:m)?\b", re.IGNORECASE)
_WHAT = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?what (?:else |exactly )?(?:did|does|do|has|have|had) .*?"
    r"\b(?:say|said|tell|told|propose|claim|argue|announce|state|suggest|warn|promise|predict|"
    r"write|written|demand|think|believe|stress|insist|explain|acknowledge|confirm|deny|denied|"
    r"emphasi[sz]e|note)[sd]?(?: (?:us|reporters|journalists))?"
    r"(?:\W*$| (?:about|on|of|regarding|concerning|to|in|at|when|during|after|before|under)\b)",
    re.IGNORECASE,
)
_BECAUSE = frozenset("because as since".split())
"""What a clause that gives a reason begins with."""
_DUE = frozenset("because due owing thanks amid".split())
"""What leads to a noun that is a reason."""
_MAYBE = _DUE | frozenset("over after for from by of in with".split())
"""What may do so: the reader's span behind it stays."""
_FINITE = frozenset("VBD VBP VBZ MD".split())
_CLAUSES = frozenset("ccomp xcomp".split())
_LINKS = frozenset("IN WRB TO MD VBD VBZ VBP".split())
"""What begins a span that tells of a doing and names nobody: "once Witkoff briefs"."""
_NAMES = frozenset("NNP NNPS".split())


def shaped(question: str, text: str, answer: Span, parse: Parse) -> Span | None:
    """Return the part of a sentence that answers, None where ``answer`` has not what is asked for.

    ``answer`` counts code points of the sentence ``text``. Of a question that asks neither why nor
    who, nor what somebody said, it comes back as it is, or with all of its subject.
    """
    words = [word for sentence in parse(text, [0]) for word in sentence]
    inside = [word for word in words if word.start < answer[1] and answer[0] < word.end]
    if not inside:
        return answer
    if asks_why(question):
        return _reason(words, inside, answer, set(terms(question)))
    if _WHO.match(question):
        return _name(inside, answer)
    return _clause(inside, answer) if _WHAT.match(question) else _subject(inside, answer)


def _reason(
    words: Sequence[Word], inside: Sequence[Word], answer: Span, asked: set[str]
) -> Span | None:
    """Return the reason that the span is in, else one that the sentence gives in so many words.

    What is asked about is no reason ("two years since the party left").
    """
    reasons = [found for word in words if (found := _because(word)) and not _echo(found, asked)]
    reasons.sort(key=len)
    for found in reasons:
        if {id(word) for word in found} & {id(word) for word in inside}:
            return _span(found) if len(found) <= LONGEST else answer
    if reasons and len(reasons[0]) <= LONGEST:
        return _span(reasons[0])
    if any(word.tag in _FINITE or word.tag == "VB" for word in inside):
        return answer
    top = _top(inside)
    led = top.head is not None and top.head.relation == "prep" and top.head.lower in _MAYBE
    return answer if led or top.relation in ("attr", "nsubj", "oprd", "acomp") else None


def _echo(found: Sequence[Word], asked: set[str]) -> bool:
    said = set(terms(" ".join(word.text for word in found)))
    return 2 * len(said & asked) > len(asked)


def _because(word: Word) -> list[Word]:
    """Return the words of the reason that a word is the head of, none where it is of none."""
    if word.relation == "advcl":
        marks = [mark for mark in word.kids("mark") if mark.lower in _BECAUSE]
        if marks and word.kids("nsubj", "nsubjpass", "expl"):
            return [one for one in word.subtree() if one not in marks]
    leads = word.relation in ("prep", "amod", "acomp") and word.lower in _DUE
    if leads and (below := [*word.kids("pobj"), *_of(word)]):
        return below[0].subtree()
    return []


def _of(word: Word) -> list[Word]:
    """Return what stands behind "because of", "due to" and "thanks to"."""
    return [noun for link in word.kids("prep", "pcomp") for noun in link.kids("pobj")]


def _name(inside: Sequence[Word], answer: Span) -> Span | None:
    """Return the name of whoever does something in the span, the span where it tells of no doing.

    A span about a doing by nobody in it names no one.
    """
    leads = inside[0].tag in _LINKS or inside[0].relation == "mark"
    if leads and inside[0].lower != "by":
        return None
    verbs = [word for word in inside if word.tag in _FINITE]
    if not verbs:
        return answer
    for verb in verbs:
        for subject in _subjects(verb):
            if subject in inside and subject.tag in _NAMES:
                return _span([word for word in subject.subtree() if word in inside])
    return answer if len(inside) > 1 and inside[0].tag in _NAMES else None


def _subjects(verb: Word) -> list[Word]:
    own = verb.kids("nsubj", "nsubjpass")
    return own or ([] if verb.head is None else verb.head.kids("nsubj", "nsubjpass"))


def _clause(inside: Sequence[Word], answer: Span) -> Span:
    """Return the clause that a fragment is in, where that is what somebody says."""
    if any(word.tag in _FINITE for word in inside):
        return answer
    at: Word | None = _top(inside)
    while at is not None and at.relation not in _CLAUSES:
        at = at.head
    if at is None or not at.kids("nsubj", "nsubjpass", "expl"):
        return answer
    found = [word for word in at.subtree() if word not in at.kids("mark")]
    if len(found) > LONGEST:
        beside = {id(one) for kid in at.kids("advcl") for one in kid.subtree()}
        found = [word for word in found if id(word) not in beside]
    if len(found) > LONGEST or not all(word in found for word in inside):
        return answer
    return _span(found)


def _subject(inside: Sequence[Word], answer: Span) -> Span:
    """Return the span from where the subject begins of which it has the end and the verb."""
    for verb in (word for word in inside if word.tag in _FINITE):
        for subject in verb.kids("nsubj", "nsubjpass"):
            whole = subject.subtree()
            if subject not in inside and inside[0] in whole and len(whole) <= LONGEST:
                return _span([*whole, *inside])
    return answer


def _top(inside: Sequence[Word]) -> Word:
    """Return the word of a span that the others hang on."""
    return next((word for word in inside if word.head not in inside), inside[0])


def _span(words: Sequence[Word]) -> Span:
    while len(words) > 1 and words[-1].tag in ("CC", ",", "."):
        words = words[:-1]
    return min(word.start for word in words), max(word.end for word in words)
