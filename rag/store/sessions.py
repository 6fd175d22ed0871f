"""Chats, kept in the catalogue for some days after their last turn."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.engine import Row

from rag.chat_types import Chat, ChatSummary, ChatTurn
from rag.errors import ChatNotFound
from rag.store.database import Database
from rag.store.rows import moment_position
from rag.store.schema import chat, chat_turn
from rag.types import Answer

MAX_TITLE = 200
_ANSWER = TypeAdapter(Answer)

Sources = Sequence[Mapping[str, Any]]


class Chats:
    """Stores turns as they are answered; ``keep`` is how long a chat outlives its last turn."""

    def __init__(self, database: Database, keep: timedelta) -> None:
        self._db = database
        self.keep = keep

    def add(
        self, chat_id: str, turn_id: str, question: str, sources: Sources, answer: Answer
    ) -> None:
        """Store a turn at the end of a chat, which begins with its first."""
        now = datetime.now(UTC)
        mine = chat.c.id == chat_id
        with self._db.write("chats") as tx:
            tx.execute(chat.delete().where(chat.c.used_at < now - self.keep))
            if tx.execute(chat.update().where(mine).values(used_at=now)).rowcount == 0:
                title = " ".join(question.split())[:MAX_TITLE]
                tx.execute(
                    chat.insert().values(id=chat_id, title=title, created_at=now, used_at=now)
                )
            last = tx.scalar(
                sa.select(sa.func.max(chat_turn.c.number)).where(chat_turn.c.chat_id == chat_id)
            )
            tx.execute(
                chat_turn.insert().values(
                    id=turn_id,
                    chat_id=chat_id,
                    number=(last or 0) + 1,
                    asked_at=now,
                    question=question,
                    sources=json.dumps(list(sources)),
                    answer=_ANSWER.dump_json(answer).decode(),
                )
            )

    def check(self, chat_id: str) -> None:
        """Raise ChatNotFound unless the chat is there."""
        with self._db.read() as tx:
            if tx.scalar(self._alive(sa.select(chat.c.id)).where(chat.c.id == chat_id)) is None:
                raise _missing("chat", chat_id)

    def turns(self, chat_id: str, last: int | None = None) -> tuple[ChatTurn, ...]:
        """Return the turns of a chat in order, the ``last`` ones only; none for one not there."""
        query = self._alive(
            sa.select(chat_turn).join(chat, chat.c.id == chat_turn.c.chat_id)
        ).where(chat_turn.c.chat_id == chat_id)
        query = query.order_by(chat_turn.c.number.desc()).limit(last)
        with self._db.read() as tx:
            rows = tx.execute(query).all()
        return tuple(_turn(row) for row in reversed(rows))

    def turn(self, turn_id: str) -> tuple[str, ChatTurn, list[dict[str, Any]]]:
        """Return the chat of a turn, the turn, and its sources; raises ChatNotFound."""
        query = self._alive(
            sa.select(chat_turn).join(chat, chat.c.id == chat_turn.c.chat_id)
        ).where(chat_turn.c.id == turn_id)
        with self._db.read() as tx:
            row = tx.execute(query).one_or_none()
        if row is None:
            raise _missing("turn", turn_id)
        return row.chat_id, _turn(row), json.loads(row.sources)

    def get(self, chat_id: str) -> Chat:
        """Return a chat whole; raises ChatNotFound."""
        with self._db.read() as tx:
            row = tx.execute(self._alive(sa.select(chat)).where(chat.c.id == chat_id)).one_or_none()
        if row is None:
            raise _missing("chat", chat_id)
        return Chat(
            id=row.id,
            title=row.title,
            created_at=row.created_at,
            used_at=row.used_at,
            turns=self.turns(chat_id),
        )

    def newest(self, limit: int, cursor: str | None = None) -> tuple[ChatSummary, ...]:
        """Return chats without their turns, the last used first; raises CursorError.

        ``cursor`` is a ``rows.moment_cursor`` of the chat that they follow.
        """
        count = (
            sa.select(sa.func.count())
            .select_from(chat_turn)
            .where(chat_turn.c.chat_id == chat.c.id)
            .scalar_subquery()
        )
        query = self._alive(sa.select(chat, count.label("turns")))
        if cursor:
            moment, last = moment_position(cursor)
            query = query.where(
                (chat.c.used_at < moment) | ((chat.c.used_at == moment) & (chat.c.id > last))
            )
        query = query.order_by(chat.c.used_at.desc(), chat.c.id).limit(limit)
        with self._db.read() as tx:
            rows = tx.execute(query).all()
        return tuple(ChatSummary(**row._mapping) for row in rows)

    def delete(self, chat_id: str) -> None:
        """Remove a chat with its turns; raises ChatNotFound."""
        with self._db.write("chats") as tx:
            if tx.execute(chat.delete().where(chat.c.id == chat_id)).rowcount == 0:
                raise _missing("chat", chat_id)

    def _alive(self, query: sa.Select[Any]) -> sa.Select[Any]:
        """Leave out chats whose time is over, though nobody removed them yet."""
        return query.where(chat.c.used_at >= datetime.now(UTC) - self.keep)


def new_id(kind: str) -> str:
    """Return an id that nobody guesses: ``chat-...`` or ``turn-...``."""
    return f"{kind}-{uuid.uuid4().hex}"


def _missing(kind: str, name: str) -> ChatNotFound:
    return ChatNotFound(
        f"There is no {kind} {name[:60]!r}.", remedy="GET /v1/chats lists the chats that are kept."
    )


def _turn(row: Row[Any]) -> ChatTurn:
    return ChatTurn(
        id=row.id,
        number=row.number,
        asked_at=row.asked_at,
        question=row.question,
        answer=_ANSWER.validate_json(row.answer),
    )
