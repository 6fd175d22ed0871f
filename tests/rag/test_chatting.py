from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.chat_types import ChatEvent
from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import ChatNotFound, LlmStopped
from rag.types import Source

FIRST = "Why was Russia not on the US tariff list?"
KINDS = ["query", "sources", "sentence", "citation", "verification", "done"]
BRIDGE = "The harbour bridge will close on Friday for repairs, Mayor Ana Ruiz said on Tuesday."


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Dateline]:
    """A small collection that a test may change."""
    opened = Dateline(Settings(data=tmp_path / "data"))
    opened.add([Source(id="bridge", text=BRIDGE, title="Bridge", origin="t", outlet="The Gazette")])
    yield opened
    opened.close()


def said(events: Iterator[ChatEvent]) -> tuple[str, dict[str, Any], list[ChatEvent]]:
    """Return the chat's id, the answer and all events."""
    found = list(events)
    done = found[-1]
    assert done.kind == "done"
    return done.data["chat_id"], done.data["answer"], found


def test_a_chat_goes_on_where_it_was(dateline: Dateline) -> None:
    chat_id, first, found = said(dateline.chat(FIRST))
    assert list(dict.fromkeys(event.kind for event in found)) == KINDS
    _, who, _ = said(dateline.chat("Who said that?", chat_id))
    assert who["short_answer"] == "Dmitry Peskov"
    assert [c["quote"] for c in who["citations"]] == [c["quote"] for c in first["citations"]]
    _, exact, _ = said(dateline.chat("Quote it exactly", chat_id))
    assert exact["sentences"][0]["text"] == f"“{first['citations'][0]['quote']}”"
    _, where, found = said(dateline.chat("Which article?", chat_id))
    assert first["citations"][0]["article_id"] in where["text"]
    assert [item["article_id"] for item in found[1].data["sources"]] == [
        first["citations"][0]["article_id"]
    ]
    # A new subject drops the old one.
    _, other, found = said(dateline.chat("What did Peskov say about Cuba?", chat_id))
    assert not found[0].data["rewritten"]
    assert "Cuba" in other["text"]
    _, there, found = said(dateline.chat("And about Venezuela?", chat_id))
    assert found[0].data["query"] == "What did Peskov say about Venezuela?"
    assert "Venezuela" in there["text"]
    assert len(dateline.chats.get(chat_id).turns) == 6


def test_a_turn_is_told_again_as_it_was(dateline: Dateline) -> None:
    _, _, found = said(dateline.chat(FIRST))
    assert list(dateline.chatting.again(found[0].data["turn_id"])) == found
    with pytest.raises(ChatNotFound):
        next(dateline.chatting.again("turn-none"))
    with pytest.raises(ChatNotFound):
        next(dateline.chat(FIRST, "chat-none"))


def test_asked_about_nothing_it_searches(dateline: Dateline) -> None:
    _, _, found = said(dateline.chat("Who said that?"))
    assert not found[0].data["query"].startswith("Who said: ")
    chat_id, _, _ = said(dateline.chat(FIRST))
    _, _, found = said(dateline.chat("who said [9]?", chat_id))
    assert not found[0].data["query"].startswith("Who said: ")


def test_a_source_that_changed_since_is_told(own: Dateline) -> None:
    chat_id, first, _ = said(own.chat("When will the harbour bridge close?"))
    assert first["citations"]
    own.retract("bridge", "The mayor was misheard.")
    _, who, _ = said(own.chat("Who said that?", chat_id))
    assert who["notices"][0]["code"] == "source_changed"
    assert "misheard" in who["notices"][0]["message"]
    own.delete("bridge")
    _, who, _ = said(own.chat("Which article?", chat_id))
    # The last answer with citations is the one before; its source is gone now.
    assert who["abstained"]
    assert who["dropped"][0]["reason"] == "not_in_article"


def test_a_change_in_the_collection_is_never_answered_from_memory(own: Dateline) -> None:
    question = "When will the harbour bridge close?"
    first = own.ask(question)
    again = own.ask(question)
    assert again.text == first.text
    assert again.id != first.id
    assert set(again.timings) == {"cached", "total"}
    own.add([Source(id="bridge", text=BRIDGE.replace("Friday", "Sunday"), origin="t")])
    changed = own.ask(question)
    assert "Sunday" in changed.text
    assert changed.citations[0].version == 2
    own.retract("bridge", "Wrong.")
    assert own.ask(question).abstained


def test_other_limits_and_filters_are_other_answers(own: Dateline) -> None:
    question = "When will the harbour bridge close?"
    own.ask(question)
    assert "cached" not in own.ask(question, limit=1).timings
    assert "cached" in own.ask(question, limit=1).timings


def test_nothing_is_kept_when_that_is_asked_for(tmp_path: Path) -> None:
    opened = Dateline(Settings(data=tmp_path / "data", cached_answers=0))
    opened.add([Source(id="bridge", text=BRIDGE, origin="t")])
    for _ in range(2):
        assert "cached" not in opened.ask("When will the harbour bridge close?").timings
    opened.close()


Begin = Callable[..., Dateline]


@pytest.fixture
def begin(tmp_path: Path, scripted_url: str) -> Iterator[Begin]:
    opened: list[Dateline] = []

    def make(script: str, **settings: Any) -> Dateline:
        usual = {
            "llm": "openai-like", "llm_url": f"{scripted_url}/v1", "llm_model": script,
            "llm_seconds": 30.0, "llm_retries": 0,
        }  # fmt: skip
        given = Settings(data=tmp_path / "data", **{**usual, **settings})
        opened.append(Dateline(given))
        opened[-1].add([Source(id="bridge", text=BRIDGE, origin="t")])
        return opened[-1]

    yield make
    for item in opened:
        item.close()


def test_a_degraded_answer_is_not_kept(begin: Begin) -> None:
    own = begin("500")
    for _ in range(2):
        answer = own.ask("When will the harbour bridge close?")
        assert answer.degraded
        assert "Friday" in answer.text
        assert "cached" not in answer.timings


def test_a_chat_that_is_stopped_is_not_kept(begin: Begin) -> None:
    own, stopped = begin("silence", llm_seconds=60.0), threading.Event()
    steps = own.chat("When will the harbour bridge close?", stopped=stopped)
    assert [next(steps).kind, next(steps).kind] == ["query", "sources"]
    threading.Timer(0.3, stopped.set).start()
    with pytest.raises(LlmStopped):
        next(steps)
    assert own.chats.newest(5) == ()


def test_a_check_says_what_writes_answers(begin: Begin, own: Dateline) -> None:
    told = {item.name: item for item in own.check()}["language model"]
    assert (told.ok, told.detail) == (True, "none; answers are quotations")
    told = {item.name: item for item in begin("honest").check()}["language model"]
    assert (told.ok, told.detail) == (True, "openai-like/honest, because it is configured")
    unnamed = begin("honest", llm="anthropic", llm_url=None, llm_key="k", llm_model=None)
    told = {item.name: item for item in unnamed.check()}["language model"]
    assert not told.ok
    assert "DATELINE_LLM_MODEL" in (told.remedy or "")
