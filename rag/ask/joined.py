"""Word a follow-up for retrieval: with the words of the last question, which say what it is about.

What is read is another wording (`rag.ask.rewrite`): behind the last question, that would be
answered again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.ask.bare import AUXILIARY, QUESTION, asked_of, bare, opening
from rag.attribution.people import TITLES
from rag.language import terms
from rag.types import Turn

_OPENS = re.compile(
    r"^(?:and|but|so|also|then|what about|how about|(?:who|what|where) else|how so|why not)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"(?:and|but)\b", re.IGNORECASE)
_PREPOSITION = r"(?:at|on|in|by|for|from|to|with|since|until)"
_BARE = bare(_PREPOSITION)
_PERSON = re.compile(r"\b(?:he|she|him|his|her|hers|himself|herself)\b", re.IGNORECASE)
_THING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|itself|themselves|there|then|this|that|these|those|"
    r"the (?:same|other|others|former|latter)|one|ones|both|either)\b",
    re.IGNORECASE,
)
# "that" and "there" point at nothing in "said that he" and "is there a".
_CONNECTS = re.compile(
    r"\b(?:said|say|says|told|tell|claim\w*|know|known|believe\w*|think\w*|so|reports?|fact|sure|"
    r"now|agree\w*|expect\w*|suggest\w*|confirm\w*|den(?:y|ied)) that\b|"
    r"\b(?:is|are|was|were|will|has|have) there\b|\bthere (?:is|are|was|were|will|has|have)\b|"
    r"\b(?:this|that) (?:week|month|year|morning|evening|afternoon|time)\b|\bone of\b",
)
_EXCHANGE = re.compile(
    r"^(?:(?:and|but|so|then|ok(?:ay)?|what|how)\b\W*)*about (?P<other>[^,?]+?)(?P<rest>,.*)?"
    r"[?.! ]*$",
    re.IGNORECASE,
)
_ADDS = re.compile(
    rf"^(?:and|but) (?P<other>(?:{_PREPOSITION}|of|after|before|during) [^?]+|"
    r"(?:the |his |her |its |their )?[\w'’-]+(?: [\w'’-]+){0,2})[?.! ]*$",
    re.IGNORECASE,
)
_WH = opening(_PREPOSITION)
_ASKS = re.compile(rf"(?:{QUESTION}|not|then|so|no|yes)\b", re.IGNORECASE)
_NAME = re.compile(r"\b[A-Z][\w'’.-]*\w(?: (?:(?:of|the|de|van|von|bin|al) )?[A-Z][\w'’.-]*\w)*")
_PLACE_BEFORE = re.compile(
    r"\b(?:in|at|to|from|on|of|for|the|a|an|over|against|near|into)\s+$", re.IGNORECASE
)
_ASKS_WHO = re.compile(
    r"\b(?:who|whom|whose|which (?!year|month|day|city|country))\b", re.IGNORECASE
)
# "her" before a noun owns it.
_OWNED = re.compile(
    r" (?!(?:in|at|to|from|on|of|off|out|for|over|with|by|and|or|about|that|as|the|a)\b)[\w-]+"
)
_ENOUGH_TERMS = 2
"""A follow-up with fewer content words leans on what was said before."""
_MOST_ADDED = 3
"""Content words of "And in Kyiv?", which says only what is different."""
_BRIEF = 4
"""An answer of so few words names what was asked for, even by one word."""
_NOT_NAMES = frozenset(
    """Who Whom Whose What When Where Why How Which Is Are Was Were Do Does Did Has Have Had Can
    Could Will Would Shall Should May Might Must And But So The A An In On At For From To With Then
    If Of By According Mr Mrs Ms Dr He She It They His Her Their Its This That These Those There I
    We You Please Tell January February March April June July August September October November
    December Monday Tuesday Wednesday Thursday Friday Saturday Sunday""".split()
)


def joined(question: str, history: Sequence[Turn]) -> str:
    """Return a question with the words that retrieval needs from the turns before it.

    Pronouns for a person become the name that was spoken of last; "And about Y?" takes the place of
    what the last question was about; a bare "When?" asks that of the last question; what still
    points back stands behind the last question. Of 110 newsdesk follow-ups .72 find their evidence
    among five passages so, with the last answer as the other wording; completed as for reading .63
    do, and .80 (.78) of the questions a person wrote out (`python -m eval.followups`).
    """
    last = answered = ""
    for turn in history:
        said = " ".join(turn.content.split())
        if turn.role == "user" and said:
            last, answered = _completed(said, last, answered), ""
        elif turn.role == "assistant":
            answered = said
    return _completed(question, last, answered)


def goes_on(question: str) -> bool:
    """Whether a question points at something before it, or is put as going on from there."""
    return _points(question) or bool(_GOES_ON.match(question))


def _completed(text: str, last: str, answered: str) -> str:
    """Write out a follow-up to the question ``last`` and what was answered to it."""
    if not last:
        return text
    if alone := _BARE.match(text):
        return asked_of(alone["ask"], last, _WH, _negated)
    if (exchange := _EXCHANGE.match(text)) and not exchange["rest"]:
        return _exchanged(exchange["other"], last) or _after(last, text)
    adds = _ADDS.match(text)
    if adds and not _verbal(adds["other"]) and len(set(terms(adds["other"]))) <= _MOST_ADDED:
        return f"{last.rstrip('?.! ')} {adds['other']}?"
    leans = _leans(text)
    if _person_is_open(text):
        name, sure = _person(last, answered)
        if name:
            text = _named(text, name)
            leans = not sure or _points(text)
    return _after(last, text) if leans else text


def _verbal(words: str) -> bool:
    """Whether words begin a question of their own."""
    return bool(_ASKS.match(words) or AUXILIARY.match(words))


def _after(last: str, text: str) -> str:
    return f"{last} {text}"


def _leans(text: str) -> bool:
    """Whether a question points at something said before, or names nothing of its own."""
    return (
        len(set(terms(text))) < _ENOUGH_TERMS
        or bool(_OPENS.search(text) and len(set(terms(text))) < 2 * _ENOUGH_TERMS)
        or _person_is_open(text)
        or _points(text)
        or not (_names(text) or re.search(r"\d", text))
    )


def _points(text: str) -> bool:
    return bool(_THING.search(_CONNECTS.sub(" ", text)))


def _person_is_open(text: str) -> bool:
    """Whether a pronoun for a person has no name before it that it may mean."""
    found = _PERSON.search(text)
    return found is not None and not any(name.start() < found.start() for name in _names(text))


def _names(text: str) -> list[re.Match[str]]:
    return [
        found
        for found in _NAME.finditer(text)
        if found.group().split()[0].rstrip(".") not in _NOT_NAMES or " " in found.group()
    ]


def _negated(body: str) -> str:
    return f"{body.rstrip('?.! ')} not"


def _exchanged(other: str, last: str) -> str | None:
    """Exchange the subject of the last question; None where it has none that can be told."""
    other = other.strip()
    head, about, _ = last.rpartition(" about ")
    if about:
        return f"{head}{about}{other}?"
    names = _names(last)
    if names and _names(other):
        found = names[-1]
        return f"{last[: found.start()]}{other}{last[found.end() :]}"
    return None


def _person(last: str, answered: str) -> tuple[str | None, bool]:
    """Return who was spoken of last, and whether nobody else may be meant.

    That is who was asked for and named in the answer, else who the last question names: rather a
    name of several words, rather one that does not follow a preposition, as places do.
    """
    asked = [
        (_bare(found.group()), bool(_PLACE_BEFORE.search(last[: found.start()])))
        for found in _names(last)
        if not found.group().isupper()
    ]
    people = sorted(asked, key=lambda item: (item[1], " " not in item[0]))
    if _ASKS_WHO.search(last) or not people:
        known = " ".join(name for name, _ in asked)
        for found in _names(answered):
            name = _bare(found.group())
            told = " " in name or (len(answered.split()) <= _BRIEF and name.lower() not in TITLES)
            if told and not any(word in known for word in name.split()):
                return name, not people
    return (people[0][0], len(people) == 1 or not people[0][1]) if people else (None, False)


def _named(text: str, name: str) -> str:
    """Put the name in place of the first pronoun for a person."""

    def form(found: re.Match[str]) -> str:
        owns = found.group().lower() in ("his", "hers") or (
            found.group().lower() == "her" and _OWNED.match(text[found.end() :])
        )
        return f"{name}'s" if owns else name

    return _PERSON.sub(form, text, count=1)


def _bare(name: str) -> str:
    words = re.sub(r"['’]s?$", "", name).split()
    while len(words) > 1 and words[0].rstrip(".") in _NOT_NAMES:
        words.pop(0)
    return " ".join(words)
