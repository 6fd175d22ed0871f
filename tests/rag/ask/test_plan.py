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
            "Compare Russia-Ukraine talks with US-Iran talks.",
            ("talks between Russia and Ukraine?", "talks between US and Iran?"),
        ),
        (
            "Compare what Lee and Ruiz said about talks between Russia and Ukraine",
            (
                "What did Lee say about talks between Russia and Ukraine?",
                "What did Ruiz say about talks between Russia and Ukraine?",
            ),
        ),
        (
            "Compare how Moscow and Kyiv describe the talks.",
            ("How Moscow describe the talks?", "How Kyiv describe the talks?"),
        ),
        (
            "Compare Lee's and Ruiz's views on the bridge",
            ("Lee's views on the bridge?", "Ruiz's views on the bridge?"),
        ),
        (
            "Compare what Lee said to reporters and what Ruiz said of it.",
            ("what Lee said to reporters?", "what Ruiz said of it?"),
        ),
        (
            "How did the Kremlin's account of a phone call change across the briefings?",
            ("What did the Kremlin say about a phone call?",),
        ),
        (
            "What became of Russia's proposal on guarantees?",
            ("What about Russia's proposal on guarantees?",),
        ),
        (
            "Everything Peskov has said on Iran, across the coverage: sanctions, the nuclear deal",
            (
                "What has Peskov said about Iran: sanctions?",
                "What has Peskov said about Iran: the nuclear deal?",
            ),
        ),
        (
            "List everything the spokesman has said about Cuba.",
            ("What has the spokesman said about Cuba?",),
        ),
        (
            "How did reports of a call between Putin and Trump change?",
            ("What about reports of a call between Putin and Trump?",),
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
        "What is planned between both Russia and Ukraine?",
        "What did Lee say about talks between the leaders of Russia and Ukraine?",
        "What topics will Putin and Trump cover in their Monday phone call?",
        "Who met with Witkoff and when?",
        "What are the first and cautious steps?",
        "How do the articles differ?",
    ],
)
def test_what_is_asked_together_stays_together(question: str) -> None:
    assert plan(question, parse).parts == ()


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What has he said over time about a call?", "What has he said about a call?"),
        ("Is a call planned? What has the Kremlin said over time?", "Is a call planned?"),
        ("Is a call planned? What do the different briefings say?", "Is a call planned?"),
        ("Which roles has he in the different articles?", "Which roles has he?"),
        ("How do the five articles differ?", "How do the five articles differ?"),
        ("What did they say about time travel over time-honoured routes?",
         "What did they say about time travel over time-honoured routes?"),
    ],
)  # fmt: skip
def test_where_to_look_is_no_part_of_what_is_looked_for(question: str, text: str) -> None:
    assert plan(question, parse).text == text


def test_the_parts_are_bounded() -> None:
    names = "Canada, Mexico, China, India, Japan, Brazil and France"
    assert len(plan(f"How did {names} respond?", parse).parts) == MAX_PARTS


def test_a_cut_through_a_quotation_is_no_split() -> None:
    question = 'Did the review of "The Little Mermaid" and its guide judge "Poor Souls" alike?'
    assert all(part.count('"') % 2 == 0 for part in plan(question, parse).parts)
