"""What requests may be given by name beyond what they need; docs/http-api.md explains each.

Days and times are ISO 8601 or Python's; without a zone they are UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, TypedDict

from rag.statement_types import SaidType
from rag.types import Status

When = str | date
"""A ``datetime`` is a ``date``, too."""


class Times(TypedDict, total=False):
    """Filters of every request that looks into articles."""

    as_of: When | None
    after: When | None
    before: When | None
    outlets: Sequence[str]


class Filters(Times, total=False):
    """Filters of questions, searches and verification."""

    speakers: Sequence[str]
    articles: Sequence[str]


class Asking(Filters, total=False):
    """Of a question."""

    limit: int | None


class Stating(Times, total=False):
    """Of statements."""

    speaker: str | None
    about: str | None
    quote_type: SaidType | None


class StatingPage(Stating, total=False):
    """Of one page of statements."""

    limit: int
    cursor: str | None


class Quoting(Times, total=False):
    """Of the look-up of a quotation."""

    limit: int


class Ordering(Times, total=False):
    """Of a timeline."""

    speakers: Sequence[str]
    limit: int


class Listing(Times, total=False):
    """Of the list of articles."""

    order: Literal["id", "newest"]
    status: Status | None


class Judging(TypedDict, total=False):
    """Of an opinion on an answer."""

    comment: str | None
    expected: str | None
    citation: int | None
