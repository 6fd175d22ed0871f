"""Ranges of days as terms of an inverted index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest

from rag.store.periods import cover, periods


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


MICROSECOND = timedelta.resolution


def test_a_moment_is_indexed_under_each_period_it_lies_in() -> None:
    assert periods(at(2021, 3, 14, 23, 59)) == ["2", "20", "202", "2021", "2021-03", "2021-03-14"]
    east = datetime(2021, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert periods(east)[-1] == "2020-12-31"


@pytest.mark.parametrize(
    ("first", "last", "whole", "cut"),
    [
        (at(2021, 3, 1), at(2021, 4, 1) - MICROSECOND, ["2021-03"], []),
        (at(2020, 1, 1), at(2021, 2, 1) - MICROSECOND, ["2020", "2021-01"], []),
        (at(2021, 3, 14), at(2021, 3, 15) - MICROSECOND, ["2021-03-14"], []),
        (at(2021, 3, 14, 1), at(2021, 3, 14, 2), [], ["2021-03-14"]),
        (at(2021, 3, 14, 2), at(2021, 3, 13), [], []),
        (None, at(2000, 1, 1) - MICROSECOND, ["0", "1"], []),
        (at(2000, 1, 1), None, ["2", "3", "4", "5", "6", "7", "8", "9"], []),
    ],
)
def test_a_range_is_the_fewest_periods(
    first: datetime | None, last: datetime | None, whole: list[str], cut: list[str]
) -> None:
    assert cover(first, last) == (whole, cut)


def test_exactly_the_days_of_a_range_are_covered_once() -> None:
    random = Random(0)
    for _ in range(300):
        one, other = (
            at(2019, 12, 1) + timedelta(hours=random.choice([0, 0, 7]), days=random.randrange(900))
            for _ in range(2)
        )
        first = None if random.random() < 0.1 else one
        last = None if random.random() < 0.1 else other - random.choice([MICROSECOND, timedelta(0)])
        whole, cut = cover(first, last)
        ordered = first is None or last is None or first <= last
        for day in (at(2019, 11, 20) + timedelta(days=n) for n in range(920)):
            end = day + timedelta(days=1) - MICROSECOND
            inside = (first is None or first <= day) and (last is None or end <= last)
            outside = (first is not None and end < first) or (last is not None and last < day)
            assert len(set(periods(day)) & set(whole)) == inside
            assert (periods(day)[-1] in cut) == (not inside and not outside and ordered)


def test_a_range_has_few_terms() -> None:
    whole, cut = cover(at(1001, 2, 2, 1), at(9998, 11, 29, 1))
    assert len(whole) <= 140
    assert cut == ["1001-02-02", "9998-11-29"]
    assert cover(None, datetime.max.replace(tzinfo=UTC)) == (list("0123456789"), [])
