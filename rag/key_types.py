"""What API keys are, and what is written down about their use; no logic that needs a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from rag.documented import DOCUMENTED

Scope = Literal["read", "write", "admin"]
"""`read` asks and reads, `write` changes the collection, `admin` may do both and everything else.
`write` alone does not read."""
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its secret."""

    __pydantic_config__ = DOCUMENTED

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    per_minute: int
    """Most requests in a minute; 0: no limit."""
    per_day: int
    """Most requests in a day (UTC); 0: no limit."""

    def works(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def may(self, scope: Scope) -> bool:
        """Whether it allows what needs this scope."""
        return scope in self.scopes or "admin" in self.scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One request that was to change something, refused ones too."""

    __pydantic_config__ = DOCUMENTED

    at: datetime
    request_id: str
    key_id: str | None
    """The API key; null where none was needed, `local` for the command line on this machine."""
    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Requests, the newest first."""

    items: tuple[Change, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What is known of a key: ``request`` is a hash; without a status it is still worked on."""

    request: str
    status: int | None
    headers: Mapping[str, str]
    body: bytes
