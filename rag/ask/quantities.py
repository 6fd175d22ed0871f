"""Numbers as values with their units, however they are written: "$16.8 million", "seven"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.language import Span

Bound = Literal["least", "most", "about", "exact"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text."""

    value: float
    unit: str | None
    """`percent`, `usd`, `year` and the like; None when no known unit stands with it."""
    bound: Bound
    """`least` for "more than", `most` for "up to", `about` for "nearly", else `exact`."""
    span: Span

    @property
    def is_year(self) -> bool:
        """Whether it can only be read as a calendar year."""
        return self.unit == "calendar"


def quantities(text: str) -> list[Quantity]:
    """Find the numbers of a text, in order; "one" and "a" are words, not numbers."""
    found = [_digits(text, match) for match in _DIGITS.finditer(text)]
    taken = [item.span for item in found]
    for match in _WORDS.finditer(text):
        at = match.start()
        if any(start <= at < end for start, end in taken):
            continue
        value = _spelled(match.group("words")) * _scale(match)
        found.append(_quantity(text, value, match, None))
    return sorted(found, key=lambda item: item.span)


def _digits(text: str, match: re.Match[str]) -> Quantity:
    number = match.group("number")
    value = float(number.replace(",", "")) * _scale(match)
    bare = not any(match.group(name) for name in ("money", "scale", "suffix"))
    if bare and len(number) == 4 and number.isdigit() and 1900 <= value <= 2100:
        quantity = _quantity(text, value, match, None)
        unit = quantity.unit or "calendar"
        return Quantity(value, unit, quantity.bound, match.span())
    return _quantity(text, value, match, _MONEY.get(match.group("money") or ""))


def _quantity(text: str, value: float, match: re.Match[str], unit: str | None) -> Quantity:
    after = _AFTER.match(text, match.end())
    if unit is None and after is not None:
        unit = _UNITS.get(after.group(1).lower())
    before = _BEFORE.search(text[max(0, match.start() - 24) : match.start()])
    bound: Bound = _BOUNDS[before.group(1).lower()] if before else "exact"
    if bound == "exact" and _OR_MORE.match(text, after.end() if after and unit else match.end()):
        bound = "least"
    return Quantity(value, unit, bound, match.span())


def _scale(match: re.Match[str]) -> float:
    return _SCALES.get((match.group("scale") or "").lower(), 1.0)


def _spelled(words: str) -> float:
    """Return the value of "twenty-five", "two hundred and six", "third", "a dozen", "a"."""
    value = 0.0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in _SMALL:
            value += _SMALL[word]
        elif word == "hundred":
            value = max(value, 1) * 100
        elif word in ("dozen", "dozens"):
            value = max(value, 1) * 12
        elif word == "half":
            value += 0.5
    return value or 1.0


_SCALES = {
    "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9,
    "b": 1e9, "trillion": 1e12, "tn": 1e12,
}  # fmt: skip
_MONEY = {"$": "usd", "€": "eur", "£": "gbp", "¥": "jpy"}
_ONES = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
_ORDINALS = "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL: dict[str, float] = {
    **{word: float(number) for number, word in enumerate(_ONES, start=2)},
    **{word: float(number) for number, word in enumerate(_ORDINALS, start=2)},
    **{word: 10.0 * number for number, word in enumerate(_TENS, start=2)},
    "one": 1.0,
    "first": 1.0,
    "once": 1.0,
    "twice": 2.0,
}
_NAMED = "|".join(sorted({*_SMALL, "hundred", "dozens?", "half"}, key=len, reverse=True))
# "one" and "first" count only within a longer number, "twenty-one" or "one million".
_ALONE = "|".join(sorted({*_SMALL, "dozens?", "half"} - {"one", "first", "once"}, key=len)[::-1])
_SCALE = r"(?:[ -]?(?P<scale>thousand|million|billion|trillion|(?:bn|tn|mn|[kKmMbB])(?![\w’'])))?"
_DIGITS = re.compile(
    r"(?<![\w.,:/])(?P<money>[$€£¥])? ?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,15}(?:\.\d{1,9})?)(?!\d|[.,:]\d)"
    rf"(?P<suffix>st|nd|rd|th)?{_SCALE}(?![A-Za-z])",
)
_WORDS = re.compile(
    r"(?<![\w-])(?P<words>half an?(?=[ -](?:thousand|million|billion|trillion))"
    rf"|(?:{_ALONE})(?:(?:-| | and )(?:{_NAMED}))*"
    rf"|(?:one|a) hundred(?:(?:-| | and )(?:{_NAMED}))*"
    rf"|(?:one|a)(?=[ -](?:thousand|million|billion|trillion))){_SCALE}(?!\w)",
    re.IGNORECASE,
)
_UNITS = {
    form: unit
    for unit, forms in {
        "percent": "% percent pct percentage per",
        "usd": "dollar dollars usd",
        "eur": "euro euros",
        "gbp": "pound pounds",
        "jpy": "yen",
        "second": "seconds",
        "minute": "minute minutes min mins",
        "hour": "hour hours hr hrs",
        "day": "day days",
        "week": "week weeks",
        "month": "month months",
        "year": "year years yr yrs year-old years-old",
        "decade": "decade decades",
        "mile": "mile miles mph",
        "kilometre": "kilometer kilometers kilometre kilometres km kph",
        "metre": "meter meters metre metres",
        "foot": "foot feet ft",
        "inch": "inch inches",
        "acre": "acre acres",
        "ton": "ton tons tonne tonnes",
    }.items()
    for form in forms.split()
}
_AFTER = re.compile(r"[ -]?(%|per(?= cent)|[A-Za-z]+(?:-old)?)")
_LEAST = ("more than", "at least", "over", "above", "exceeding", "no fewer than")
_MOST = (
    "less than",
    "fewer than",
    "at most",
    "up to",
    "under",
    "below",
    "no more than",
    "as many as",
)
_ABOUT = ("about", "around", "roughly", "approximately", "some", "nearly", "almost", "close to")
_BOUNDS: dict[str, Bound] = {
    **dict.fromkeys(_LEAST, "least"),
    **dict.fromkeys(_MOST, "most"),
    **dict.fromkeys(_ABOUT, "about"),
}
_BEFORE = re.compile(
    rf"\b({'|'.join(sorted(_BOUNDS, key=len, reverse=True))})(?: an? estimated| an?)? $",
    re.IGNORECASE,
)
_OR_MORE = re.compile(r" or more\b", re.IGNORECASE)
