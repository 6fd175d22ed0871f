"""Times: reading them, and writing them as numbers that every index can compare."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rag.errors import FilterError


def parse(value: str, *, end_of_day: bool = False) -> datetime:
    """Read an ISO 8601 date or time as UTC; raises ValueError.

    Without a zone it is UTC. A date alone is its first moment, or its last with ``end_of_day``.
    """
    moment = datetime.fromisoformat(value)
    if end_of_day and len(value) <= len("2025-03-18"):
        moment += timedelta(days=1, microseconds=-1)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the date is out of range") from error


def bound(name: str, value: str | None) -> datetime | None:
    """Read the filter ``as_of``, ``after`` or ``before``; raises FilterError, which names it.

    A date alone is the end of that day for ``as_of`` and its start for the others.
    """
    if value is None:
        return None
    try:
        return parse(value, end_of_day=name == "as_of")
    except ValueError as error:
        raise FilterError(
            f"`{name}` is {value[:40]!r}, which is not an ISO 8601 date or time.",
            remedy="Write it like 2025-03-18 or 2025-03-18T14:00:00Z.",
        ) from error


def microseconds(moment: datetime) -> int:
    """Write a time as whole microseconds since 1970, before it as a negative number."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
