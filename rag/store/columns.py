"""Metadata of rows as arrays, so that a filter is a few passes over numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)

from rag.errors import FilterError

Metadata = Mapping[str, Any]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]

ABSENT = np.iinfo(np.int64).min
"""Stands for "this row has no such value", which no filter matches."""

_COMPARE: dict[FilterOperator, Callable[[Any, Any], Any]] = {
    FilterOperator.EQ: operator.eq,
    FilterOperator.NE: operator.ne,
    FilterOperator.GT: operator.gt,
    FilterOperator.GTE: operator.ge,
    FilterOperator.LT: operator.lt,
    FilterOperator.LTE: operator.le,
}
_AMONG = {FilterOperator.IN: False, FilterOperator.NIN: True}


class Columns:
    """Columns of whole numbers and of words over rows 0, 1, 2, ...; rows are only ever appended.

    Words are kept once, in a vocabulary, and as numbers in the column. What is read while another
    thread appends is whole up to the count that the reader knows.
    """

    def __init__(self) -> None:
        self._columns: dict[str, Numbers] = {}
        self._words: dict[str, _Vocabulary] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, rows: Sequence[Metadata]) -> None:
        """Add rows; raises ValueError for a value that is neither a whole number nor a string."""
        written = {name: self._written(name, rows) for name in {key for row in rows for key in row}}
        end = self._count + len(rows)
        for name in {*self._columns, *written}:
            column = _with_room(self._columns.get(name), self._count, end)
            column[self._count : end] = written.get(name, ABSENT)
            self._columns[name] = column
        self._count = end

    def shorten(self, count: int) -> None:
        """Forget the rows beyond the first ``count``."""
        self._count = count

    def mask(self, filters: MetadataFilters | None, count: int) -> Mask | None:
        """Return which of the first ``count`` rows pass, None when all do; raises FilterError."""
        if filters is None or not filters.filters:
            return None
        masks = np.asarray(
            [
                self._nested(item, count)
                if isinstance(item, MetadataFilters)
                else self._matches(item, count)
                for item in filters.filters
            ]
        )
        if filters.condition is FilterCondition.OR:
            return np.asarray(masks.any(axis=0))
        if filters.condition is FilterCondition.NOT:
            return np.asarray(~masks.any(axis=0))
        return np.asarray(masks.all(axis=0))

    def among(self, name: str, values: Sequence[Any], count: int) -> Mask:
        """Return which of the first ``count`` rows have one of the values."""
        return np.isin(self._column(name, count), _codes(self._words.get(name), values))

    def numbers(self, name: str, rows: Numbers) -> Numbers:
        """Return a column's numbers for some rows."""
        return self._column(name, self._count)[rows]

    def row(self, at: int) -> dict[str, Any]:
        """Return one row as it was appended."""
        found: dict[str, Any] = {}
        for name, column in self._columns.items():
            value = int(column[at])
            if value != ABSENT:
                found[name] = self._words[name].words[value] if name in self._words else value
        return found

    def take(self, rows: Numbers) -> tuple[dict[str, Numbers], dict[str, list[str]]]:
        """Return the columns of some rows, and the vocabularies without words of other rows."""
        columns: dict[str, Numbers] = {}
        words: dict[str, list[str]] = {}
        for name, column in self._columns.items():
            columns[name] = column[: self._count][rows]
            if name in self._words:
                used, codes = np.unique(columns[name], return_inverse=True)
                absent = int(used[:1].tolist() == [ABSENT])
                columns[name] = np.where(columns[name] == ABSENT, ABSENT, codes - absent)
                words[name] = [self._words[name].words[code] for code in used[absent:]]
        return columns, words

    @classmethod
    def load(
        cls, columns: Mapping[str, Numbers], words: Mapping[str, Sequence[str]], count: int
    ) -> Columns:
        """Read back what ``take`` returned; raises ValueError when it does not fit together."""
        made = cls()
        made._words = {name: _Vocabulary(known) for name, known in words.items()}
        for name, column in columns.items():
            if column.shape != (count,) or column.dtype != np.int64:
                raise ValueError(f"the column {name!r} is not {count} numbers")
            if name in words and count and int(column.max()) >= len(words[name]):
                raise ValueError(f"the column {name!r} has a word that is not in its vocabulary")
            made._columns[name] = np.array(column)
        made._count = count
        return made

    def _column(self, name: str, count: int) -> Numbers:
        column = self._columns.get(name)
        return np.full(count, ABSENT) if column is None else column[:count]

    def _written(self, name: str, rows: Sequence[Metadata]) -> Numbers:
        values = [row.get(name) for row in rows]
        known: type | None = None
        if name in self._columns:
            known = str if name in self._words else int
        for value in values:
            kind = str if isinstance(value, str) else int if isinstance(value, int) else None
            if value is not None and (kind is None or kind is not (known := known or kind)):
                raise ValueError(
                    f"{value!r} as {name!r}: metadata are whole numbers, or strings, under one name"
                )
        if known is not str:
            return np.asarray([ABSENT if v is None else int(v) for v in values], dtype=np.int64)
        vocabulary = self._words.setdefault(name, _Vocabulary(()))
        return np.asarray([ABSENT if v is None else vocabulary.code(v) for v in values])

    def _nested(self, filters: MetadataFilters, count: int) -> Mask:
        found = self.mask(filters, count)
        return np.ones(count, dtype=np.bool_) if found is None else found

    def _matches(self, wanted: Any, count: int) -> Mask:
        supported = {*_COMPARE, *_AMONG}
        if not isinstance(wanted, MetadataFilter) or wanted.operator not in supported:
            names = ", ".join(sorted(item.value for item in supported))
            raise FilterError(
                f"The filter {wanted!r} is not supported.", remedy=f"Operators are {names}."
            )
        column, vocabulary = self._column(wanted.key, count), self._words.get(wanted.key)
        present: Mask = column != ABSENT
        if wanted.key not in self._columns:
            return present
        if wanted.operator in _AMONG:
            values = wanted.value if isinstance(wanted.value, list) else [wanted.value]
            among = self.among(wanted.key, values, count)
            return np.asarray(present & (~among if _AMONG[wanted.operator] else among))
        if isinstance(wanted.value, str) == (vocabulary is None) or wanted.value is None:
            raise FilterError(
                f"The filter on {wanted.key!r} compares {'str' if vocabulary else 'int'} with "
                f"{type(wanted.value).__name__}."
            )
        compare = _COMPARE[wanted.operator]
        if vocabulary is None:
            return np.asarray(present & compare(column, wanted.value))
        codes = [at for at, word in enumerate(vocabulary.words) if compare(word, wanted.value)]
        return np.asarray(np.isin(column, codes))


class _Vocabulary:
    """The words of a column; a word's code is its place."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self.codes = {word: at for at, word in enumerate(self.words)}

    def code(self, word: str) -> int:
        """Return the code of a word, a new one for a new word."""
        at = self.codes.get(word)
        if at is None:
            at = len(self.words)
            self.words.append(word)
            self.codes[word] = at
        return at


def _codes(vocabulary: _Vocabulary | None, values: Sequence[Any]) -> list[int]:
    """Return what stands in a column for the values that it can have."""
    if vocabulary is None:
        return [int(value) for value in values if isinstance(value, int)]
    return [vocabulary.codes[value] for value in values if value in vocabulary.codes]


def _with_room(column: Numbers | None, count: int, end: int) -> Numbers:
    """Return a column of at least ``end`` places; readers of the old one keep it."""
    if column is not None and end <= len(column):
        return column
    grown = np.full(max(end, 2 * count, 64), ABSENT)
    if column is not None:
        grown[:count] = column[:count]
    return grown
