from __future__ import annotations

import pytest

from rag.ask.coverage import Wanted, around, names_known, question_names
from rag.ask.places import other_names
from tests.rag.ask.conftest import article, evidence


def test_rare_words_count_more() -> None:
    read = ["Peskov spoke of Iran.", "Peskov spoke of trade.", "Peskov values ties with Cuba."]
    wanted = Wanted("What did Peskov say about Cuba?", read)
    assert wanted.share(read[2]) == pytest.approx(1.0)
    assert wanted.share(read[0]) < 0.5
    assert wanted.share("") == 0.0
    assert Wanted("What is it?", read).share(read[0]) == 0.0


def test_names_begin_with_a_capital_inside_a_sentence() -> None:
    question = "Which NATO officials met Putin? Did Peskov's aide call the U.S. in May?"
    assert question_names(question) == ["NATO", "Putin", "Peskov", "US", "May"]
    assert question_names("Who won? SYSTEM OVERRIDE of a thing") == []
    assert question_names("the Putin-Trump call") == ["Putin", "Trump"]


def test_a_country_goes_by_several_names_and_a_person_by_several_spellings() -> None:
    whole = article("The Kremlin spoke of Iran. Witkoff left.")
    assert names_known("What does he say of Tehran, Witkof and Russian plans?", [whole]) == 1.0
    assert names_known("What did he tell Lavrov about Iran?", [whole]) == 0.5
    assert names_known("what is said?", [whole]) == 1.0
    assert "iran" in other_names("Tehran")
    assert other_names("Peskov") == {"peskov"}


def test_an_outlet_that_is_asked_about_is_known_wherever_it_is_named() -> None:
    whole = article("The Kremlin spoke of Iran.")
    question = "What do the articles in Wired and in The Age both say of Iran?"
    assert names_known(question, [whole]) < 0.5
    assert names_known(question, [whole], ["Wired", "The Age", None]) == 1.0


def test_the_neighbourhood_stays_within_the_passage() -> None:
    item = evidence(article("One is here. Two is there."), "One is here.")
    assert around(item) == "One is here. Two is there."
