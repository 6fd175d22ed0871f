from __future__ import annotations

import pytest

from rag.ask.kinds import Kind, kind_of
from rag.ask.plan import MAX_PARTS, plan
from rag.attribution.parser import parse


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who travels with Witkoff?", "fact"),
        ("At what time, Moscow time, is the call?", "fact"),
        ("Who said the Kremlin had asked for the meeting?", "speaker"),
        ("Quote Peskov on fakes and rumors.", "quote"),
        ("What exactly did Peskov say about Iran?", "quote"),
        ("Is a call planned?", "yes_no"),
        ("And did Russia agree?", "yes_no"),
        ("After the talks in Istanbul, was a call planned?", "yes_no"),
        ("How did the Kremlin's tone change over time?", "change"),
        ("What became of the proposal on guarantees?", "change"),
        ("How do Moscow and Kyiv differ on guarantees?", "compare"),
        ("What do the different briefings say about a call?", "compare"),
        ("Which is higher, the price in May or the one in June?", "compare"),
        ("Tolls: set the mayor's view next to the governor's.", "compare"),
        ("Guarantees come up in several pieces: for whom in each?", "compare"),
        ("Trace what was said about the bridge.", "change"),
        ("The trip to Rome: confirmed or denied?", "change"),
        ("In what words did he refuse?", "quote"),
        ("Which automakers recalled cars?", "several"),
        ("List the steps of the Bank of England.", "several"),
        ("Which country's envoy came?", "fact"),
    ],
)
def test_the_kind_is_told_by_its_words(question: str, kind: Kind) -> None:
    assert kind_of(question) == kind


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "How did Canada, Mexico and China respond to the tariffs?",
            (
                "How did Canada respond to the tariffs?",
                "How did Mexico respond to the tariffs?",
                "How did China respond to the tariffs?",
            ),
        ),
        (
            "What did Ukraine agree to, and what was left according to Witkoff?",
            ("What did Ukraine agree to?", "what was left according to Witkoff?"),
        ),
        (
            "What do the articles report about Russia's stance on Venezuela and on Cuba?",
            (
                "What do the articles report about Russia's stance on Venezuela?",
                "What do the articles report on Cuba?",
            ),
        ),
        (
            "Compare what Russia says about sanctions with what it says about a strike.",
            ("what Russia says about sanctions?", "what Russia says about a strike?"),
        ),
        (
            "Is the call between Putin and Trump planned? What do the different briefings say?",
            ("Is the call between Putin and Trump planned?",),
        ),
        (
            "How did the Kremlin's account of a phone call change across the briefings?",
            ("What did Kremlin say about a phone call?",),
        ),
        (
            "What became of Russia's proposal on guarantees?",
            ("What about Russia's proposal on guarantees?",),
        ),
    ],
)
def test_a_question_for_several_things_is_split(question: str, parts: tuple[str, ...]) -> None:
    assert plan(question, parse).parts == parts


@pytest.mark.parametrize(
    "question",
    [
        "When did Putin and Trump last talk by phone?",
        "What is planned between Putin and Trump?",
        "Who met with Witkoff and when?",
        "What are the first and cautious steps?",
        "How do the articles differ?",
    ],
)
def test_what_is_asked_together_stays_together(question: str) -> None:
    assert plan(question, parse).parts == ()


def test_the_parts_are_bounded() -> None:
    names = "Canada, Mexico, China, India, Japan, Brazil and France"
    assert len(plan(f"How did {names} respond?", parse).parts) == MAX_PARTS


def test_a_cut_through_a_quotation_is_no_split() -> None:
    question = 'Did the review of "The Little Mermaid" and its guide judge "Poor Souls" alike?'
    assert all(part.count('"') % 2 == 0 for part in plan(question, parse).parts)
