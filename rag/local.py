"""Answer what the HTTP API answers, in this process and in the same JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from rag import moments
from rag.chat_types import Chat, ChatSummary
from rag.config import Settings, stored
from rag.dateline import Dateline
from rag.types import Answer, Filters, SearchResult

MOST_CHATS = 50


def call(settings: Settings, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Answer one request of the command line: ``/v1/ask`` or ``/v1/search``."""
    filters = Filters(
        as_of=moments.bound("as_of", body.get("as_of")),
        after=moments.bound("after", body.get("after")),
        before=moments.bound("before", body.get("before")),
        outlets=tuple(body.get("outlets", ())),
        speakers=tuple(body.get("speakers", ())),
    )
    dateline = Dateline(stored(settings))
    try:
        if path == "/v1/ask":
            answer = dateline.ask(body["question"], filters=filters, limit=body.get("limit"))
            return _json(Answer, answer)
        results = dateline.search(body["query"], filters, body["limit"])
        return {"results": [_json(SearchResult, result) for result in results]}
    finally:
        dateline.close()


class Here:
    """A chat with the collection in this process."""

    def __init__(self, settings: Settings) -> None:
        self._dateline = Dateline(stored(settings))

    def ask(
        self, question: str, chat_id: str | None, as_of: str | None
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield kind and data of each event."""
        filters = Filters(as_of=moments.bound("as_of", as_of))
        for event in self._dateline.chat(question, chat_id, filters):
            yield event.kind, event.data

    def chats(self) -> list[dict[str, Any]]:
        """List the chats that are kept."""
        return [_json(ChatSummary, item) for item in self._dateline.chats.newest(MOST_CHATS)]

    def read(self, chat_id: str) -> dict[str, Any]:
        """Return a chat whole; raises ChatNotFound."""
        return _json(Chat, self._dateline.chats.get(chat_id))

    def delete(self, chat_id: str) -> None:
        """Remove a chat; raises ChatNotFound."""
        self._dateline.chats.delete(chat_id)

    def close(self) -> None:
        """Close the collection."""
        self._dateline.close()


def _json(kind: Any, value: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = TypeAdapter(kind).dump_python(value, mode="json")
    return dumped
