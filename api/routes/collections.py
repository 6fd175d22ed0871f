"""Make, list, change and remove collections: separate archives with keys and settings of their own.

What is in one is used at `/v1/collections/NAME/...`, where every path is as below `/v1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from api.collections import Hosts, prefix_of
from api.dependencies import Hosted, json_only
from api.errors import RequestInvalid
from api.openapi import BODY_ERRORS, OPEN_ERRORS, problems
from api.replies import CollectionList, CollectionMade
from api.schemas import Body
from rag.collections import MAX_TITLE, NAME, Collection
from rag.config import OWN
from rag.errors import CollectionExists, CollectionImpossible, CollectionNotFound, NotReady

router = APIRouter(prefix="/v1/collections", tags=["collections"])

Name = Annotated[str, Path(max_length=60, description="The collection's name.")]
OwnSettings = Annotated[
    Mapping[str, int | float | None],
    Field(max_length=len(OWN), description=f"Some of {', '.join(OWN)}; null: as the service's."),
]


class CollectionBody(Body):
    """A collection to be made."""

    name: str = Field(
        pattern=f"^{NAME.pattern}$",
        max_length=40,
        description="1 to 40 of `a-z`, `0-9` and dashes, no dash first or last.",
    )
    title: str | None = Field(default=None, min_length=1, max_length=MAX_TITLE)
    settings: OwnSettings = Field(default_factory=dict)


class CollectionChange(Body):
    """What is to be another."""

    title: str | None = Field(default=None, min_length=1, max_length=MAX_TITLE)
    settings: OwnSettings = Field(default_factory=dict)


@router.post(
    "",
    summary="Make a collection",
    dependencies=[Depends(json_only)],
    status_code=201,
    response_description="The collection and its first key, which is shown only now.",
    responses={
        **problems(*BODY_ERRORS, CollectionImpossible, CollectionExists, *OPEN_ERRORS),
    },
)
async def create_collection(
    body: CollectionBody, hosts: Hosted, response: Response
) -> CollectionMade:
    """Make an empty collection, with an admin key of its own.

    Only its own keys open it: those of the service and of other collections are unknown in it.
    Idempotency keys are not looked at here, since no key is kept in clear: a name exists once.
    """
    own = {name: value for name, value in body.settings.items() if value is not None}
    made = await to_thread.run_sync(hosts.known.create, body.name, body.title, own)
    try:
        token = await _first_key(hosts, made.name)
    except BaseException:
        # Without a key nobody could get in, and the name would be taken.
        await hosts.remove(made.name)
        raise
    response.headers["Location"] = prefix_of(made.name)
    response.headers["Cache-Control"] = "no-store"
    return CollectionMade(collection=made, url=prefix_of(made.name), key=token)


@router.get(
    "",
    summary="List collections",
    response_description="All of them, by name.",
    responses={**problems(RequestInvalid, *OPEN_ERRORS)},
)
def list_collections(hosts: Hosted) -> CollectionList:
    """List the collections beside the service's own, without what is in them."""
    return CollectionList(items=tuple(hosts.known.all()))


@router.get(
    "/{name}",
    summary="Read about a collection",
    response_description="Its title and settings.",
    responses={**problems(RequestInvalid, CollectionNotFound, *OPEN_ERRORS)},
)
def read_collection(hosts: Hosted, name: Name) -> Collection:
    """Return what a collection is called and which settings are its own."""
    return hosts.known.get(name)


@router.patch(
    "/{name}",
    summary="Change a collection's title or settings",
    dependencies=[Depends(json_only)],
    response_description="The collection as it is now.",
    responses={
        **problems(*BODY_ERRORS, CollectionNotFound, CollectionImpossible, *OPEN_ERRORS),
    },
)
def change_collection(hosts: Hosted, name: Name, body: CollectionChange) -> Collection:
    """Give it another title or other settings, which hold from the next request on."""
    return hosts.known.change(name, title=body.title, settings=body.settings)


@router.delete(
    "/{name}",
    summary="Remove a collection",
    status_code=204,
    response_description="It is gone, with all that was in it.",
    responses={**problems(RequestInvalid, CollectionNotFound, *OPEN_ERRORS)},
)
async def delete_collection(hosts: Hosted, name: Name) -> None:
    """Remove a collection with its articles, answers, keys and everything else.

    What is being answered in it gets 20 seconds.
    """
    await hosts.remove(name)


@router.api_route("/{name}/{rest:path}", methods=["GET", "POST", "PATCH", "DELETE"],
                  include_in_schema=False)  # fmt: skip
def nowhere(hosts: Hosted, name: Name) -> None:
    """Refuse what is for a collection that is not there: all else has gone to its app."""
    hosts.known.get(name)
    raise NotReady(f"The collection {name!r} is being removed.")


async def _first_key(hosts: Hosts, name: str) -> str:
    host = await hosts.find(name)
    if host is None:
        raise CollectionNotFound(f"The collection {name!r} was removed at once.")
    await to_thread.run_sync(host.service.wait)
    keys = host.service.dateline.keys
    _, token = await to_thread.run_sync(lambda: keys.create(f"first key of {name}", ["admin"]))
    return token
