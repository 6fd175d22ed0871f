from __future__ import annotations

import pytest

from rag.ask.keywords import asked_about
from rag.ask.plan import plan
from rag.ask.said import asked_words
from rag.attribution.parser import parse
from rag.dateline import Dateline


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("Iran?", "What was said about Iran?"),
        ("security guarantees", "What was said about security guarantees?"),
        ("What about the talks in Istanbul?", "What was said about the talks in Istanbul?"),
        ("tell me about Iran", "What was said about Iran?"),
        ("Any news on Cuba?", "What was said about Cuba?"),
        ("Kremlin view on Cuba?", "What is Kremlin’s view on Cuba?"),
        ("the envoys’ reaction to the deal", "What is envoys’ reaction to the deal?"),
    ],
)
def test_a_bare_subject_is_asked_about(typed: str, asked: str) -> None:
    assert asked_about(typed, parse) == asked
    assert asked_words(asked) is not None


@pytest.mark.parametrize(
    "typed",
    [
        "Why?", "?", "the", "Who?", "Who told whom?", "Kellogg suspended?", "He said no.",
        "Is Iran an ally?", "Did he?", "Iran, Cuba", "“very positive”",
        "Next stop for the American envoys once they're done in Moscow?",
    ],
)  # fmt: skip
def test_what_asks_something_else_stays(typed: str) -> None:
    assert asked_about(typed, parse) == typed


def test_the_plan_has_the_question() -> None:
    assert plan("Tell me about Iran.", parse).text == "What was said about Iran?"


@pytest.mark.parametrize(
    ("typed", "word"),
    [("Iran?", "Iran"), ("tell me about Venezuela", "Venezuela"), ("security guarantees", "guar")],
)
def test_a_subject_typed_as_into_a_search_box_is_answered(
    dateline: Dateline, typed: str, word: str
) -> None:
    answer = dateline.ask(typed)
    assert not answer.abstained
    assert answer.question == typed
    assert word in answer.sentences[0].text


@pytest.mark.parametrize("typed", ["weather in Moscow", "Brazil", "tell me about football"])
def test_a_subject_that_no_article_has_is_declined(dateline: Dateline, typed: str) -> None:
    assert dateline.ask(typed).abstained
