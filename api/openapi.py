"""What the OpenAPI document says beyond the types: examples, problems, offsets."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.models import Example

from api.errors import (
    ApiKeyInvalid,
    ApiKeyMissing,
    BodyTooLarge,
    EncodingInvalid,
    JsonInvalid,
    MediaTypeUnsupported,
    QuotaSpent,
    RateExceeded,
    RequestInvalid,
    ScopeMissing,
)
from api.problems import MEDIA_TYPE, Problem, problem, status_of
from api.scopes import need_of
from rag.errors import (
    CatalogueBusy,
    CatalogueError,
    DataFolderError,
    DatelineError,
    EmbedderMismatch,
    ModelDamaged,
    ModelMissing,
    NotReady,
    PackageMissing,
)

EVENT_STREAM = "text/event-stream"
EXAMPLES = Path(__file__).with_name("examples.json")

DESCRIPTION = """\
Answers questions about a collection of news articles. Every sentence of an answer is backed by an
exact passage; when the articles do not answer, it abstains and says why.

**Offsets.** `start` and `end` count Unicode code points (not bytes, not UTF-16 units) in the `text`
of the article version that is named beside them, from 0; `end` is exclusive. So
`text[start:end] == quote` in Python; in JavaScript, `[...text].slice(start, end).join("")`.

**Collections.** Every path below `/v1` exists below `/v1/collections/NAME` too, for a separate
archive with its own keys.

**Times** are UTC. **Errors** are problem documents (RFC 9457) with a stable `code` and the
`request_id` that every response also carries in `X-Request-ID`.
"""

BODY_ERRORS = (JsonInvalid, EncodingInvalid, BodyTooLarge, MediaTypeUnsupported, RequestInvalid)
ACCESS_ERRORS = (ApiKeyMissing, ApiKeyInvalid, ScopeMissing, RateExceeded, QuotaSpent)
OPEN_ERRORS = (
    DatelineError, NotReady, DataFolderError, CatalogueError, CatalogueBusy, EmbedderMismatch,
    ModelMissing, ModelDamaged, PackageMissing,
)  # fmt: skip


@cache
def load_examples() -> dict[str, dict[str, Any]]:
    """Return the examples: for each name a summary, the request where it has one, the response."""
    loaded: dict[str, dict[str, Any]] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return loaded


def requests(*names: str) -> dict[str, Example]:
    """Return examples of a request body."""
    known = load_examples()
    return {
        name: Example(summary=known[name]["summary"], value=known[name]["request"])
        for name in names
        if name in known
    }


def responses(*names: str) -> dict[str, Any]:
    """Return examples of a response."""
    known = load_examples()
    found = {
        name: {"summary": known[name]["summary"], "value": known[name]["response"]}
        for name in names
        if name in known
    }
    return {"content": {"application/json": {"examples": found}}}


def streamed(*fields: str, example: str | None = None) -> dict[str, Any]:
    """Describe a response of server-sent events by the fields that each of them has."""
    shape = {"type": "object", "required": [*fields]}
    described: dict[str, Any] = {
        # As the framework itself describes events; OpenAPI 3.2 has a name for it.
        "itemSchema": {**shape, "properties": {field: {"type": "string"} for field in fields}}
    }
    if example is not None:
        shown = {"summary": "Events in their order", "value": example}
        described["examples"] = {"stream": shown}
    return {"content": {EVENT_STREAM: described}}


def problems(*kinds: type[DatelineError]) -> dict[int | str, dict[str, Any]]:
    """Describe the refusals of an operation by status, with an example of each."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in sorted(kinds, key=status_of):
        entry = found.setdefault(
            status_of(kind),
            {"model": Problem, "description": "", "content": {MEDIA_TYPE: {"examples": {}}}},
        )
        entry["description"] += f"`{kind.code}`: {kind.title}. "
        shown = problem(kind(f"{kind.title}."), "req-4f1c").model_dump(exclude_none=True)
        entry["content"][MEDIA_TYPE]["examples"][kind.code] = {
            "summary": kind.title,
            "value": shown,
        }
    for entry in found.values():
        entry["description"] = entry["description"].strip()
    return found


def describe(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return what makes the app's document.

    Each problem stands under its own media type, and each operation says what it needs.
    """
    make = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        found = make()
        for path, operations in found["paths"].items():
            for method, operation in operations.items():
                _add_access(operation, need_of(method.upper(), path))
                for response in operation["responses"].values():
                    _move_problem(response.get("content", {}))
        found["components"]["securitySchemes"] = {
            "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key of `dateline keys create`, once there is one. The "
                "header `X-API-Key` takes it too.",
            }
        }
        return found

    return document


def _add_access(operation: dict[str, Any], need: str) -> None:
    operation["security"] = [] if need == "nothing" else [{"key": []}]
    if need == "nothing":
        return
    operation["x-scope"] = need
    for status, answer in problems(*ACCESS_ERRORS).items():
        described = {name: value for name, value in answer.items() if name != "model"}
        described["content"][MEDIA_TYPE]["schema"] = {"$ref": "#/components/schemas/Problem"}
        operation["responses"][str(status)] = described


def _move_problem(content: dict[str, Any]) -> None:
    """The framework files every schema under application/json."""
    if MEDIA_TYPE in content and "application/json" in content:
        content[MEDIA_TYPE].update(content.pop("application/json"))
