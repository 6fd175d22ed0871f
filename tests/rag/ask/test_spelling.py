from __future__ import annotations

import pytest

from rag.ask.spelling import MOST, misspelt, spelt
from rag.dateline import Dateline
from rag.language import terms

TEXTS = ["Peskov said Cuba matters, and guarantees do.", "Peskov spoke of Cuba and of the tariff."]
HAVE = {stem for text in TEXTS for stem in terms(text)}


def unknown(question: str) -> list[str]:
    return misspelt(question, lambda stem: int(stem in HAVE), lambda word: word == "weather")


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("what did peskow say about cubba?", "what did Peskov say about Cuba?"),
        ("Is a tarrif due?", "Is a tariff due?"),
        ("What did Peskov say about the weather?", "What did Peskov say about the weather?"),
        ("Who guarantors Cuba?", "Who guarantors Cuba?"),
        ("What did Macron say about Cuba?", "What did Macron say about Cuba?"),
        ("What of Pes's tariffs?", "What of Pes's tariffs?"),
    ],
)
def test_a_misspelt_word_is_read_as_the_articles_spell_it(question: str, read: str) -> None:
    assert spelt(question, unknown(question), TEXTS)[0] == read


def test_a_question_in_other_words_is_not_misspelt() -> None:
    words = "Peskof Cubaa tarrif Peskuv"
    assert len(words.split()) > MOST
    assert unknown(words) == []


def test_an_answer_says_how_a_word_was_read(dateline: Dateline) -> None:
    answer = dateline.ask("what did peskow say about cubba?")
    assert not answer.abstained
    assert answer.query == "what did Peskov say about Cuba?"
    assert [item.message for item in answer.notices if item.code == "spelling"] == [
        "“peskow” was read as “Peskov”.",
        "“cubba” was read as “Cuba”.",
    ]
    assert answer.question == "what did peskow say about cubba?"
