from __future__ import annotations

import pytest

from rag.ask.quantities import quantities


@pytest.mark.parametrize(
    ("text", "value", "unit", "bound"),
    [
        ("$16.8 million", 16_800_000, "usd", "exact"),
        ("16.8m dollars", 16_800_000, "usd", "exact"),
        ("£5bn", 5e9, "gbp", "exact"),
        ("1,234 people", 1_234, None, "exact"),
        ("more than 40 percent", 40, "percent", "least"),
        ("40 or more", 40, None, "least"),
        ("up to seven hours", 7, "hour", "most"),
        ("nearly 7%", 7, "percent", "about"),
        ("twenty-five years", 25, "year", "exact"),
        ("two hundred and six", 206, None, "exact"),
        ("a hundred days", 100, "day", "exact"),
        ("one million", 1e6, None, "exact"),
        ("half a million", 500_000, None, "exact"),
        ("two dozen eggs", 24, None, "exact"),
        ("the 7th trip", 7, None, "exact"),
        ("the seventh trip", 7, None, "exact"),
        ("in 2019", 2019, "calendar", "exact"),
        ("2,019 trips", 2019, None, "exact"),
        ("his 30-day stay", 30, "day", "exact"),
    ],
)
def test_a_number_is_read_with_unit_and_bound(
    text: str, value: float, unit: str | None, bound: str
) -> None:
    (found,) = quantities(text)
    assert (found.value, found.unit, found.bound) == (value, unit, bound)
    assert 0 <= found.span[0] < found.span[1] <= len(text)


@pytest.mark.parametrize(
    "text", ["", "one of them", "a first look", "iPhone14x", "10.0.0.1", "and"]
)
def test_what_is_no_quantity_is_not_read(text: str) -> None:
    assert quantities(text) == []


def test_quantities_come_in_reading_order() -> None:
    found = quantities("Seven of 20 lost $5 in 2019, at least two of them twice.")
    assert [item.value for item in found] == [7, 20, 5, 2019, 2, 2]
    assert [item.is_year for item in found] == [False, False, False, True, False, False]
