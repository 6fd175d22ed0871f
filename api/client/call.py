"""One request to the API, as both clients send it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar
from urllib.parse import quote

T_co = TypeVar("T_co", covariant=True)

PAGE_SIZE = 200
"""The most that lists allow: fewest requests."""
NAMES = frozenset({"outlets", "speakers", "articles"})
"""Filters that are lists; a string would be one of letters."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """One request, and the type of its answer; None: there is no body, str: it is plain text."""

    method: str
    path: str
    kind: Any
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[Path] = ()
    of_service: bool = False
    """Whether it is about the whole service, also where the client is for one collection."""

    def after(self, cursor: str | None) -> Self | None:
        """Return the call of the next page; None behind the last one."""
        if cursor is None:
            return None
        return replace(self, query={**self.query, "cursor": cursor})


class Paged(Protocol[T_co]):
    """One page of a list."""

    @property
    def items(self) -> Sequence[T_co]:
        """What is on it."""

    @property
    def next_cursor(self) -> str | None:
        """What leads to the next one; None on the last."""


def once() -> dict[str, str]:
    """Return the header that lets a write be sent again and done once."""
    return {"Idempotency-Key": uuid.uuid4().hex}


def given(more: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has a value, days and times as ISO 8601; raises TypeError for no mapping."""
    if not isinstance(more, Mapping):
        raise TypeError(
            f"a mapping such as {{'text': ...}} is needed, not {type(more).__name__}; "
            "hand in a list of them with a star: add(*articles)"
        )
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in more.items()
        if value is not None
    }


def named(more: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """Return parameters as ``given`` does, one name of a list as a list.

    Raises TypeError for a name that the options in ``kind`` do not have: in a query string the
    server would pass over it.
    """
    known = kind.__annotations__
    for name in more:
        if name not in known:
            raise TypeError(f"there is no parameter {name!r}, but {', '.join(sorted(known))}")
    return {
        name: [value] if name in NAMES and isinstance(value, str) else value
        for name, value in given(more).items()
    }


def segment(text: str) -> str:
    """Return a name as one segment of a path."""
    return quote(text, safe="")
