"""Hold a conversation, as a stream of events or as JSON; list, read and remove what was said."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request, Response
from sse_starlette import ServerSentEvent

from api.dependencies import Chatting, Ready, json_only
from api.errors import Overloaded, RequestInvalid
from api.events import streaming
from api.openapi import (
    BODY_ERRORS,
    EVENT_STREAM,
    OPEN_ERRORS,
    problems,
    requests,
    responses,
    streamed,
)
from api.replies import ChatList
from api.schemas import ChatBody, Cursor
from api.turns import Turn
from rag.chat_types import Chat, ChatEvent, ChatReply
from rag.errors import (
    ChatNotFound,
    CursorError,
    DatelineError,
    FilterError,
    LlmStopped,
    QuestionError,
)

router = APIRouter(prefix="/v1", tags=["chat"])

ChatId = Annotated[str, Path(max_length=60, description="The chat's id.")]
TurnId = Annotated[str, Path(max_length=60, description="The turn's id, from `query`.")]
LastEvent = Annotated[
    str | None,
    Header(
        max_length=80,
        description="Id of the last event that arrived: the stream goes on behind it.",
    ),
]
_STREAM = streamed(
    "id",
    "event",
    "data",
    example='id: turn-9f2c:1\nevent: query\ndata: {"chat_id": "chat-41d8", "turn_id": "turn-9f2c", '
    '"question": "When?", "query": "When will Putin and Trump speak?", "rewritten": true}\n\n',
)


@router.post(
    "/chat",
    summary="Ask the next question of a chat",
    dependencies=[Depends(json_only)],
    response_model=ChatReply,
    response_description="With `Accept: text/event-stream` events: `query`, `sources`, then for "
    "each sentence `sentence` and its new `citation`s, `verification`, and `done` with the whole; "
    "or `error` with a problem. Otherwise the reply as JSON.",
    responses={
        200: _STREAM | {"content": {**_STREAM["content"], **responses("chat")["content"]}},
        **problems(
            *BODY_ERRORS, QuestionError, FilterError, ChatNotFound, *OPEN_ERRORS, Overloaded,
            LlmStopped,
        ),
    },
)  # fmt: skip
async def chat(
    request: Request,
    body: Annotated[ChatBody, Body(openapi_examples=requests("chat"))],
    service: Ready,
    chatting: Chatting,
    last_event_id: LastEvent = None,
) -> Response:
    """Answer a question that may lean on what was said before; without `chat_id` a chat begins.

    The question is completed from the turns before it and shown as `query`. Questions about the
    last answer (who said that, in which words, in which article) are answered from its citations.
    No sentence is sent before it is verified. With `Last-Event-ID` nothing is asked: the stream of
    the turn it names goes on.
    """
    if last_event_id is not None:
        return await follow_turn(service, chatting, last_event_id.rpartition(":")[0], last_event_id)
    # The database's library is loaded with the collection, not with the routes.
    from rag.store.sessions import new_id

    filters, turn_id = body.filters(), new_id("turn")
    turn = await chatting.start(
        turn_id,
        lambda stopped: service.dateline.chat(
            body.question, body.chat_id, filters, body.limit, turn_id, stopped
        ),
        at_once=body.chat_id is None,
    )
    if EVENT_STREAM in request.headers.get("accept", ""):
        return streaming(_events(turn_id, turn, 0))
    return await _whole(request, turn)


@router.get(
    "/chat/{turn_id}/events",
    summary="Follow a turn again",
    response_class=Response,
    response_description="The events of the turn, those behind `Last-Event-ID` only.",
    responses={200: _STREAM, **problems(RequestInvalid, ChatNotFound, *OPEN_ERRORS)},
)
async def follow_turn(
    service: Ready, chatting: Chatting, turn_id: TurnId, last_event_id: LastEvent = None
) -> Response:
    """Connect again to a turn that is being answered or was; nothing is asked twice."""
    after = _number(last_event_id)
    turn = chatting.find(turn_id)
    if turn is None:
        # Its first step, which fails where there is none.
        again = service.dateline.chatting.again(turn_id)
        events = await to_thread.run_sync(lambda: list(again))
        turn = Turn()
        for event in events:
            turn.add(event)
        turn.end()
    return streaming(_events(turn_id, turn, after))


@router.get(
    "/chats",
    summary="List chats",
    response_description="The last used first.",
    responses={**problems(RequestInvalid, CursorError, *OPEN_ERRORS)},
)
def list_chats(
    service: Ready,
    limit: Annotated[int, Query(ge=1, le=200, description="Most chats on the page.")] = 50,
    cursor: Cursor = None,
) -> ChatList:
    """List the chats that are kept, without their turns.

    A chat is kept for the days of the setting `chat_days` after its last turn.
    """
    return ChatList.of(service.dateline.chats.newest(limit + 1, cursor), limit)


@router.get(
    "/chats/{chat_id}",
    summary="Read a chat",
    response_description="The chat with all its turns: an export of it.",
    responses={**problems(RequestInvalid, ChatNotFound, *OPEN_ERRORS)},
)
def read_chat(service: Ready, chat_id: ChatId) -> Chat:
    """Return a chat whole, each turn with its answer as it was given."""
    return service.dateline.chats.get(chat_id)


@router.delete(
    "/chats/{chat_id}",
    status_code=204,
    summary="Remove a chat",
    response_description="It is gone.",
    responses={**problems(RequestInvalid, ChatNotFound, *OPEN_ERRORS)},
)
def delete_chat(service: Ready, chat_id: ChatId) -> None:
    """Remove a chat with its turns; the record of given answers keeps what it has."""
    service.dateline.chats.delete(chat_id)


async def _events(turn_id: str, turn: Turn, after: int) -> AsyncIterator[ServerSentEvent]:
    async for number, event in turn.follow(after):
        yield _event(turn_id, number, event)
    if turn.error is not None:
        failed = ChatEvent(kind="error", data=_told(turn.error))
        yield _event(turn_id, len(turn.events) + 1, failed)


def _event(turn_id: str, number: int, event: ChatEvent) -> ServerSentEvent:
    data = json.dumps(event.data, ensure_ascii=False)
    return ServerSentEvent(data=data, event=event.kind, id=f"{turn_id}:{number}", sep="\n")


async def _whole(request: Request, turn: Turn) -> Response:
    """Wait for the last event, as long as the client does."""

    async def wanted() -> bool:
        return not await request.is_disconnected()

    await turn.wait(wanted)
    if turn.error is not None:
        raise turn.error
    if not turn.ended:
        raise LlmStopped("Nobody waits for this answer any more.")
    return Response(json.dumps(turn.events[-1].data), media_type="application/json")


def _told(error: DatelineError) -> dict[str, Any]:
    """Say what a problem document says, without what belongs to a response of its own."""
    return {
        "code": error.code,
        "title": error.title,
        "detail": error.message,
        "remedy": error.remedy,
    }


def _number(event_id: str | None) -> int:
    """Return the number of an event; raises RequestInvalid for an id that was never given."""
    if event_id is None:
        return 0
    last = event_id.rpartition(":")[2]
    if not (last.isascii() and last.isdigit()):
        raise RequestInvalid(
            f"{event_id!r} is not the id of an event.", remedy="Send the last `id:` as it came."
        )
    return int(last)
