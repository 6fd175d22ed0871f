"""What the routes ask for: the service once it is ready, a place in the queue, a JSON body.

All of them are coroutines: the framework would run plain functions in a thread each, which costs a
request more under load than everything else before its turn.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api.collections import Hosts
from api.errors import MediaTypeUnsupported
from api.service import Service
from api.turns import Turns
from api.waiting import Place, WaitingRoom


async def service_of(request: Request) -> Service:
    """Return the service, ready or not."""
    service: Service = request.app.state.service
    return service


async def ready_service_of(request: Request) -> Service:
    """Return the service; raises NotReady, or what kept it from opening."""
    service = await service_of(request)
    _ = service.dateline
    return service


async def hosts_of(
    request: Request, service: Annotated[Service, Depends(ready_service_of)]
) -> Hosts:
    """Return the collections of the service, once it is ready itself."""
    _ = service
    hosts: Hosts = request.app.state.collections
    return hosts


async def readers_of(request: Request) -> Place:
    """Return the queue of those who ask and search, for as long as this client waits."""
    room: WaitingRoom = request.app.state.readers
    return room.of(request.is_disconnected)


async def writers_of(request: Request) -> WaitingRoom:
    """Return the queue of those who store articles."""
    room: WaitingRoom = request.app.state.writers
    return room


async def chatting_of(request: Request) -> Turns:
    """Return the questions of chats that are being answered."""
    turns: Turns = request.app.state.chatting
    return turns


async def json_only(request: Request) -> None:
    """Raise MediaTypeUnsupported unless the body says it is JSON."""
    given = request.headers.get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    if kind != "application/json" and not (
        kind.startswith("application/") and kind.endswith("+json")
    ):
        raise MediaTypeUnsupported(
            f"The content type is {given[:80]!r}.", remedy="Send `Content-Type: application/json`."
        )


Opening = Annotated[Service, Depends(service_of)]
Ready = Annotated[Service, Depends(ready_service_of)]
Hosted = Annotated[Hosts, Depends(hosts_of)]
Readers = Annotated[Place, Depends(readers_of)]
Chatting = Annotated[Turns, Depends(chatting_of)]
Writers = Annotated[WaitingRoom, Depends(writers_of)]
