"""Claims made from an article's own sentences: the same in other words, or with one thing altered.

The alterations are the ones that matter in news: a number, a unit, a day, a name, a speaker, yes
for no, a denial, how sure it is. Rules only, so that they can be made afresh in every pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

WORDS = range(8, 46)
"""Lengths, in words, of sentences that claims are made of."""

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SMALL = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    "twenty",
)  # fmt: skip
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_FAMILIES: tuple[tuple[str, ...], ...] = (
    _MONTHS,
    _DAYS,
    _ORDINALS,
    ("thousand", "million", "billion", "trillion"),
    ("seconds", "minutes", "hours", "days", "weeks", "months", "years", "decades"),
    ("minute", "hour", "day", "week", "month", "year", "decade", "century"),
    ("dollars", "euros", "pounds", "yen"),
    ("miles", "feet", "inches", "yards", "acres"),
    ("north", "south", "east", "west"),
    ("northern", "southern", "eastern", "western"),
    ("morning", "afternoon", "evening", "night"),
    ("all", "most", "some", "few", "none"),
    ("every", "no"),
    ("always", "often", "rarely", "never"),
)
_OPPOSITES = (
    "increase/decrease increased/decreased increases/decreases rise/fall rose/fell rises/falls "
    "risen/fallen rising/falling more/fewer most/least higher/lower highest/lowest above/below "
    "before/after win/lose won/lost wins/loses winning/losing support/oppose supported/opposed "
    "supports/opposes supporting/opposing accept/reject accepted/rejected accepts/rejects "
    "agree/refuse agreed/refused agrees/refuses approve/block approved/blocked approves/blocks "
    "arrested/released open/close opened/closed opens/closes begin/end began/ended begins/ends "
    "start/stop started/stopped starts/stops allow/ban allowed/banned allows/bans up/down "
    "guilty/innocent legal/illegal likely/unlikely early/late earlier/later best/worst "
    "gain/loss gains/losses gained/lost success/failure succeeded/failed succeed/fail "
    "male/female men/women man/woman boys/girls mother/father brother/sister husband/wife "
    "son/daughter Democrat/Republican Democrats/Republicans Democratic/Republican "
    "for/against with/without inside/outside strong/weak stronger/weaker large/small "
    "larger/smaller largest/smallest cheap/expensive safe/dangerous praised/criticized "
    "praise/criticize confirmed/denied confirm/deny confirms/denies cut/raised join/leave "
    "joined/left buy/sell bought/sold buying/selling passed/rejected upheld/overturned "
    "hired/fired young/old younger/older new/former public/private alive/dead survived/died "
    "positive/negative improve/worsen improved/worsened easier/harder faster/slower"
).split()
_SWAPS: dict[str, str] = {}
for _pair in _OPPOSITES:
    _one, _other = _pair.split("/")
    _SWAPS.setdefault(_one, _other)
    _SWAPS.setdefault(_other, _one)
_STRONGER = {
    "may": "will", "might": "will", "could": "will", "would likely": "will",
    "alleged": "proven", "allegedly": "certainly", "reportedly": "certainly",
    "suspected": "convicted", "expected to": "certain to", "plans to": "has agreed to",
    "proposed": "approved", "considering": "carrying out", "is likely to": "is certain to",
    "accused of": "convicted of", "charged with": "convicted of", "threatened to": "went on to",
    "at least": "at most", "nearly": "more than", "more than": "less than", "up to": "at least",
}  # fmt: skip

_AUXILIARY = re.compile(
    r"\b(?:is|was|are|were|has|have|had|will|would|can|could|did|does|do|should|must)\b"
    r"(?! not|n['’]t)"
)
_NEGATION = re.compile(
    r"\b(is|was|are|were|has|have|had|wo|would|ca|could|did|does|do|should|must)(?: not|n['’]t)\b"
)
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?![\w,]*\d)")
_NAME = re.compile(r"\b[A-Z][\w’'-]*[a-z][\w’'-]*(?: (?:[A-Z][\w’'-]*[a-z][\w’'-]*|[A-Z]\.))*")
_CUE = re.compile(r"\b(said|says|confirmed|announced|claimed|acknowledged|added|told|reported)\b")
_DENIED = re.compile(r"\b(denied|denies|rejected|dismissed|disputed)\b")


def names(text: str) -> list[str]:
    """Return the capitalised names of a text, those at the beginning of a sentence left out."""
    found = []
    for match in _NAME.finditer(text):
        before = text[: match.start()].rstrip()
        opens = not before or before[-1] in ".?!:\n\"“”'‘’"
        if (not opens or " " in match.group()) and match.group() not in _NOT_NAMES:
            found.append(match.group())
    return list(dict.fromkeys(found))


_NOT_NAMES = {*_MONTHS, *_DAYS, "I", "The", "A", "An", "It", "He", "She", "They", "We", "But"}


def altered(sentence: str, others: Sequence[str], chance: Random) -> str | None:
    """Return the sentence with one thing changed so that it no longer holds; None if none fits.

    ``others`` are names that may take another's place.
    """
    kinds: list[Callable[[], str | None]] = [
        lambda: _number(sentence, chance),
        lambda: _number(sentence, chance),
        lambda: _family(sentence, chance),
        lambda: _name(sentence, others, chance),
        lambda: _name(sentence, others, chance),
        lambda: _polarity(sentence, chance),
        lambda: _polarity(sentence, chance),
        lambda: _opposite(sentence, chance),
        lambda: _opposite(sentence, chance),
        lambda: _denial(sentence, chance),
        lambda: _surer(sentence, chance),
    ]
    chance.shuffle(kinds)
    for kind in kinds:
        made = kind()
        if made is not None and made != sentence:
            return made
    return None


def _put(text: str, match: re.Match[str], new: str, group: int = 0) -> str:
    return text[: match.start(group)] + new + text[match.end(group) :]


def other_number(number: str, chance: Random) -> str:
    """Return a near but different number, written in the same way."""
    plain = number.replace(",", "")
    if "." in plain:
        places = len(plain.split(".")[1])
        value = float(plain)
        for _ in range(20):
            made = f"{value * chance.choice((0.5, 0.7, 0.9, 1.1, 1.3, 2.0)):.{places}f}"
            if made != plain:
                return made
        return f"{value + 1:.{places}f}"
    whole = int(plain)
    if len(plain) == 4 and 1900 <= whole <= 2100:
        return str(whole + chance.choice((-3, -2, -1, 1, 2, 3)))
    if whole < 10:
        return str(chance.choice([n for n in range(1, 13) if n != whole]))
    step = max(1, whole // 10)
    made_whole = max(1, whole + chance.choice((-5, -3, -2, -1, 1, 2, 4, 8)) * step)
    if made_whole == whole:
        made_whole += 1
    if whole % 10 == 0 and made_whole > 20:
        made_whole = made_whole // 10 * 10
        made_whole += 10 * (made_whole == whole)
    return f"{made_whole:,}" if "," in number else str(made_whole)


def _number(text: str, chance: Random) -> str | None:
    digits = list(_NUMBER.finditer(text))
    words = [m for m in re.finditer(r"\b[a-z]+\b", text) if m.group() in _SMALL[1:]]
    if not digits and not words:
        return None
    match = chance.choice([*digits, *words])
    if match.group()[0].isdigit():
        return _put(text, match, other_number(match.group(), chance))
    return _put(text, match, chance.choice([w for w in _SMALL[1:12] if w != match.group()]))


def _family(text: str, chance: Random) -> str | None:
    found = [
        (match, family)
        for match in re.finditer(r"\b[A-Za-z]+\b", text)
        for family in _FAMILIES
        if match.group() in family and match.group() != "May"
    ]
    if not found:
        return None
    match, family = chance.choice(found)
    return _put(text, match, chance.choice([w for w in family if w != match.group()]))


def _name(text: str, others: Sequence[str], chance: Random) -> str | None:
    mine = names(text)
    free = [name for name in others if name not in text]
    if not mine or not free:
        return None
    name = chance.choice(mine)
    same = [other for other in free if len(other.split()) == len(name.split())] or free
    return text.replace(name, chance.choice(same))


def _polarity(text: str, chance: Random) -> str | None:
    negated = list(_NEGATION.finditer(text))
    if negated:
        match = chance.choice(negated)
        return _put(text, match, {"wo": "will", "ca": "can"}.get(match.group(1), match.group(1)))
    plain = list(_AUXILIARY.finditer(text))
    if not plain:
        return None
    match = chance.choice(plain)
    word = match.group()
    if chance.random() < 0.5 and word not in ("will", "can"):
        return _put(text, match, f"{word}n't")
    return _put(text, match, f"{word} not")


def _opposite(text: str, chance: Random) -> str | None:
    found = [m for m in re.finditer(r"\b[A-Za-z]+\b", text) if m.group() in _SWAPS]
    if not found:
        return None
    match = chance.choice(found)
    return _put(text, match, _SWAPS[match.group()])


def _denial(text: str, chance: Random) -> str | None:
    denied = list(_DENIED.finditer(text))
    if denied:
        match = chance.choice(denied)
        return _put(text, match, chance.choice(("confirmed", "admitted", "acknowledged")))
    said = [m for m in _CUE.finditer(text) if m.group() not in ("told", "added", "reported")]
    if not said:
        return None
    match = chance.choice(said)
    return _put(text, match, "denied" if match.group() != "says" else "denies")


def _surer(text: str, chance: Random) -> str | None:
    found = [
        (match, new) for old, new in _STRONGER.items() for match in re.finditer(rf"\b{old}\b", text)
    ]
    if not found:
        return None
    match, new = chance.choice(found)
    return _put(text, match, new)


def reworded(sentence: str, chance: Random) -> str:
    """Return the sentence in slightly other words that say no more than it does."""
    steps = [_moved, _shortened, _stripped, _spelled, _contracted]
    chance.shuffle(steps)
    for step in steps[: chance.choice((0, 1, 2, 3))]:
        made = step(sentence)
        if len(made.split()) >= 5:
            sentence = made
    return sentence


def _moved(text: str) -> str:
    """Move "On Thursday," from the beginning to the end."""
    match = re.match(
        r"((?:On|In|At|After|Before|During|Since|By|Last|Earlier)(?: [\w’'-]+){1,4}), "
        r"((?:the |a )?[\w’'-]+ .+?)([.?!]?)$",
        text,
    )
    if not match or '"' in text or "“" in text:
        return text
    lead, rest, end = match.groups()
    return f"{rest[0].upper()}{rest[1:]} {lead[0].lower()}{lead[1:]}{end or '.'}"


def _shortened(text: str) -> str:
    """Leave out what stands between commas after a name, or in brackets."""
    bare = re.sub(r" \([^()]{3,60}\)", "", text)
    if bare != text:
        return bare
    return re.sub(r"(?<=[a-z]), (?:who|which|a|an|the) [^,“”\"]{3,70},(?= )", "", text, count=1)


def _stripped(text: str) -> str:
    """Leave out a short "..., the ministry said" at the end."""
    return re.sub(
        r", (?:[\w’'.-]+ ){1,4}(?:said|says|added|announced|reported)(?: [A-Z]\w+day)?\.$",
        ".",
        text,
    )


def _spelled(text: str) -> str:
    """Write percent and small numbers in the other way."""
    made = re.sub(r"(?<=\d) percent\b", "%", text)
    if made == text:
        made = re.sub(r"(?<=\d)%", " percent", text)
    return re.sub(
        r"\b(two|three|four|five|six|seven|eight|nine|ten|twelve)\b",
        lambda m: str(_SMALL.index(m.group()) + 1),
        made,
    )


def _contracted(text: str) -> str:
    made = re.sub(r"\b(did|was|were|is|are|has|have|had|would|could) not\b", r"\1n't", text)
    if made == text:
        made = re.sub(r"\b(did|was|were|is|are|has|have|had|would|could)n['’]t\b", r"\1 not", text)
    return made


_ASKS_WHO = re.compile(
    r"^Who (?!did|does|do|is|are|was|were|has|have|had|will|would|can|could|should|else)(\w+ .+)\?$"
)
_ASKS_WHICH = re.compile(
    r"^(?:Which|What) (?:[\w’'-]+ ){1,2}?"
    r"((?:is|was|are|were|has|had|will|became|won|said|announced) .+)\?$"
)


def stated(question: str, answer: str) -> str:
    """Return question and answer as one claim; a plain sentence where the question allows it."""
    for form in (_ASKS_WHO, _ASKS_WHICH):
        match = form.match(question)
        if match:
            return f"{answer[0].upper()}{answer[1:]} {match.group(1)}."
    return f"{question} {answer.rstrip('.')}."
