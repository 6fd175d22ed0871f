from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from rag.errors import ChatNotFound, CursorError
from rag.store.database import Database
from rag.store.rows import moment_cursor
from rag.store.schema import chat
from rag.store.sessions import Chats, new_id
from rag.types import Answer

ANSWER = Answer(
    id="ans-1", question="Who?", query="Who?", text="Nobody says.", short_answer=None, sentences=(),
    citations=(), abstained=True, reason="not_stated", confidence=0.1, sources=0, conflicts=(),
    dropped=(), nearest=(), notices=(), as_of=None, timings={"total": 1.0}, models={},
)  # fmt: skip


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture
def chats(database: Database) -> Chats:
    return Chats(database, timedelta(days=30))


def test_turns_come_back_in_order(chats: Chats) -> None:
    for number in range(4):
        chats.add("chat-1", f"turn-{number}", f"Question {number}?", [{"article_id": "a"}], ANSWER)
    whole = chats.get("chat-1")
    assert whole.title == "Question 0?"
    assert [turn.number for turn in whole.turns] == [1, 2, 3, 4]
    assert whole.turns[0].answer == ANSWER
    assert [turn.number for turn in chats.turns("chat-1", 2)] == [3, 4]
    assert [(item.id, item.turns) for item in chats.newest(5)] == [("chat-1", 4)]
    name, turn, sources = chats.turn("turn-2")
    assert (name, turn.question, sources) == ("chat-1", "Question 2?", [{"article_id": "a"}])


def test_the_last_used_chat_is_listed_first(chats: Chats) -> None:
    for name, turn in (("chat-1", "a"), ("chat-2", "b"), ("chat-1", "c")):
        chats.add(name, turn, "Who?", [], ANSWER)
    assert [item.id for item in chats.newest(5)] == ["chat-1", "chat-2"]
    (first,) = chats.newest(1)
    behind = chats.newest(5, moment_cursor(first.used_at, first.id))
    assert [item.id for item in behind] == ["chat-2"]
    with pytest.raises(CursorError):
        chats.newest(5, "bm9uZQ==")


def test_a_chat_that_is_removed_takes_its_turns_along(chats: Chats) -> None:
    chats.add("chat-1", "turn-1", "Who?", [], ANSWER)
    chats.delete("chat-1")
    for gone in (
        lambda: chats.get("chat-1"),
        lambda: chats.check("chat-1"),
        lambda: chats.turn("turn-1"),
        lambda: chats.delete("chat-1"),
    ):
        with pytest.raises(ChatNotFound):
            gone()
    assert chats.turns("chat-1") == ()


def test_a_chat_is_forgotten_when_its_time_is_over(database: Database, chats: Chats) -> None:
    chats.add("chat-1", "turn-1", "Who?", [], ANSWER)
    with database.write() as tx:
        tx.execute(chat.update().values(used_at=datetime.now(UTC) - timedelta(days=31)))
    assert chats.newest(5) == ()
    with pytest.raises(ChatNotFound):
        chats.get("chat-1")
    chats.add("chat-2", "turn-2", "Who?", [], ANSWER)
    with database.read() as tx:
        assert [row.id for row in tx.execute(chat.select())] == ["chat-2"]


def test_ids_are_not_guessed() -> None:
    assert new_id("chat") != new_id("chat")
    assert len(new_id("turn")) == 37
