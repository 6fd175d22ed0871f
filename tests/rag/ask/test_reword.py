from __future__ import annotations

import json
from typing import Any

import pytest

from rag.ask.reword import needed, objection, prompt, reword
from rag.types import Turn

ANSWER = "Steve Witkoff will fly to Moscow on 6 August, Dmitry Peskov said."
HISTORY = [
    Turn(role="user", content="Will Witkoff meet Putin in Moscow?"),
    Turn(role="assistant", content=ANSWER),
]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who travels with him?", "Who travels with Steve Witkoff?"),
        ("Who travels with him?", "Who is travelling to Moscow with Witkoff?"),
        ("When?", "When will Witkoff meet Putin in Moscow?"),
        ("And in Kyiv?", "Will Witkoff meet Putin in Kyiv?"),
        ("What about Kellogg?", "Will Kellogg meet Putin in Moscow?"),
        ("Why not?", "Why will Witkoff not meet Putin in Moscow?"),
        ("No, I meant Dmitriev.", "Will Dmitriev meet Putin in Moscow?"),
        ("What did he say about 7 August?", "What did Dmitry Peskov say about 7 August?"),
        ("What does the Russian side want?", "What does the Russian side want in Moscow?"),
    ],
)
def test_what_was_said_may_be_used(question: str, text: str) -> None:
    assert objection(text, question, HISTORY) is None


@pytest.mark.parametrize(
    ("question", "text", "reason"),
    [
        ("Who travels with him?", "Who travels with Kellogg?", "rewrite_brings_name"),
        ("Who travels with him?", "Lavrov travels with whom?", "rewrite_brings_name"),
        ("Who travels with him?", "Who travels with Witkoff on Friday?", "rewrite_brings_name"),
        ("When?", "When will Witkoff meet Putin in 2026?", "rewrite_brings_number"),
        ("When?", "When will Witkoff meet 16 people?", "rewrite_brings_number"),
        ("When?", "When will Witkoff meet twelve people?", "rewrite_brings_number"),
        ("Who travels with him?", "Who travels with merkel?", "rewrite_brings_word"),
        ("And in Kyiv?", "Will Witkoff meet Putin?", "rewrite_drops_words"),
        ("What about 7 August?", "Will Witkoff meet Putin in August?", "rewrite_drops_words"),
        ("When?", "Who will meet Putin?", "rewrite_asks_other"),
        ("Why not?", "Why will Witkoff meet Putin?", "rewrite_negates"),
        ("When?", "When will Witkoff not meet Putin?", "rewrite_negates"),
        ("When?", "Will Witkoff meet Putin in Moscow?", "rewrite_repeats"),
        ("Who travels with him?", "Who travels with him to Moscow?", "rewrite_leans"),
        ("Who travels with him?", "Who travels with him?", "rewrite_leans"),
    ],
)
def test_what_was_not_said_may_not(question: str, text: str, reason: str) -> None:
    assert objection(text, question, HISTORY) == reason


@pytest.mark.parametrize(
    ("question", "history", "wanted"),
    [
        ("When?", HISTORY, True),
        ("When?", [], False),
        ("Who said that?", HISTORY, False),
        ("Something else: is Kellogg out?", HISTORY, False),
    ],
)
def test_a_model_is_asked_where_rules_do_not_settle_it(
    question: str, history: list[Turn], wanted: bool
) -> None:
    assert needed(question, history) == wanted


def test_a_reply_of_another_form_is_asked_for_once_more() -> None:
    replies = iter(["Sure!", json.dumps({"question": "When will Witkoff  meet Putin?"})])
    asked: list[str] = []

    def ask(system: str, message: str, schema: dict[str, Any]) -> str:
        asked.append(message)
        return next(replies)

    assert reword("When?", HISTORY, ask).text == "When will Witkoff meet Putin?"
    assert "not this JSON object: it is not JSON" in asked[1]
    made = reword("When?", HISTORY, lambda *_: '{"question": 1}')
    assert (made.text, made.reason) == (None, "rewrite_malformed")


def test_the_conversation_is_fenced() -> None:
    lines = prompt("When?", HISTORY, "mark").splitlines()
    assert lines[0] == lines[3] == "mark"
    assert lines[-1] == "Last question: When?"
