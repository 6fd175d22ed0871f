"""Which scope each operation needs, in one table: the first row that fits decides.

A path is matched by its beginning, whole segments at a time. What no row names needs `admin`, so
that a route which somebody forgot here is closed and not open.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from rag.key_types import Scope

Need = Scope | Literal["nothing"]
READING = frozenset({"GET", "HEAD", "OPTIONS"})
ANY: frozenset[str] = frozenset()


class Rule(NamedTuple):
    """Operations and what they need; no methods means all of them."""

    path: str
    methods: frozenset[str]
    need: Need


POST = frozenset({"POST"})

RULES = (
    # Health, the page and the description say nothing of the articles.
    Rule("/healthz", ANY, "nothing"),
    Rule("/readyz", ANY, "nothing"),
    Rule("/openapi.json", ANY, "nothing"),
    Rule("/web", ANY, "nothing"),
    # Asking reads, whatever the method.
    Rule("/v1/ask", ANY, "read"),
    Rule("/v1/search", ANY, "read"),
    Rule("/v1/verify", ANY, "read"),
    Rule("/v1/chat", ANY, "read"),
    Rule("/v1/chats/", ANY, "read"),
    Rule("/v1/responses", ANY, "read"),
    Rule("/v1/embeddings", ANY, "read"),
    Rule("/v1/models", READING, "read"),
    Rule("/v1/statements", ANY, "read"),
    Rule("/v1/quotes", ANY, "read"),
    Rule("/v1/timeline", ANY, "read"),
    Rule("/v1/outlets", READING, "read"),
    Rule("/v1/speakers", READING, "read"),
    Rule("/v1/stats", READING, "read"),
    Rule("/v1/evaluation", READING, "read"),
    Rule("/metrics", READING, "read"),
    Rule("/mcp", ANY, "read"),
    # Whoever has an answer or a chat may read it again and say what is wrong with it; the lists of
    # what others asked and said are the operator's.
    Rule("/v1/answers/", READING, "read"),
    Rule("/v1/feedback", POST, "read"),
    Rule("/v1/articles", READING, "read"),
    Rule("/v1/articles", ANY, "write"),
    Rule("/v1/jobs", READING, "read"),
    Rule("/v1/jobs", ANY, "write"),
)


def need_of(method: str, path: str) -> Need:
    """Return what a request needs."""
    if path == "/":
        return "nothing"
    for rule in RULES:
        if rule.methods and method not in rule.methods:
            continue
        if path == rule.path or path.startswith(rule.path.rstrip("/") + "/"):
            return rule.need
    return "admin"


def changes(method: str, path: str) -> bool:
    """Whether a request is meant to change something, and so is written into the audit log."""
    return method not in READING and need_of(method, path) in ("write", "admin")
