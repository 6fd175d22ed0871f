from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rag import moments


def test_a_date_alone_is_its_first_moment_or_its_last() -> None:
    assert moments.parse("2025-03-18") == datetime(2025, 3, 18, tzinfo=UTC)
    last = moments.parse("2025-03-18", end_of_day=True)
    assert last == datetime(2025, 3, 18, 23, 59, 59, 999_999, tzinfo=UTC)


def test_a_time_keeps_its_hour_whatever_the_end_of_day_flag() -> None:
    given = "2025-03-18T16:00:00+02:00"
    assert moments.parse(given, end_of_day=True) == datetime(2025, 3, 18, 14, tzinfo=UTC)


@pytest.mark.parametrize("bad", ["", "yesterday", "2025-13-01", "0001-01-01T00:00:00+23:00"])
def test_what_is_no_time_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        moments.parse(bad)


def test_microseconds_are_exact_before_and_after_1970() -> None:
    assert moments.microseconds(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1_000_000
    assert moments.microseconds(datetime(2025, 1, 1, 0, 0, 0, 1, tzinfo=UTC)) == 1735689600000001
