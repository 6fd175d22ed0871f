"""Filters in Milvus's language.

What a person wrote never stands in an expression: outlets and articles are stored and asked for by
a hash, so nothing needs escaping.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)

from rag.errors import FilterError
from rag.moments import microseconds
from rag.types import Filters

UNDATED = -(2**62)
"""Stands for "has no date", which no filter on dates matches."""
NEVER = "key < 0"
"""Matches nothing: keys count up from 1."""
_WORDS = ("article_id", "outlet")
_DATE = "published_at"
_COMPARE = {
    FilterOperator.EQ: "==",
    FilterOperator.NE: "!=",
    FilterOperator.GT: ">",
    FilterOperator.GTE: ">=",
    FilterOperator.LT: "<",
    FilterOperator.LTE: "<=",
}
_AMONG = {FilterOperator.IN: "in", FilterOperator.NIN: "not in"}


def hashed(word: str) -> str:
    """Return what stands for an id or a name: 128 bits, hexadecimal."""
    return hashlib.blake2b(word.encode(), digest_size=16).hexdigest()


def allof(*expressions: str | None) -> str:
    """Join what must all be true; what is None or empty says nothing."""
    return " and ".join(part for part in expressions if part)


def of(filters: Filters) -> str:
    """Write a question's filters; empty when there are none."""
    return allof(
        _among("article_id", "in", filters.articles) if filters.articles else None,
        _among("outlet", "in", [outlet.casefold() for outlet in filters.outlets])
        if filters.outlets
        else None,
        *(
            f"{_DATE} {compare} {microseconds(moment)}"
            for moment, compare in (
                (filters.after, ">="),
                (filters.before, "<"),
                (filters.as_of, "<="),
            )
            if moment is not None
        ),
        f"{_DATE} > {UNDATED}" if filters.dated else None,
    )


def of_metadata(filters: MetadataFilters | None) -> str:
    """Write llama-index's filters; empty when there are none. Raises FilterError."""
    if filters is None or not filters.filters:
        return ""
    parts = [
        f"({of_metadata(item) or 'key >= 0'})" if isinstance(item, MetadataFilters) else _one(item)
        for item in filters.filters
    ]
    if filters.condition is FilterCondition.OR:
        return f"({' or '.join(parts)})"
    if filters.condition is FilterCondition.NOT:
        return f"not ({' or '.join(parts)})"
    return f"({' and '.join(parts)})"


def _one(wanted: MetadataFilter) -> str:
    key, operator, value = wanted.key, wanted.operator, wanted.value
    if operator not in _COMPARE and operator not in _AMONG:
        names = ", ".join(sorted(item.value for item in (*_COMPARE, *_AMONG)))
        raise FilterError(
            f"The filter {wanted!r} is not supported.", remedy=f"Operators are {names}."
        )
    if operator in _AMONG:
        values = value if isinstance(value, list) else [value]
        if key == _DATE:
            numbers = [item for item in values if isinstance(item, int)]
            return _dated(f"{key} {_AMONG[operator]} {numbers}" if numbers else NEVER)
        return _among(key, _AMONG[operator], [str(item) for item in values])
    if key == _DATE:
        if not isinstance(value, int):
            raise FilterError(f"The filter on {key!r} compares int with {type(value).__name__}.")
        return _dated(f"{key} {_COMPARE[operator]} {value}")
    if key in _WORDS and operator not in (FilterOperator.EQ, FilterOperator.NE):
        raise FilterError(f"The filter on {key!r} is by name: it has no {operator.value!r}.")
    return _among(key, "in" if operator is FilterOperator.EQ else "not in", [str(value)])


def _among(key: str, operator: str, values: Sequence[str]) -> str:
    if key not in _WORDS:
        return NEVER  # no row has it
    if not values:
        return NEVER if operator == "in" else f'{key} != ""'
    names = ", ".join(f'"{hashed(value)}"' for value in values)
    said = f"{key} {operator} [{names}]"
    # A row without an outlet matches nothing, nor does it differ from anything.
    return said if operator == "in" else f'({said} and {key} != "")'


def _dated(said: str) -> str:
    return f"({said} and {_DATE} > {UNDATED})"
