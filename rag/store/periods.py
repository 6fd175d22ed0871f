"""Dates as terms of an inverted index, so that a range of days is a handful of look-ups.

A date is indexed under every prefix of its ISO form that stands for a whole period: "2", "20",
"202", "2021", "2021-03", "2021-03-14". A range is the fewest prefixes that cover it: at most some
140, however long it is.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, time

_PREFIXES = (1, 2, 3, 4, 7, 10)
_FIRST, _LAST = "0000-00-00", "9999-99-99"
_DIGITS = tuple("0123456789")
_MONTHS = tuple(f"-{number:02}" for number in range(1, 13))
_DAYS = tuple(f"-{number:02}" for number in range(1, 32))


def periods(moment: datetime) -> list[str]:
    """Return the terms that a moment is indexed under, the longest period first."""
    day = _day(moment)
    return [day[:length] for length in _PREFIXES]


def cover(first: datetime | None, last: datetime | None) -> tuple[list[str], list[str]]:
    """Return the terms of the whole days from ``first`` to ``last``, and the days cut by either.

    Both moments are included; None stands for no bound.
    """
    if first is not None and last is not None and last < first:
        return [], []
    cut = set()
    begin, end = _FIRST, _LAST
    if first is not None:
        begin = day = _day(first)
        if first.astimezone(UTC).time() != time.min:
            cut.add(day)
        elif day.endswith("-01"):
            # Where a month or a year begins with it, its own term will do.
            begin = f"{day[:4]}-00-00" if day.endswith("-01-01") else f"{day[:7]}-00"
    if last is not None:
        end = day = _day(last)
        year, month, number = (int(part) for part in day.split("-"))
        if last.astimezone(UTC).time() != time.max:
            cut.add(day)
        elif number == monthrange(year, month)[1]:
            end = f"{day[:4]}-99-99" if month == 12 else f"{day[:7]}-99"
    return [term for digit in _DIGITS for term in _within(digit, begin, end, cut)], sorted(cut)


def _within(prefix: str, begin: str, end: str, cut: set[str]) -> Iterator[str]:
    low, high = prefix + _FIRST[len(prefix) :], prefix + _LAST[len(prefix) :]
    if high < begin or end < low:
        return
    if begin <= low and high <= end and not any(low <= day <= high for day in cut):
        yield prefix
        return
    if prefix in cut:
        return
    for more in _DIGITS if len(prefix) < 4 else _MONTHS if len(prefix) == 4 else _DAYS:
        yield from _within(prefix + more, begin, end, cut)


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
