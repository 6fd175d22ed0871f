from __future__ import annotations

import pytest

from rag.ask.polarity import chance_of_yes, decide, leaning, negates
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


def test_words_that_deny_speak_against_a_yes() -> None:
    support = Support(0.5, 0.2, 0.3)
    plain = chance_of_yes(ASKED, "Russia and the US discussed arms control.", support)
    denied = chance_of_yes(ASKED, "Russia and the US did not discuss arms control.", support)
    assert 0 < denied < plain < 1
