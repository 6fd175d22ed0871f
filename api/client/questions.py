"""The requests that look something up: questions, chats, statements, quotations, timelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.client import options
from api.client.call import Call, given, named, once, segment
from api.replies import ChatList, EmbeddingList, SearchResults
from rag.chat_types import Chat, ChatReply
from rag.statement_types import QuoteLookup, StatementPage, Timeline
from rag.types import Answer
from rag.verify_types import Verification


def ask(
    question: str, history: Sequence[Mapping[str, str]], more: Mapping[str, Any]
) -> Call[Answer]:
    """Ask one question."""
    body = {"question": question, "history": list(history), **named(more, options.Asking)}
    return Call("POST", "/v1/ask", Answer, body)


def chat(question: str, chat_id: str | None, more: Mapping[str, Any]) -> Call[ChatReply]:
    """Ask the next question of a chat."""
    body = {"question": question, **given({"chat_id": chat_id}), **named(more, options.Asking)}
    return Call("POST", "/v1/chat", ChatReply, body)


def turn(turn_id: str, last_event: str | None = None) -> Call[None]:
    """Follow a turn, or go on behind an event of it."""
    headers = {} if last_event is None else {"Last-Event-ID": last_event}
    return Call("GET", f"/v1/chat/{segment(turn_id)}/events", None, headers=headers)


def chats(page_size: int) -> Call[ChatList]:
    """List chats."""
    return Call("GET", "/v1/chats", ChatList, query={"limit": page_size})


def read_chat(chat_id: str) -> Call[Chat]:
    """Read a chat."""
    return Call("GET", f"/v1/chats/{segment(chat_id)}", Chat)


def delete_chat(chat_id: str) -> Call[None]:
    """Remove a chat."""
    return Call("DELETE", f"/v1/chats/{segment(chat_id)}", None, headers=once())


def search(query: str, limit: int, more: Mapping[str, Any]) -> Call[SearchResults]:
    """Find passages."""
    body = {"query": query, "limit": limit, **named(more, options.Filters)}
    return Call("POST", "/v1/search", SearchResults, body)


def verify(
    text: str, articles: Sequence[Mapping[str, Any]], more: Mapping[str, Any]
) -> Call[Verification]:
    """Check a text."""
    body = {
        "text": text,
        "given": [given(article) for article in articles],
        **named(more, options.Filters),
    }
    return Call("POST", "/v1/verify", Verification, body)


def statements(more: Mapping[str, Any]) -> Call[StatementPage]:
    """Find statements."""
    return Call("GET", "/v1/statements", StatementPage, query=named(more, options.StatingPage))


def lookup_quote(quote: str, more: Mapping[str, Any]) -> Call[QuoteLookup]:
    """Look a quotation up."""
    return Call(
        "POST", "/v1/quotes/lookup", QuoteLookup, {"quote": quote, **named(more, options.Quoting)}
    )


def timeline(subject: str, more: Mapping[str, Any]) -> Call[Timeline]:
    """Make a timeline."""
    return Call(
        "GET", "/v1/timeline", Timeline, query={"q": subject, **named(more, options.Ordering)}
    )


def embed(texts: Sequence[str], model: str) -> Call[EmbeddingList]:
    """Embed texts."""
    return Call("POST", "/v1/embeddings", EmbeddingList, {"model": model, "input": list(texts)})
