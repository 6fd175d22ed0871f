"""Days named in an article or a question: "on Monday", "last week", "in March 2025", as dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from rag.language import Span, sentences

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_NUMBERS = dict(
    zip(
        "a one two three four five six seven eight nine ten".split(),
        [1, *range(1, 11)],
        strict=True,
    )
) | {"an": 1, "couple of": 2, "a couple of": 2, "few": 3, "a few": 3, "several": 4}
# A month without a year is this far ahead at most; beyond, last year's is meant.
_AHEAD = timedelta(days=120)

_WEEKDAY = r"(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)"
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
"""A pattern of the months, without a group."""
_MONTH = (
    rf"(?:{MONTHS}|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20|21)\d\d"
_COUNT = (
    r"(?:a few|a couple of|couple of|few|several|an?|one|two|three|four|five|six|seven|eight|nine|"
    r"ten|\d{1,3})"
)
_UNIT = r"(?:day|week|month|year)s?"

# In order: what is more particular is tried first.
_PATTERNS = re.compile(
    rf"\b(?P<iso>{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))\b|"
    rf"\b(?:(?P<md>{_MONTH}) (?P<mdd>{_DAY})(?!\d)(?:,? (?P<mdy>{_YEAR}))?)\b|"
    rf"\b(?:(?P<dmd>{_DAY}) (?:of )?(?P<dm>{_MONTH})(?:,? (?P<dmy>{_YEAR}))?)(?!\w)|"
    rf"\b(?P<my>{_MONTH}) (?:of )?(?P<myy>{_YEAR})\b|"
    rf"\b(?P<which>(?:[Ll]ast|[Nn]ext|[Tt]his)(?: coming| past)? )?{_WEEKDAY}\b|"
    r"\b(?P<rel>[Ll]ast|[Nn]ext|[Tt]his|[Pp]ast|[Tt]he past|[Tt]he last) "
    r"(?P<unit>week|month|year)\b(?! of\b)|"
    rf"\b(?:[Ii]n |[Oo]ver |[Dd]uring )?[Tt]he (?:last|past) (?P<span>{_COUNT}) "
    rf"(?P<spanunit>{_UNIT})\b|"
    rf"\b(?P<ago>{_COUNT}) (?P<agounit>{_UNIT}) (?P<dir>ago|earlier)\b|"
    r"\b(?P<near>[Yy]esterday|[Tt]oday|[Tt]omorrow|[Tt]onight)\b|"
    r"\b(?:[Ii]n|[Ss]ince|[Bb]efore|[Aa]fter|[Uu]ntil|[Dd]uring|[Bb]y|[Tt]hrough|[Ee]arly|[Ll]ate|"
    r"[Mm]id)"
    rf"[ -](?:early |late |mid-)?(?P<m>{_MONTH})(?![\w'’-]| (?:of )?\d)|"
    rf"\b(?:[Ii]n|[Ss]ince|[Bb]efore|[Aa]fter|[Uu]ntil|[Dd]uring|[Bb]y|[Tt]hrough|[Ff]rom)"
    rf" (?P<y>{_YEAR})\b"
    r"(?! (?:people|soldiers|men|women|dollars|troops))"
)
_FUTURE = re.compile(
    r"\b(?:will|shall|would|upcoming|scheduled|slated|planned|plans?|set to|due|expected|until|"
    r"ahead of|by|are to|is to|"
    r"to (?:meet|speak|hold|begin|start|vote|visit|arrive|take)|going to)\b"
)
_OPENED = re.compile(r"[\s\"“]*(?:(?:And|But|Then),? )?(?:[Oo]n |[Ll]ater (?:on )?)?")
_AFTERWARDS = re.compile(
    r"(?:(?!\b(?:said|told|announced|\w+ed|was|were|had|did)\b)[^.;:“\"]){0,80}?"
    r"\b(?:will|shall|(?:is|are) (?:set|due|expected|scheduled|slated|planned|going|to)|plans?)\b"
)
_RELATION = re.compile(
    r"\b(?P<word>before|until|till|prior to|by|as of|up to|after|since|from|between|and|to|through)"
    r"(?: (?:the )?(?:end|start|beginning) of)?(?: on| in| early| late)? $",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A stretch of days that words name."""

    span: Span
    """Where the words stand."""
    first: date
    last: date
    """Inclusive; the same as `first` for one day."""
    year_given: bool
    """Whether the words name the year themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time that a question asks about."""

    after: datetime | None
    """First moment that counts, UTC."""
    before: datetime | None
    """First moment that does not count any more, UTC."""
    spans: tuple[Span, ...]
    """The words that say so."""


def days(text: str, published: datetime) -> list[Day]:
    """Return the days that an article names, resolved from its date of publication.

    A weekday is the last one up to that date, the coming one where its clause speaks of the future;
    a month without a year is the nearest past one unless it is close ahead. Weeks begin on Monday.
    Words that name no day on the calendar (30 February) are left out.
    """
    today = published.astimezone(UTC).date()
    found: list[Day] = []
    for start, end in sentences(text):
        last = start
        for match in _PATTERNS.finditer(text, start, end):
            ahead = _FUTURE.search(text, last, match.start()) is not None
            if _OPENED.fullmatch(text, start, match.start()):
                # "On Thursday, they will meet": not "said on Thursday that they will".
                ahead = _AFTERWARDS.match(text, match.end(), end) is not None
            stretch = _resolved(match, today, ahead=ahead)
            if stretch is not None:
                given = any(match[name] for name in ("iso", "mdy", "dmy", "myy", "y"))
                found.append(
                    Day(span=_named(match), first=stretch[0], last=stretch[1], year_given=given)
                )
            last = match.end()
    return found


