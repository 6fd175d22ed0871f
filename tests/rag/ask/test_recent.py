from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rag.ask.recent import fresh_first, weighed, within
from rag.ask.select import quote
from rag.types import Candidate, Evidence
from tests.rag.ask.conftest import article, evidence

NOW = datetime(2023, 4, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("Which hurricane knocked out power this week?", 21),
        ("Who won on Monday?", 21),
        ("Who recently won the Masters?", 60),
        ("Which film leads this year's nominations?", 240),
        ("Who won the 2022 Masters?", None),
        ("What did Peskov say about Cuba?", None),
    ],
)
def test_what_a_question_calls_new_has_an_age(question: str, days: int | None) -> None:
    assert within(question) == (None if days is None else timedelta(days=days))


def told(text: str, days: int | None, score: float = 0.5) -> Evidence:
    whole = article(text, id=text.replace(" ", "-").rstrip("."))
    published = None if days is None else NOW - timedelta(days=days)
    item = evidence(replace(whole, published_at=published), text, score)
    passage = replace(item.candidate.passage, id=text)
    return replace(item, candidate=replace(item.candidate, passage=passage))


def test_older_articles_weigh_less_and_undated_ones_as_much() -> None:
    read = [told("Scheffler won.", 370, 0.6), told("Rahm won.", 4), told("One won.", None, 0.4)]
    found = weighed(read, timedelta(days=21), NOW)
    assert [quote(item) for item in found] == ["Rahm won.", "One won.", "Scheffler won."]
    assert [round(item.answerable, 2) for item in found] == [0.5, 0.4, 0.25]


def test_half_of_the_places_go_to_fresh_passages() -> None:
    old: list[Candidate] = [told(f"Old {n} won.", 370).candidate for n in range(4)]
    new = [told(f"New {n} won.", 2).candidate for n in range(3)]
    found = fresh_first([*old, *new], 4, timedelta(days=21), NOW)
    assert [item.passage.text for item in found] == [
        "Old 0 won.", "Old 1 won.", "New 0 won.", "New 1 won.",
    ]  # fmt: skip
    assert len(fresh_first(old, 3, timedelta(days=21), NOW)) == 3
