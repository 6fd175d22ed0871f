"""Answer what the HTTP API answers, in this process and in the same JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from rag import moments
from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import FilterError
from rag.types import Answer, Filters, SearchResult


def call(settings: Settings, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Answer one request of the command line: ``/v1/ask`` or ``/v1/search``."""
    filters = Filters(
        as_of=_moment(body, "as_of"),
        after=_moment(body, "after"),
        before=_moment(body, "before"),
        outlets=tuple(body.get("outlets", ())),
        speakers=tuple(body.get("speakers", ())),
    )
    dateline = Dateline(settings)
    try:
        if path == "/v1/ask":
            answer = dateline.ask(body["question"], filters=filters, limit=body["limit"])
            return _json(Answer, answer)
        results = dateline.search(body["query"], filters, body["limit"])
        return {"results": [_json(SearchResult, result) for result in results]}
    finally:
        dateline.close()


def _json(kind: Any, value: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = TypeAdapter(kind).dump_python(value, mode="json")
    return dumped


def _moment(body: dict[str, Any], name: str) -> datetime | None:
    value = body.get(name)
    if value is None:
        return None
    try:
        return moments.parse(value, end_of_day=name == "as_of")
    except ValueError as error:
        raise FilterError(
            f"`{name}` is {value[:40]!r}, which is not an ISO 8601 date or time.",
            remedy="Write it like 2025-03-18 or 2025-03-18T14:00:00Z.",
        ) from error
