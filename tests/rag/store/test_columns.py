from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)

from rag.errors import FilterError
from rag.store.columns import Columns

ROWS: list[dict[str, Any]] = [
    {"day": 3, "outlet": "tass"},
    {"day": -5},
    {"outlet": "ria"},
    {},
    {"day": 9, "outlet": "ria"},
]


def columns() -> Columns:
    made = Columns()
    made.append(ROWS[:2])
    made.append(ROWS[2:])
    return made


def item(key: str, operator: FilterOperator, value: object) -> MetadataFilter:
    return MetadataFilter.model_construct(key=key, value=value, operator=operator)


def rows(made: Columns, *items: Any, condition: FilterCondition = FilterCondition.AND) -> list[int]:
    mask = made.mask(MetadataFilters(filters=list(items), condition=condition), len(made))
    assert mask is not None
    return np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        (FilterOperator.EQ, 3, [0]),
        (FilterOperator.NE, 3, [1, 4]),
        (FilterOperator.LT, 0, [1]),
        (FilterOperator.GTE, 3, [0, 4]),
        (FilterOperator.IN, [9, -5, "ria"], [1, 4]),
        (FilterOperator.NIN, [9], [0, 1]),
        (FilterOperator.IN, 9, [4]),
    ],
)
def test_numbers_are_compared_and_rows_without_one_never_match(
    operator: FilterOperator, value: object, expected: list[int]
) -> None:
    assert rows(columns(), item("day", operator, value)) == expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        (FilterOperator.EQ, "ria", [2, 4]),
        (FilterOperator.NE, "ria", [0]),
        (FilterOperator.GT, "ria", [0]),
        (FilterOperator.IN, ["tass", "bbc"], [0]),
        (FilterOperator.NIN, ["tass"], [2, 4]),
    ],
)
def test_words_are_compared(operator: FilterOperator, value: object, expected: list[int]) -> None:
    assert rows(columns(), item("outlet", operator, value)) == expected


def test_conditions_nest() -> None:
    late, ria = item("day", FilterOperator.GT, 2), item("outlet", FilterOperator.EQ, "ria")
    assert rows(columns(), late, ria) == [4]
    assert rows(columns(), late, ria, condition=FilterCondition.OR) == [0, 2, 4]
    assert rows(columns(), late, ria, condition=FilterCondition.NOT) == [1, 3]
    both = MetadataFilters(filters=[late, ria])
    assert rows(columns(), both, condition=FilterCondition.NOT) == [0, 1, 2, 3]
    assert rows(columns(), MetadataFilters(filters=[])) == [0, 1, 2, 3, 4]


def test_no_filter_is_no_mask() -> None:
    assert columns().mask(None, 5) is None
    assert columns().mask(MetadataFilters(filters=[]), 5) is None


def test_a_name_that_no_row_has_matches_nothing() -> None:
    assert rows(columns(), item("place", FilterOperator.NE, "x")) == []


@pytest.mark.parametrize(("key", "value"), [("day", "x"), ("outlet", 3), ("day", None)])
def test_comparing_words_with_numbers_is_refused(key: str, value: object) -> None:
    with pytest.raises(FilterError, match="compares"):
        rows(columns(), item(key, FilterOperator.GT, value))


def test_an_operator_that_is_not_there_is_refused() -> None:
    with pytest.raises(FilterError, match="not supported"):
        rows(columns(), item("day", FilterOperator.TEXT_MATCH, 1))


@pytest.mark.parametrize("value", [1.5, ["a"], "monday"])
def test_values_that_a_column_cannot_hold_are_refused(value: object) -> None:
    made = columns()
    with pytest.raises(ValueError, match="'day'"):
        made.append([{"day": value}])
    assert len(made) == 5
    assert rows(made, item("day", FilterOperator.EQ, 9)) == [4]


def test_a_reader_of_fewer_rows_does_not_see_the_later_ones() -> None:
    made = columns()
    mask = made.mask(MetadataFilters(filters=[item("outlet", FilterOperator.EQ, "ria")]), 3)
    assert mask is not None
    assert mask.tolist() == [False, False, True]


def test_taken_rows_come_back_the_same_with_only_their_own_words() -> None:
    taken, words = columns().take(np.asarray([1, 2, 4]))
    assert words == {"outlet": ["ria"]}
    again = Columns.load(taken, words, 3)
    assert [again.row(at) for at in range(3)] == [ROWS[1], ROWS[2], ROWS[4]]
    again.append([{"outlet": "tass"}])
    assert again.row(3) == {"outlet": "tass"}
    nothing, _ = columns().take(np.asarray([], dtype=np.int64))
    assert all(not len(column) for column in nothing.values())


def test_columns_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="not 2 numbers"):
        Columns.load({"day": np.asarray([1])}, {}, 2)
    with pytest.raises(ValueError, match="vocabulary"):
        Columns.load({"outlet": np.asarray([1])}, {"outlet": ["a"]}, 1)


def test_forgotten_rows_make_room_for_others() -> None:
    made = columns()
    made.shorten(1)
    made.append([{"day": 7}])
    assert [made.row(at) for at in range(len(made))] == [ROWS[0], {"day": 7}]


def test_many_rows_are_kept() -> None:
    made = Columns()
    for at in range(0, 1_000, 7):
        made.append([{"n": n, "w": f"w{n % 3}"} for n in range(at, min(at + 7, 1_000))])
    assert rows(made, item("n", FilterOperator.GTE, 990)) == list(range(990, 1_000))
    assert rows(made, item("w", FilterOperator.EQ, "w2")) == list(range(2, 1_000, 3))
