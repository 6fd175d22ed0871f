"""How sources are read: bounds, names of fields, what may be fetched and what is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from rag import __version__
from rag.ingest.limits import Limits

if TYPE_CHECKING:
    from rag.config import Settings

USER_AGENT = f"Dateline/{__version__} (self-hosted question answering over news)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """What may be fetched from the web, and how politely."""

    agent: str = USER_AGENT
    """The header User-Agent; its first word is what robots.txt is searched for."""
    private: bool = False
    """Whether addresses of private networks and of this machine may be connected to."""
    ports: frozenset[int] = frozenset({80, 443})
    seconds: float = 30.0
    """From the first byte sent to the last received, redirects included, pauses excluded."""
    max_bytes: int = 20_000_000
    """Of a response, packed and unpacked."""
    redirects: int = 5
    tries: int = 3
    """For one URL, when the server is overloaded or does not answer."""
    pause: float = 1.0
    """Seconds between two requests to the same host; a longer Crawl-delay of its own is kept to."""
    longest_pause: float = 30.0
    """A server that asks for more patience (Retry-After, Crawl-delay) is left alone for now."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a server said of a URL, to ask next time only for what changed."""

    url: str
    etag: str | None
    last_modified: str | None


class Memory(Protocol):
    """Remembers feeds between runs; `put` is called when all items of one have been handed out."""

    def get(self, url: str) -> Remembered | None:
        """Return what was remembered of this URL."""
        ...

    def put(self, remembered: Remembered) -> None:
        """Remember it in place of what was."""
        ...


class Forgetful(dict[str, Remembered]):
    """A memory for the life of one process."""

    def put(self, remembered: Remembered) -> None:
        """Remember it in place of what was."""
        self[remembered.url] = remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Everything that reading sources depends on."""

    limits: Limits = field(default_factory=Limits)
    mapping: Mapping[str, str] | None = None
    """Our field -> its name in records and tables; see `record.parse_mapping`."""
    fetching: Fetching = field(default_factory=Fetching)
    memory: Memory = field(default_factory=Forgetful)

    @classmethod
    def of(cls, settings: Settings, **more: Any) -> Options:
        """Take the bounds from the settings."""
        return cls(
            limits=Limits(
                file_bytes=settings.max_file_bytes,
                unpacked_bytes=settings.max_unpacked_bytes,
                members=settings.max_members,
                seconds=settings.parse_seconds,
            ),
            fetching=Fetching(
                agent=settings.fetch_agent,
                private=settings.fetch_private,
                ports=frozenset(int(port) for port in settings.fetch_ports.split(",")),
                seconds=settings.fetch_seconds,
                pause=settings.fetch_pause,
                max_bytes=settings.max_file_bytes,
            ),
            **more,
        )
