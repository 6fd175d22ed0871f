from __future__ import annotations

from dataclasses import replace

import pytest

from rag.ask.event import apart, times, touches
from tests.rag.ask.conftest import article, evidence


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He leaves on Thursday night.", {"thursday"}),
        ("Talks in May and on Monday.", {"may", "monday"}),
        ("Ana Ruiz told reporters on Friday that it may be late.", set()),
        ("No contacts are planned in the coming days.", set()),
    ],
)
def test_days_and_months_are_found_without_the_day_of_saying(text: str, found: set[str]) -> None:
    assert times(text) == found


def test_a_word_of_the_question_tells_the_event() -> None:
    call, trip = (
        evidence(article(text, id=name), text, 0.9)
        for name, text in (("a", "The call is due."), ("b", "The trip is due."))
    )
    assert not touches("When will the call take place?", call, trip)
    assert touches("When will it take place?", call, trip)


def test_days_tell_events_apart_unless_the_question_names_one() -> None:
    may, thursday = (
        evidence(article(text, id=name), text, 0.9)
        for name, text in (("a", "A visit in May."), ("b", "A visit on Thursday."))
    )
    assert apart("Was there a visit?", may, thursday)
    assert not apart("Was there a visit in May?", may, thursday)


def test_a_pronoun_stands_for_what_is_told_before() -> None:
    text = "The call is near. It is at 5 pm."
    whole = evidence(article(text, id="a"), text, 0.9)
    second = replace(whole, sentence=replace(whole.sentence, start=18))
    assert touches("When is the call?", whole, second)
