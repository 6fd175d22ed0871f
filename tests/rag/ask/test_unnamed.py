"""Which one is meant, and sentences that leave it open."""

from __future__ import annotations

import pytest

from rag.ask.unnamed import _asked_for, _leaves_open, _stem, weighed
from rag.attribution.parser import parse


def leaves_open(question: str, said: str) -> bool:
    noun = _asked_for(question, parse)
    assert noun is not None
    return _leaves_open(parse(said, [0])[0], noun, {_stem(word) for word in question.split()})


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "Which car maker was negotiating with Tesla?",
            "Tesla was in negotiations with an unnamed major car maker to license the software.",
        ),
        (
            "Which adviser told Trump not to call Putin?",
            "Reports claim that advisers told Trump not to call Putin before a ceasefire.",
        ),
        (
            "Which White House official told Politico that Biden had failed?",
            "A White House official told Politico that Biden had failed at the mission.",
        ),
        ("What questions did Putin raise?", "Putin agreed, although he raised some questions."),
        ("Which publisher signed the deal?", "She has signed a deal with an unnamed publisher."),
        (
            "Which companies are returning?",
            "Asked about companies returning, he said the vacancies left by these companies hurt.",
        ),
    ],
)
def test_a_noun_without_a_name_leaves_open_which_one_is_meant(question: str, said: str) -> None:
    assert leaves_open(question, said)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Which Fox News host asked Trump?", "Fox News host Harris Faulkner asked Trump why."),
        ("Which judge swore him in?", "Stephen Dries, a judge, swore him in on Friday."),
        ("Which judge swore him in?", "Stephen Dries is a judge who swore him in on Friday."),
        ("On which podcast did she speak?", 'She appeared on the "Sibling Revelry" podcast.'),
        ("What plan did Trump announce?", "Trump announced a plan to cut taxes by a third."),
        ("Which issues were not raised?", "Issues of arms control were not raised."),
        ("What questions did he raise?", "He raised questions about the use of force."),
        ("Which test is used?", "Clinicians use a rapid antigen test."),
        ("Which countries signed?", "Several countries, including France and Spain, signed."),
        ("Which countries signed?", "Two countries signed: France and Spain."),
        ("Which publisher signed it?", "The publisher, Knopf, signed it."),
    ],
)
def test_a_noun_that_is_named_or_described_does_not(question: str, said: str) -> None:
    assert not leaves_open(question, said)


@pytest.mark.parametrize(
    "question", ["Who told Trump not to call?", "In which year did it start?", "What happened?"]
)
def test_questions_of_anything_else_are_left_alone(question: str) -> None:
    assert _asked_for(question, parse) is None
    assert weighed(question, [], parse) == []
