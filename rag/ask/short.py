"""Compare short answers: do two say the same, and is one of the sort that is asked for."""

from __future__ import annotations

import re

from rag.language import normalise, terms

_MONTHS = (
    "jan(?:uary)? feb(?:ruary)? mar(?:ch)? apr(?:il)? may june? july? aug(?:ust)? sept?(?:ember)? "
    "oct(?:ober)? nov(?:ember)? dec(?:ember)?"
).replace(" ", "|")
_MONTH = re.compile(rf"\b(?:{_MONTHS})\b\.?", re.IGNORECASE)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SCALE = {"thousand", "million", "billion", "trillion"}
_WHEN = re.compile(r"^(?:and |so )?(?:when|(?:in |on )?(?:what|which) (?:year|date|day|month))\b|"
                   r"\b(?:date|year)\b(?! of service)", re.IGNORECASE)  # fmt: skip
_DATED = re.compile(
    rf"\d|\b(?:{_MONTHS})\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|"
    r"\b(?:today|yesterday|tomorrow|century|spring|summer|autumn|fall|winter)\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"\bwhat time\b(?! of year)", re.IGNORECASE)
_HOUR = re.compile(r"\d|\b(?:noon|midnight|morning|afternoon|evening|night)\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\bhow (?:many|much|old|long|far|tall|high|big|large)\b", re.IGNORECASE)
_COUNTED = re.compile(
    r"\d|\b(?:no|none|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|"
    r"\w*(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\w*|half|dozens?|hundreds?|"
    r"thousands?|millions?|billions?|all|few|several|most|many|a|an|once|twice|"
    r"first|second|third|\w+th)\b",
    re.IGNORECASE,
)
_WHO = re.compile(r"^(?:and |so )?who(?:m|se)?\b", re.IGNORECASE)
_NAMED = re.compile(r"\b[A-Z][\w'-]*")
_CAPITAL = re.compile(r"[A-Z]")


def fits(question: str, answer: str) -> bool:
    """Whether an answer is of the sort that a question asks for: a day, a number, a name."""
    if not terms(answer) and not _NUMBER.search(answer):
        return False
    if _TIME.search(question):
        return bool(_HOUR.search(answer))
    if _WHEN.search(question):
        return bool(_DATED.search(answer))
    if _HOW_MANY.search(question):
        return bool(_COUNTED.search(answer))
    return not _WHO.search(question) or bool(_CAPITAL.search(answer))


def same_answer(one: str, other: str, question: str = "") -> bool:
    """Whether two short answers to a question say the same, one perhaps less exactly.

    Numbers and days agree where all of one is in the other ("July 2017", "21 July 2017") or one is
    the other rounded. Else they agree where they share half the words of the shorter one: of its
    names, where both have any, and without the words of the question, which "Green River" and
    "Snake River" share when a river is asked for.
    """
    mine, its = _words(one), _words(other)
    if mine <= its or its <= mine:
        return bool(mine) and bool(its)
    numbers, its_numbers = _numbers(one), _numbers(other)
    if numbers and its_numbers:
        alike = mine - numbers <= its | _LOOSE or its - its_numbers <= mine | _LOOSE
        return alike and any(_rounded(a, b) for a in numbers for b in its_numbers)
    asked = _words(question)
    mine, its = mine - numbers - asked, its - its_numbers - asked
    names, its_names = _names(one) & mine, _names(other) & its
    if names and its_names:
        mine, its = names, its_names
    return 2 * len(mine & its) >= max(1, min(len(mine), len(its)))


def has_number(answer: str) -> bool:
    """Whether an answer has a number in digits."""
    return bool(_NUMBER.search(answer))


def states(sentence: str, answer: str) -> bool:
    """Whether a sentence has every word of a short answer."""
    wanted = _words(answer)
    return bool(wanted) and wanted <= _words(sentence)


_LOOSE = frozenset("about nearly almost over more than around approximately some least".split())


def _words(text: str) -> frozenset[str]:
    plain = _ORDINAL.sub("", normalise(text))
    plain = _MONTH.sub(lambda match: match.group()[:3].lower(), plain)
    found = set(_NUMBER.findall(plain))
    return frozenset({item.replace(",", "").rstrip(".") for item in found} | set(_bare(plain)))


def _bare(text: str) -> list[str]:
    return [term for term in terms(_NUMBER.sub(" ", text)) if not term.isdigit()]


def _names(text: str) -> frozenset[str]:
    return _words(" ".join(_NAMED.findall(normalise(text))))


def _numbers(text: str) -> frozenset[str]:
    return frozenset(word for word in _words(text) if _NUMBER.fullmatch(word))


def _rounded(one: str, other: str) -> bool:
    """Whether one number is the other with fewer decimals; whole numbers are as they are."""
    coarse, fine = sorted((one, other), key=lambda number: len(number.partition(".")[2]))
    places = len(coarse.partition(".")[2])
    return one != other and "." in fine and round(float(fine), places) == float(coarse)
