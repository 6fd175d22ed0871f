from __future__ import annotations

from dataclasses import replace

import pytest

from rag.ask.attribute import attribute
from rag.ask.said import Said, asked_words, asks_for_one, weighed
from rag.ask.select import quote
from tests.rag.ask.conftest import article, evidence


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What did Peskov say about Cuba?", Said("Peskov", "Cuba")),
        ("And what has the Kremlin said on Iran", Said("the Kremlin", "Iran")),
        ("What did Ann Lee tell reporters about the vote?", Said("Ann Lee", "the vote")),
        ("How did Peskov describe the meeting?", Said("Peskov", "the meeting")),
        ("What is Russia's position on the deal?", Said("Russia", "the deal")),
        ("What did Peskov deny?", Said("Peskov", "", denied=True)),
        ("Which media reports did Peskov deny?", Said("Peskov", "", denied=True, every=True)),
        (
            "Which rumours about a call has the Kremlin knocked down?",
            Said("the Kremlin", "a call", denied=True, every=True),
        ),
        ("What claims were rejected by Ann Lee?", Said("Ann Lee", "", denied=True, every=True)),
        (
            "Across the briefings, list the press stories Peskov waved away.",
            Said("Peskov", "", denied=True, every=True),
        ),
        (
            "List the claims about Cuba that Peskov has dismissed.",
            Said("Peskov", "Cuba", denied=True, every=True),
        ),
        ("List everything Peskov denied.", Said("Peskov", "", denied=True, every=True)),
        ("List everything Peskov did.", None),
        ("Which reports did Peskov read?", None),
        ("What did Putin say?", Said("Putin", "")),
        ("What is the view of the bank on rates?", Said("the bank", "rates")),
        (
            "When does it begin, according to Peskov?",
            Said("Peskov", "", asked="When does it begin"),
        ),
        ("According to Peskov, what is illegal?", Said("Peskov", "", asked="what is illegal")),
        ("What did Russia propose?", None),
        ("Who said so about Cuba?", None),
        ("What was said about Cuba?", Said("", "Cuba")),
        ("What has been said about the vote", Said("", "the vote")),
        ("What is being said about Cuba?", Said("", "Cuba")),
        ("What did officials say about the tariffs?", Said("", "the tariffs")),
        ("Who else said something about Cuba?", Said("", "Cuba")),
        ("Who commented on Cuba?", Said("", "Cuba")),
        ("Did anyone comment on the vote?", Said("", "the vote")),
        ("How have the mayor's statements about a call changed?", None),
    ],
)
def test_who_is_to_have_spoken_and_about_what(question: str, asked: Said | None) -> None:
    assert asked_words(question) == asked


TEXT = (
    "Kremlin spokesman Dmitry Peskov said the vote was fair. Steve Witkoff said the vote was bad. "
    "Peskov denied that the vote was late. Nobody came."
)
FAIR, BAD, LATE, NOBODY = (f"{part}." for part in TEXT.rstrip(".").split(". "))


def heard(question: str) -> list[tuple[str, float]]:
    whole = article(TEXT)
    asked = asked_words(question)
    assert asked is not None
    read = [evidence(whole, said, 0.4) for said in (BAD, NOBODY, FAIR, LATE)]
    return [(quote(item), item.answerable) for item in weighed(read, asked, attribute)]


@pytest.mark.parametrize("who", ["Peskov", "the Kremlin", "Moscow", "Dmitry Peskov"])
def test_what_the_one_who_is_asked_for_says_goes_before_the_rest(who: str) -> None:
    found = heard(f"What did {who} say about the vote?")
    assert {said for said, _ in found[:2]} == {FAIR, LATE}
    assert all(sure > 0.4 for _, sure in found[:2])
    assert [sure for _, sure in found[2:]] == [0.4, 0.4]


@pytest.mark.parametrize(
    ("who", "hers"),
    [("Ann Obama", True), ("Annie Obama", True), ("Barack Obama", False), ("Obama", True),
     ("President Obama", True), ("the lawyer Obama", True), ("Ann Lee", False)],
)  # fmt: skip
def test_namesakes_are_told_apart_by_their_first_names(who: str, hers: bool) -> None:
    whole = article("Ann Obama said the vote was fair.")
    asked = asked_words(f"What did {who} say about the vote?")
    assert asked is not None
    (item,) = weighed([evidence(whole, whole.text, 0.4)], asked, attribute)
    assert (item.answerable > 0.4) == hers


def test_what_has_all_of_the_subject_is_not_left_unsaid_and_others_lend_no_short_answer() -> None:
    whole = article(TEXT)
    asked = asked_words("What did Peskov say about a fair vote?")
    assert asked is not None
    read = [replace(evidence(whole, said, 0.01), answer=(0, 7)) for said in (BAD, FAIR)]
    found = {quote(item): item for item in weighed(read, asked, attribute)}
    assert found[FAIR].answerable == 0.5
    assert found[FAIR].answer == (0, 7)
    assert found[BAD].answer is None


def test_a_denial_goes_first_where_one_is_asked_for() -> None:
    assert heard("What did Peskov deny?")[0][0] == LATE


def test_whoever_is_nowhere_in_an_article_says_nothing_in_it() -> None:
    assert all(sure < 0.02 for _, sure in heard("What did Macron say about the vote?"))
    assert all(sure == 0.4 for _, sure in heard("What did the harbour say about the vote?"))


def test_asked_for_all_that_somebody_rejects_nothing_else_is_given() -> None:
    assert [said for said, _ in heard("Which reports did Peskov deny?")] == [LATE]
    assert [said for said, _ in heard("Which reports about the vote did Peskov deny?")] == [LATE]
    nobody = heard("Which reports did Witkoff deny?")
    assert [said for said, _ in nobody] == [BAD, NOBODY, FAIR, LATE]
    assert all(sure < 0.1 for _, sure in nobody)


def test_a_subject_that_the_article_does_not_have_makes_it_less_sure() -> None:
    found = dict(heard("What did Peskov say about the weather?"))
    assert found[FAIR] < 0.2
    assert found[BAD] == 0.4


@pytest.mark.parametrize(
    ("question", "one"),
    [
        ("When is the call?", True),
        ("Who won the vote?", True),
        ("What did Peskov say about the vote?", False),
        ("Why was the vote late?", False),
    ],
)
def test_of_words_and_reasons_there_may_be_many(question: str, one: bool) -> None:
    assert asks_for_one(question) == one
