from __future__ import annotations

import pytest

from rag.ask.short import fits, same_answer, states


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("July 21, 2017", "21 Jul. 2017"),
        ("July", "July 21, 2017"),
        ("April 29", "April 29th, 2015"),
        ("2017", "December 1, 2017"),
        ("$6 billion", "$6.04 billion"),
        ("Facebook", "Facebook Inc."),
        ("4,000 people", "4000"),
        ("Steve Witkoff", "envoy Witkoff"),
    ],
)
def test_answers_that_say_the_same(one: str, other: str) -> None:
    assert same_answer(one, other)
    assert same_answer(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("April 29, 2015", "April 9, 2005"),
        ("June 2017", "July 2017"),
        ("1856", "1900"),
        ("$10.4 billion", "$1.39 billion"),
        ("$6.04 billion", "$6.04 million"),
        ("Facebook", "Apple"),
        ("", "Apple"),
    ],
)
def test_answers_that_do_not(one: str, other: str) -> None:
    assert not same_answer(one, other)
    assert not same_answer(other, one)


def test_words_of_the_question_do_not_make_answers_the_same() -> None:
    asked = "What river does Henrys Fork flow into?"
    assert not same_answer("the Green River tributary", "the Snake River tributary", asked)
    assert not same_answer("a film by Ana Diaz", "a film by Bob Lee", "Who made the film?")
    assert same_answer("Green River", "the Green River in Utah", asked)


def test_a_sentence_states_an_answer_with_all_its_words() -> None:
    assert states("It was out on the 21st of July, 2017.", "July 21 2017")
    assert not states("It was out on the 21st of June, 2017.", "July 21 2017")
    assert not states("Anything.", "")


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        ("When was it released?", "last May", True),
        ("When was it released?", "in Japan", False),
        ("What year did it open?", "1856", True),
        ("How many died?", "dozens", True),
        ("How many died?", "the mayor", False),
        ("Who won?", "Ana Ruiz", True),
        ("Who won?", "the team", False),
        ("What was announced?", "a recall", True),
        ("What was announced?", "", False),
    ],
)
def test_an_answer_has_to_be_of_the_sort_that_is_asked_for(
    question: str, answer: str, right: bool
) -> None:
    assert fits(question, answer) is right