def window(question: str, now: datetime) -> Window | None:
    """Return the time that a question asks about, None where it names none.

    "in March 2025", "last week", "before 3 March", "since 2024", "between 1 and 5 May 2025". An
    event is no time: "before the Istanbul talks" gives None. ``now`` is what "last week" counts
    from: ``as_of`` where it is given.
    """
    today = now.astimezone(UTC).date()
    after: date | None = None
    before: date | None = None
    spans: list[Span] = []
    pending = ""
    for match in _PATTERNS.finditer(question):
        stretch = _resolved(match, today, ahead=False)
        if stretch is None:
            continue
        span = _named(match)
        relation = _RELATION.search(question[: span[0]])
        word = relation["word"].lower() if relation else ""
        first, last = stretch
        following = last + timedelta(days=1)
        if word in ("before", "prior to"):
            before = first
        elif word in ("until", "till", "by", "as of", "up to"):
            before = following
        elif word == "after":
            after = following
        elif word in ("since", "from", "between"):
            after = first
        elif word in ("and", "to", "through") and pending:
            before = following
        else:
            after = first if after is None else min(after, first)
            before = following if before is None else max(before, following)
        pending = word if word in ("from", "between") else ""
        spans.append((relation.start() if relation else span[0], span[1]))
    if not spans:
        return None
    return Window(after=_moment(after), before=_moment(before), spans=tuple(spans))


def _named(match: re.Match[str]) -> Span:
    """Return the words without a preposition before a month or a year."""
    for name in ("m", "y"):
        if match[name]:
            return match.span(name)
    return match.span()


def _resolved(match: re.Match[str], today: date, *, ahead: bool) -> tuple[date, date] | None:
    """Turn what a pattern found into days; None where there is no such day."""
    found = match.groupdict()
    try:
        if found["iso"]:
            one = date.fromisoformat(found["iso"])
            return one, one
        if found["md"] or found["dm"]:
            month = found["md"] or found["dm"]
            day = int(re.sub(r"\D", "", found["mdd"] or found["dmd"]))
            year = found["mdy"] or found["dmy"]
            one = _dated(month, day, int(year) if year else None, today)
            return one, one
        if found["my"]:
            return _month(int(found["myy"]), _number(found["my"]))
        if found["m"]:
            first = _dated(found["m"], 1, None, today)
            return _month(first.year, first.month)
        if found["y"]:
            return date(int(found["y"]), 1, 1), date(int(found["y"]), 12, 31)
        return _relative(found, today, ahead=ahead)
    except (ValueError, OverflowError):
        # "February 30", or before the year 1.
        return None


def _relative(
    found: dict[str, str | None], today: date, *, ahead: bool
) -> tuple[date, date] | None:
    if found["weekday"]:
        one = _weekday(found["weekday"].lower(), (found["which"] or "").lower(), today, ahead=ahead)
        return one, one
    if found["near"]:
        shift = {"yesterday": -1, "tomorrow": 1}.get(found["near"].lower(), 0)
        one = today + timedelta(days=shift)
        return one, one
    if found["rel"]:
        which = {"last": -1, "next": 1, "this": 0}.get(found["rel"].lower())
        unit = found["unit"] or ""
        if which is None:
            return _back(today, 1, unit), today
        return _stretch(today, unit, which)
    if found["span"]:
        return _back(today, _count(found["span"]), found["spanunit"] or ""), today
    if found["ago"]:
        unit = (found["agounit"] or "").rstrip("s")
        one = _back(today, _count(found["ago"]), unit)
        return (one, one) if unit == "day" else _stretch(one, unit, 0)
    return None


def _weekday(name: str, which: str, today: date, *, ahead: bool) -> date:
    wanted = _WEEKDAYS.index(name)
    back = (today.weekday() - wanted) % 7
    if which.startswith("last"):
        return today - timedelta(days=back or 7)
    if which.startswith("next"):
        return today + timedelta(days=7 - back)
    if which.startswith("this"):
        return today + timedelta(days=wanted - today.weekday())
    if ahead and back:
        return today + timedelta(days=7 - back)
    return today - timedelta(days=back)


def _dated(month: str, day: int, year: int | None, today: date) -> date:
    number = _number(month)
    if year is not None:
        return date(year, number, day)
    one = date(today.year, number, day)
    return one if one - today <= _AHEAD else date(today.year - 1, number, day)


def _number(month: str) -> int:
    """Return a month's number by its first three letters."""
    key = month[:3].lower()
    return next(at for at, name in enumerate(_MONTHS, start=1) if name.startswith(key))


def _month(year: int, month: int) -> tuple[date, date]:
    first = date(year, month, 1)
    return first, _following(first) - timedelta(days=1)


def _following(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _stretch(today: date, unit: str, which: int) -> tuple[date, date]:
    """Return the whole week, month or year that lies ``which`` after that of a day."""
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=which)
        return monday, monday + timedelta(days=6)
    if unit == "month":
        months = today.year * 12 + today.month - 1 + which
        return _month(months // 12, months % 12 + 1)
    return date(today.year + which, 1, 1), date(today.year + which, 12, 31)


def _back(today: date, count: int, unit: str) -> date:
    """Return the day so many days, weeks, months or years before."""
    unit = unit.rstrip("s")
    if unit == "day":
        return today - timedelta(days=count)
    if unit == "week":
        return today - timedelta(weeks=count)
    months = today.year * 12 + today.month - 1 - count * (12 if unit == "year" else 1)
    first, last = _month(months // 12, months % 12 + 1)
    return min(first.replace(day=1) + timedelta(days=today.day - 1), last)


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]


def _moment(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, UTC)
