"""What responses hold beyond the types of ``rag.types``; the client reads them without FastAPI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from rag.chat_types import ChatSummary
from rag.collections import Collection
from rag.types import Job, JobItem, KnownName, SearchResult


def _cursor(last: Sequence[tuple[datetime, str]]) -> str | None:
    """Return the cursor behind an item, None where there is none."""
    # The database's library is loaded with the collection, not with the routes.
    from rag.store.rows import moment_cursor

    return moment_cursor(*last[0]) if last else None


class JobList(BaseModel):
    """Jobs, the newest first."""

    items: tuple[Job, ...]
    next_cursor: str | None = Field(default=None, description="Of the next page; null: no more.")

    @classmethod
    def of(cls, found: Sequence[Job], limit: int) -> Self:
        """Make a page of ``limit`` items at most; one more says that there is another page."""
        more = [(item.created_at, item.id) for item in found[limit - 1 : -1]]
        return cls(items=tuple(found[:limit]), next_cursor=_cursor(more))


class JobItems(BaseModel):
    """Items of a job in their order."""

    items: tuple[JobItem, ...]
    next_cursor: str | None = Field(default=None, description="Of the next page; null: no more.")

    @classmethod
    def of(cls, found: Sequence[JobItem], limit: int) -> Self:
        """Make a page of ``limit`` items at most; one more says that there is another page."""
        # The database's library is loaded with the collection, not with the routes.
        from rag.store.rows import number_cursor

        more = [number_cursor(item.number) for item in found[limit - 1 : -1]]
        return cls(items=tuple(found[:limit]), next_cursor=more[0] if more else None)


class ChatList(BaseModel):
    """Chats, the last used first."""

    items: tuple[ChatSummary, ...]
    next_cursor: str | None = Field(default=None, description="Of the next page; null: no more.")

    @classmethod
    def of(cls, found: Sequence[ChatSummary], limit: int) -> Self:
        """Make a page of ``limit`` items at most; one more says that there is another page."""
        more = [(item.used_at, item.id) for item in found[limit - 1 : -1]]
        return cls(items=tuple(found[:limit]), next_cursor=_cursor(more))


class SearchResults(BaseModel):
    """Passages, best first."""

    results: tuple[SearchResult, ...]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class LlmState(BaseModel):
    """The language model that writes answers."""

    name: str
    chosen: str = Field(description="Why this one.")
    trouble: str | None = Field(
        description="What went wrong with its last reply; answers are quotations meanwhile."
    )


class Readiness(BaseModel):
    """The service can answer questions."""

    status: Literal["ready"] = "ready"
    articles: int
    versions: int
    passages: int
    generation: int = Field(description="Counts the writes to the collection.")
    models: Mapping[str, str] = Field(description="Name and fingerprint of each model.")
    llm: LlmState | None = Field(description="Null: none is configured, answers are quotations.")
    degraded: bool = Field(description="Whether the language model is in trouble.")


class Stats(BaseModel):
    """Counts as of now."""

    version: str
    articles: int
    versions: int
    passages: int
    generation: int = Field(description="Counts the writes to the collection.")
    undated: int = Field(description="Articles without a date.")
    answers: int = Field(description="Answers that are kept.")
    abstained: int = Field(description="Of these, abstentions.")
    feedback: Mapping[str, int] = Field(description="Opinions on answers by verdict.")
    llm_tokens_today: int = Field(description="Tokens of language models today (UTC).")
    llm_cost_today: float = Field(description="Their cost, in the currency of the prices.")


class KnownNames(BaseModel):
    """Names, the most frequent first."""

    items: Sequence[KnownName]


class CollectionMade(BaseModel):
    """A collection that was made."""

    collection: Collection
    url: str = Field(description="Stands in the place of `/v1` before its paths.")
    key: str = Field(description="An admin key of the collection; it is shown only now.")


class CollectionList(BaseModel):
    """Collections, by name."""

    items: tuple[Collection, ...]


class Model(BaseModel):
    """What can be named as `model`, as OpenAI shows it."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "dateline"
    kind: Literal["answers", "embeddings"]
    fingerprint: str = Field(description="Of the weights.")


class ModelList(BaseModel):
    """What can be named as `model`, as OpenAI lists it."""

    object: Literal["list"] = "list"
    data: tuple[Model, ...]


class Embedding(BaseModel):
    """The vector of one text."""

    index: int = Field(description="Counts from 0, in the order of the texts.")
    embedding: tuple[float, ...]


class EmbeddingList(BaseModel):
    """The vectors of texts."""

    data: tuple[Embedding, ...]
