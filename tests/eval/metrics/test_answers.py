from __future__ import annotations

import pytest

from eval.metrics.answers import answers, contains, token_f1, words
from tests.eval.judging import DECLINED, case, judged, reply


def test_words_are_split_as_squad_does() -> None:
    assert words("The U.S., an “ally”") == ["us", "ally"]


@pytest.mark.parametrize(
    ("given", "accepted", "f1"),
    [
        ("Paris", "Paris", 1),
        # One of two words is right, one of one is found.
        ("Paris Rome", "Paris", 2 / 3),
        ("Rome", "Paris", 0),
        ("", "Paris", 0),
    ],
)
def test_f1_of_words(given: str, accepted: str, f1: float) -> None:
    assert token_f1(given, accepted) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("text", "accepted", "there"),
    [
        ("It was Paris, he said.", "paris", True),
        ("It was Parish.", "Paris", False),
        ("5 pm Moscow time", "5 pm", True),
        ("Yes, it was.", "yes", True),
        ("There is no doubt.", "no", False),
        ("Paris", "", False),
    ],
)
def test_an_accepted_answer_is_found_as_whole_words(text: str, accepted: str, there: bool) -> None:
    assert contains(text, accepted) is there


def test_the_short_answer_is_what_exact_match_reads() -> None:
    item = judged(
        case(answers=("Paris",), must=(("he said", "she said"), ("Paris",))),
        reply(text="It was Paris, he said. [1]", short_answer="Paris"),
    )

    assert answers(item) == {"EM": 1, "F1": 1, "contains": 1, "must": 1}


def test_every_group_of_must_has_to_be_there() -> None:
    item = judged(case(must=(("Paris",), ("Rome",))), reply(text="Paris [1]"))

    assert answers(item)["must"] == 0


def test_the_text_is_read_where_there_is_no_short_answer() -> None:
    item = judged(case(answers=("Paris",)), reply(text="Paris, Rome [1]"))

    found = answers(item)

    assert (found["EM"], found["must"]) == (0, None)
    assert found["F1"] == pytest.approx(2 / 3)


def test_declining_what_is_answerable_scores_zero() -> None:
    assert answers(judged(case(answers=("Paris",)), DECLINED))["contains"] == 0
    assert answers(judged(case(answers=("Paris",)), None))["F1"] == 0


def test_an_unanswerable_case_has_no_answer_to_score() -> None:
    assert set(answers(judged(case(answerable=False), reply())).values()) == {None}


def test_a_long_answer_is_never_looked_for_word_for_word() -> None:
    found = answers(judged(case(answers=("word " * 11,)), reply(text="word [1]")))

    assert (found["EM"], found["contains"]) == (None, None)
    # 1 of 1 and 1 of 11.
    assert found["F1"] == pytest.approx(2 / 12)
