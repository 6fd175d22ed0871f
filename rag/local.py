"""Answer what the HTTP API answers, in this process and in the same JSON."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from rag import moments
from rag.config import Settings
from rag.dateline import Dateline
from rag.types import Answer, Filters, SearchResult


def call(settings: Settings, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Answer one request of the command line: ``/v1/ask`` or ``/v1/search``."""
    filters = Filters(
        as_of=moments.bound("as_of", body.get("as_of")),
        after=moments.bound("after", body.get("after")),
        before=moments.bound("before", body.get("before")),
        outlets=tuple(body.get("outlets", ())),
        speakers=tuple(body.get("speakers", ())),
    )
    dateline = Dateline(settings)
    try:
        if path == "/v1/ask":
            answer = dateline.ask(body["question"], filters=filters, limit=body.get("limit"))
            return _json(Answer, answer)
        results = dateline.search(body["query"], filters, body["limit"])
        return {"results": [_json(SearchResult, result) for result in results]}
    finally:
        dateline.close()


def _json(kind: Any, value: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = TypeAdapter(kind).dump_python(value, mode="json")
    return dumped
