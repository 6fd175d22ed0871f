from __future__ import annotations

from random import Random

import pytest

from rag.models.training.alter import altered, names, other_number, reworded, stated

SENTENCE = (
    "On Tuesday, Ana Reis said that 40 workers (all from Porto) did not support the new plan, "
    "which may cost seven percent more."
)


def test_an_altered_sentence_differs_in_one_place_and_a_reworded_one_keeps_its_facts() -> None:
    made = {altered(SENTENCE, ["Rui Alves", "Lisbon"], Random(seed)) for seed in range(60)}
    assert None not in made
    assert SENTENCE not in made
    assert len(made) > 15
    for text in made:
        assert text is not None
        kept = set(SENTENCE.split()) & set(text.split())
        assert len(kept) > 0.75 * len(set(SENTENCE.split()))


def test_reworded_sentences_keep_names_and_numbers() -> None:
    made = {reworded(SENTENCE, Random(seed)) for seed in range(60)}
    assert SENTENCE in made
    assert len(made) > 4
    for text in made:
        assert "Ana Reis" in text
        assert "40 workers" in text
        assert "did not support" in text or "didn't support" in text


def test_nothing_to_alter_gives_none() -> None:
    assert altered("Quite so indeed", [], Random(1)) is None


@pytest.mark.parametrize("number", ["7", "40", "2019", "1,250", "16.8", "0.0", "100"])
def test_another_number_is_another_number(number: str) -> None:
    for seed in range(30):
        made = other_number(number, Random(seed))
        assert made != number
        assert float(made.replace(",", "")) != float(number.replace(",", ""))


def test_names_leave_out_what_only_opens_a_sentence() -> None:
    text = "Workers left. The mayor of Porto met Ana Reis on Monday. Ana Reis spoke."
    assert names(text) == ["Porto", "Ana Reis"]


@pytest.mark.parametrize(
    ("question", "answer", "claim"),
    [
        ("Who won the race?", "Ana Reis", "Ana Reis won the race."),
        ("Which city is the largest?", "porto", "Porto is the largest."),
        ("Who did she meet?", "Rui Alves", "Who did she meet? Rui Alves."),
        ("When did it close?", "in 2019.", "When did it close? in 2019."),
    ],
)
def test_question_and_answer_become_a_claim(question: str, answer: str, claim: str) -> None:
    assert stated(question, answer) == claim
