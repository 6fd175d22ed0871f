"""Both clients, used in the same way."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from api.client import AsyncClient, Client
from tests.api.conftest import Running

Opened = Callable[..., Client]


class Waited:
    """An ``AsyncClient`` that is waited for at each call."""

    def __init__(self, client: AsyncClient, portal: BlockingPortal) -> None:
        self._client = client
        self._portal = portal

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(*given: Any, **more: Any) -> Any:
            found = self._portal.call(lambda: method(*given, **more))
            return self._each(found) if inspect.isasyncgen(found) else found

        return call

    def _each(self, items: Any) -> Iterator[Any]:
        while True:
            try:
                yield self._portal.call(items.__anext__)
            except StopAsyncIteration:
                return


@pytest.fixture(params=["one at a time", "asyncio"])
def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
    """Open clients; those of asyncio look like the other ones."""
    if request.param == "one at a time":
        made: list[Client] = []

        def begin(*given: Any, **more: Any) -> Client:
            made.append(Client(*given, **more))
            return made[-1]

        yield begin
        for client in made:
            client.close()
        return
    with start_blocking_portal() as portal:
        waited: list[AsyncClient] = []

        def begin_waiting(*given: Any, **more: Any) -> Client:
            waited.append(AsyncClient(*given, **more))
            return cast("Client", Waited(waited[-1], portal))

        yield begin_waiting
        for each in waited:
            portal.call(each.close)


@pytest.fixture
def dateline(opened: Opened, server: Running) -> Client:
    return opened(server.url)


@pytest.fixture
def own() -> str:
    """A word of this test alone: what was removed from the server is still remembered there."""
    return f"wex{uuid.uuid4().hex[:8]}"
