from __future__ import annotations

import pytest

from rag.ask.rewrite import rewrite
from rag.types import Turn

FIRST = "Who will Witkoff meet in Moscow?"


def turns(*questions: str) -> list[Turn]:
    made = []
    for question in questions:
        made += [Turn(role="user", content=question), Turn(role="assistant", content="An answer.")]
    return made


def test_a_question_without_history_stays_as_it_is() -> None:
    query = rewrite("  Why\nnot? ", [])
    assert (query.question, query.text) == ("  Why\nnot? ", "Why not?")


@pytest.mark.parametrize(
    "question", ["When?", "And who travels with him?", "What else did he say?"]
)
def test_a_follow_up_is_completed_with_the_last_question(question: str) -> None:
    assert rewrite(question, turns(FIRST)).text == f"{FIRST} {question}"


def test_follow_ups_go_back_to_the_question_they_lean_on() -> None:
    text = rewrite("And then?", turns("Old topic of tariffs?", FIRST, "When?")).text
    assert text == f"{FIRST} And then?"


@pytest.mark.parametrize(
    "question", ["And about Cuba?", "What about Cuba?", "and what about Cuba?"]
)
def test_the_subject_of_a_question_is_exchanged(question: str) -> None:
    first = "What did Peskov say about the Anchorage formula?"
    assert rewrite(question, turns(first)).text == "What did Peskov say about Cuba?"
    assert rewrite(question, turns(FIRST)).text == f"{FIRST} {question}"


def test_a_new_subject_drops_the_old_one() -> None:
    question = "What did Russia say about US tariffs on Venezuela?"
    assert rewrite(question, turns(FIRST)).text == question


def test_when_nothing_stands_alone_everything_is_used() -> None:
    assert rewrite("Why?", turns("And him?")).text == "And him? Why?"
