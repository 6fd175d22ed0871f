"""Ask a running server instead of loading the models anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import httpx

from rag.config import Settings
from rag.errors import ServerRefused, ServerUnreachable

TIMEOUT_SECONDS = 120.0
"""The longest wait for an answer; a server that is loading says so at once."""


class Server(str):
    """The URL of a server, which also knows the key to it and the collection that is meant."""

    __slots__ = ("collection", "key")
    key: str | None
    collection: str | None

    def __new__(cls, url: str, key: str | None = None, collection: str | None = None) -> Self:
        """Make one; the URL loses its last slashes."""
        made = super().__new__(cls, url.rstrip("/"))
        made.key = key
        made.collection = collection
        return made

    def at(self, path: str) -> str:
        """Return the URL of a path below ``/v1``, in the collection."""
        if self.collection is None:
            return f"{self}{path}"
        return f"{self}/v1/collections/{self.collection}{path.removeprefix('/v1')}"

    @property
    def headers(self) -> dict[str, str]:
        """What a request carries so that it is let in."""
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}


def find_server(settings: Settings) -> Server | None:
    """Return the URL of the server to use: the one in the settings, else one on this data folder.

    A server leaves its address in ``server.json`` in its data folder, with a key for whoever may
    read that; None when it is not alive.
    """
    key = settings.key.get_secret_value() if settings.key else None
    if settings.server:
        return Server(settings.server, key, settings.collection)
    try:
        note = json.loads((settings.root / "server.json").read_text())
        server = Server(str(note["url"]), note.get("key") or key, settings.collection)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return server if _ready(server) else None


def call(url: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """POST to a server and return its JSON.

    Raises ServerUnreachable, or ServerRefused with the server's own code and message.
    """
    return _answer(
        url,
        lambda: httpx.post(
            _at(url, path), json=body, headers=_headers(url), timeout=TIMEOUT_SECONDS
        ),
    )


def get(url: str, path: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """GET from a server and return its JSON; raises as ``call`` does."""
    return _answer(
        url,
        lambda: httpx.get(
            _at(url, path), params=dict(query), headers=_headers(url), timeout=TIMEOUT_SECONDS
        ),
    )


def delete(url: str, path: str) -> None:
    """DELETE on a server; raises as ``call`` does."""
    try:
        response = httpx.delete(_at(url, path), headers=_headers(url), timeout=TIMEOUT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _unreachable(url, error) from error
    if response.is_error:
        _answer(url, lambda: response)


def events(url: str, path: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """POST to a server and yield kind and data of each event; raises as ``call`` does.

    An `error` among the events is raised too.
    """
    headers = {**_headers(url), "Accept": "text/event-stream"}
    try:
        with httpx.stream(
            "POST", _at(url, path), json=body, headers=headers, timeout=TIMEOUT_SECONDS
        ) as response:
            if response.is_error:
                response.read()
                _answer(url, lambda: response)
            kind = ""
            for line in _lines(response):
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    data = json.loads(value)
                    if kind == "error":
                        raise ServerRefused(data["code"], data["detail"], remedy=data["remedy"])
                    yield kind, data
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _unreachable(url, error) from error


def _lines(response: httpx.Response) -> Iterator[str]:
    """Yield the lines of a stream, which end with a line feed and nothing else.

    httpx ends them at U+2028 and the like too, which an article may have.
    """
    rest = b""
    for chunk in response.iter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.rstrip(b"\r").decode() for line in whole)


def _unreachable(url: str, error: Exception) -> ServerUnreachable:
    return ServerUnreachable(
        f"No Dateline server answers at {url}: {error}.",
        remedy="Start one with `dateline serve`, or unset DATELINE_SERVER to do without.",
    )


def _at(url: str, path: str) -> str:
    return url.at(path) if isinstance(url, Server) else f"{url}{path}"


def _headers(url: str) -> dict[str, str]:
    return url.headers if isinstance(url, Server) else {}


def _answer(url: str, send: Callable[[], httpx.Response]) -> dict[str, Any]:
    try:
        response = send()
        answer: Any = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _unreachable(url, error) from error
    if not isinstance(answer, dict):
        raise ServerUnreachable(f"What answers at {url} is not a Dateline server.")
    if response.is_error:
        raise ServerRefused(
            str(answer.get("code", response.status_code)),
            str(answer.get("detail", answer.get("title", response.reason_phrase))),
            remedy=answer.get("remedy"),
        )
    return answer


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2.0).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
