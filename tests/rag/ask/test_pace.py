from __future__ import annotations

from rag.ask.pace import LEAST, Pace


def test_all_is_read_until_something_was_measured() -> None:
    assert Pace().affordable(10, 1.0) == 10


def test_no_more_is_read_than_the_time_allows() -> None:
    pace = Pace()
    pace.took(10, 200.0)
    assert pace.affordable(10, 100.0) == 5
    assert pace.affordable(10, 1_000.0) == 10
    assert pace.affordable(10, -5.0) == LEAST


def test_the_latest_reading_moves_the_mean() -> None:
    pace = Pace()
    pace.took(1, 10.0)
    pace.took(0, 99.0)
    pace.took(1, 20.0)
    assert pace.affordable(100, 130.0) == 10
