"""Streams of server-sent events: read as they come, and gone on with when the line breaks.

Neither class sends anything: the clients send ``call``, and hand in the text that arrives.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from api.client import archive, questions
from api.client.call import Call
from api.client.transport import RETRIES
from rag.chat_types import ChatEvent
from rag.errors import ServerRefused, ServerUnreachable
from rag.types import Job

T = TypeVar("T")

_JOB = TypeAdapter(Job)
_EVENT = TypeAdapter(ChatEvent)


@dataclass(slots=True)
class ServerEvent:
    """One event, see https://html.spec.whatwg.org/multipage/server-sent-events.html."""

    id: str = ""
    event: str = ""
    data: str = ""


class Stream(ABC, Generic[T]):
    """Makes items of what a stream sends."""

    def __init__(self, call: Call[Any]) -> None:
        self.call = call
        """What gets the stream, or goes on with it behind what has arrived."""
        self.ended = False
        self.arrived = 0
        """How many events there were."""
        self._last_id = ""
        self._half = ""
        self._left = RETRIES
        self._before = 0

    def feed(self, text: str) -> Iterator[T]:
        """Yield the items that are whole by now; raises ServerRefused or ServerUnreachable."""
        # Lines end with a line feed and nothing else here: data may hold other separators.
        *blocks, self._half = (self._half + text).split("\n\n")
        for block in blocks:
            event = _parsed(block)
            if not event.data:
                continue
            try:
                item = self._item(event)
            except (ValueError, KeyError, TypeError) as error:
                raise ServerUnreachable(
                    f"What the stream holds is no event of Dateline's: {event.data[:80]!r}."
                ) from error
            self._last_id = event.id
            self.arrived += 1
            yield item

    def resume(self) -> None:
        """Have ``call`` go on where the line broke.

        Raises ServerUnreachable where that cannot be, or has brought nothing three times.
        """
        self._left = self._left - 1 if self.arrived == self._before else RETRIES
        if not self.arrived or not self._left:
            raise ServerUnreachable(
                "The stream broke off before its last event.",
                remedy="Follow the turn or the job again.",
            )
        self._half, self._before = "", self.arrived
        self.call = self._rest()

    @abstractmethod
    def _item(self, event: ServerEvent) -> T: ...

    @abstractmethod
    def _rest(self) -> Call[Any]: ...


class ChatStream(Stream[ChatEvent]):
    """The events of a turn. What was asked is not asked again: its turn is followed."""

    def _item(self, event: ServerEvent) -> ChatEvent:
        data: dict[str, Any] = json.loads(event.data)
        if event.event == "error":
            raise ServerRefused(str(data["code"]), str(data["detail"]), remedy=data.get("remedy"))
        self.ended = event.event == "done"
        return _EVENT.validate_python({"kind": event.event, "data": data})

    def _rest(self) -> Call[Any]:
        return questions.turn(self._last_id.rpartition(":")[0], self._last_id)


class JobStream(Stream[Job]):
    """A job whenever it moved."""

    def __init__(self, job_id: str) -> None:
        super().__init__(archive.job_events(job_id))

    def _item(self, event: ServerEvent) -> Job:
        job = _JOB.validate_json(event.data)
        self.ended = job.ended
        return job

    def _rest(self) -> Call[Any]:
        return self.call


def _parsed(block: str) -> ServerEvent:
    found = ServerEvent()
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "id":
                found.id = value
            case "event":
                found.event = value
            case "data":
                found.data = f"{found.data}\n{value}" if found.data else value
    return found
