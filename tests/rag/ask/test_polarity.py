from __future__ import annotations

import pytest

from rag.ask.polarity import chance_of_yes, decide, ends, leaning, negates
from rag.models.reader import Support

ASKED = "Did Russia and the US discuss arms control?"


@pytest.mark.parametrize(
    ("question", "sentence", "negated"),
    [
        (ASKED, "Arms control has yet to be discussed by Russia and the US.", True),
        (ASKED, "Russia and the US discussed arms control on Friday.", False),
        (
            "Is a call planned?",
            "He denied reports of a call, saying no contacts are planned.",
            True,
        ),
        ("Did Biden speak out?", "This must never happen again, Biden said, speaking out.", False),
        ("Did the West refuse to give guarantees?", "The West refused to give guarantees.", False),
        ("Did the West not give guarantees?", "The West did not give guarantees.", False),
        ("Are the sanctions legal?", "Russia considers the sanctions illegal.", True),
        ("Are the sanctions illegal?", "Russia considers the sanctions legal.", True),
        ("Did the union inform members?", "The union informed its members.", False),
        ("Was the suit dismissed?", "Musk won the dismissal of the suit.", False),
    ],
)
def test_a_negation_or_denial_that_the_question_lacks_makes_it_a_no(
    question: str, sentence: str, negated: bool
) -> None:
    assert negates(question, sentence) is negated
    assert decide(question, sentence) == ("No" if negated else None)
    assert leaning(question, sentence) == ("No" if negated else "Yes")


@pytest.mark.parametrize(
    ("support", "verdict"),
    [
        (Support(0.8, 0.1, 0.1), "Yes"),
        (Support(0.1, 0.8, 0.1), "No"),
        (Support(0.4, 0.4, 0.2), None),
    ],
)
def test_a_sure_judge_decides(support: Support, verdict: str | None) -> None:
    sentence = "Russia and the US discussed arms control."
    assert decide(ASKED, sentence, support) == verdict
    assert leaning(ASKED, sentence, support) == (verdict or "Yes")


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (
            "Has Ukraine agreed to a deal?",
            "Ukraine had agreed to “90%” of a deal, but key issues remain unresolved.",
        ),
        (
            "Will Western companies return?",
            "Asked about the possibility of Western companies returning, he said they had left.",
        ),
    ],
)
def test_what_is_taken_back_or_only_asked_makes_no_yes(question: str, sentence: str) -> None:
    assert decide(question, sentence, Support(0.9, 0.05, 0.05)) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "Ukraine had agreed to a deal, but only after weeks.",
        "Asked about Ukraine, he said it had agreed to a deal.",
    ],
)
def test_a_turn_without_a_denial_takes_nothing_back(sentence: str) -> None:
    question = "Has Ukraine agreed to a deal?"
    assert decide(question, sentence, Support(0.9, 0.05, 0.05)) == "Yes"


def test_a_word_with_a_prefix_that_reverses_it_is_a_no_whatever_the_judge_says() -> None:
    sure = Support(0.9, 0.05, 0.05)
    assert decide("Are the sanctions legal?", "They call the sanctions illegal.", sure) == "No"
    assert decide("Are the sanctions legal?", "The sanctions are not illegal.", sure) is None
    assert decide("Are the sanctions legal?", "The sanctions are legal.", sure) == "Yes"


def test_words_that_deny_speak_against_a_yes() -> None:
    support = Support(0.5, 0.2, 0.3)
    plain = chance_of_yes(ASKED, "Russia and the US discussed arms control.", support)
    denied = chance_of_yes(ASKED, "Russia and the US did not discuss arms control.", support)
    assert 0 < denied < plain < 1


def test_a_yes_is_the_likelier_the_surer_it_is_that_the_passage_answers() -> None:
    said, support = "Russia and the US discussed arms control.", Support(0.5, 0.2, 0.3)
    chances = [chance_of_yes(ASKED, said, support, sure) for sure in (0.0, 0.3, 0.9, 1.0)]
    assert chances == sorted(chances)
    assert chances[0] < chances[-1]
    denied = "Russia and the US did not discuss arms control."
    assert chance_of_yes(ASKED, denied, support, 0.1) == chance_of_yes(ASKED, denied, support, 0.9)


@pytest.mark.parametrize(
    ("question", "ended"),
    [
        ("Is Kellogg still negotiating with Russia?", True),
        ("Was Kellogg suspended from negotiations?", False),
        ("Did the Kremlin suspend Kellogg?", False),
        ("Did Moscow ask for Kellogg's removal from negotiations?", False),
        ("Was Kellogg kicked out?", False),
        ("Did Trump fire Kellogg?", False),
        ("Is the cease-fire in place?", True),
        ("Will the fire brigade stay until the end of May?", True),
        ("Does Putin want to end the war?", True),
        ("Is Kellogg still at the talks he was removed from?", True),
    ],
)
def test_a_denied_end_denies_nothing_else(question: str, ended: bool) -> None:
    told = "Peskov refuted reports that Kellogg was suspended from negotiations with Russia."
    assert ends(question, told) is ended
