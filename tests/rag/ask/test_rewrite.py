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
    ("question", "text"),
    [
        ("When?", "When will Witkoff meet in Moscow?"),
        ("And why not?", "Why will Witkoff meet in Moscow not?"),
        ("And who travels with him?", "And who travels with Witkoff?"),
        ("What is her name?", "What is Witkoff's name?"),
        ("What else did they say?", f"{FIRST} What else did they say?"),
        ("How long did the visit last?", f"{FIRST} How long did the visit last?"),
        ("And in Kyiv?", "Who will Witkoff meet in Moscow in Kyiv?"),
    ],
)
def test_a_follow_up_is_completed_with_the_last_question(question: str, text: str) -> None:
    assert rewrite(question, turns(FIRST)).text == text


def test_a_bare_question_word_asks_the_last_question_anew() -> None:
    asked = turns("Will Putin and Trump speak on Monday?")
    assert rewrite("At what time?", asked).text == (
        "At what time will Putin and Trump speak on Monday?"
    )


def test_a_pronoun_means_who_was_asked_for_and_named() -> None:
    history = [
        Turn(role="user", content="Who coached the Bruins?"),
        Turn(role="assistant", content="The Bruins were led by coach Jim Montgomery."),
    ]
    text = rewrite("Why did he leave Boston?", history).text
    assert text.endswith("Why did Jim Montgomery leave Boston?")


def test_a_pronoun_whose_name_stands_before_it_needs_nothing() -> None:
    question = "Did Trump say he would call Putin?"
    assert rewrite(question, turns(FIRST)).text == question


def test_follow_ups_go_back_to_the_question_they_lean_on() -> None:
    text = rewrite(
        "And is it settled?", turns("Old topic of tariffs on steel?", FIRST, "When?")
    ).text
    assert text == "When will Witkoff meet in Moscow? And is it settled?"


@pytest.mark.parametrize(
    "question", ["And about Cuba?", "What about Cuba?", "and what about Cuba?"]
)
def test_the_subject_of_a_question_is_exchanged(question: str) -> None:
    first = "What did Peskov say about the Anchorage formula?"
    assert rewrite(question, turns(first)).text == "What did Peskov say about Cuba?"
    assert rewrite(question, turns(FIRST)).text == "Who will Witkoff meet in Cuba?"
    plain = "what was agreed on tariffs?"
    assert rewrite(question, turns(plain)).text == f"{plain} {question}"


def test_a_new_subject_drops_the_old_one() -> None:
    question = "What did Russia say about US tariffs on Venezuela?"
    assert rewrite(question, turns(FIRST)).text == question


def test_when_nothing_stands_alone_everything_is_used() -> None:
    assert rewrite("Is it so?", turns("And him?")).text == "And him? Is it so?"
    assert rewrite("Why?", turns("Why?")).text == "Why? Why?"
