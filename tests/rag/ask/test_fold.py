from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from rag.ask.fold import fold
from rag.types import Candidate, Passage
from tests.rag.ask.conftest import article

STORY = "The harbour will close on Friday for 3 weeks, Mayor Ana Ruiz told the city council."


def candidate(
    name: str, text: str, score: float, *, day: int | None = 1, cluster: str = "c"
) -> Candidate:
    when = None if day is None else datetime(2025, 3, day, tzinfo=UTC)
    owner = replace(article(text, id=name), cluster_id=cluster, published_at=when)
    passage = Passage(
        id=f"{name}:1:0-{len(text)}", article_id=name, version=1, start=0, end=len(text), text=text
    )
    return Candidate(passage=passage, article=owner, score=score)


def names(*candidates: Candidate, limit: int = 9) -> list[str]:
    return [item.article.id for item in fold(candidates, limit)]


def test_the_earliest_stands_in_the_place_of_the_best() -> None:
    kept = fold(
        [
            candidate("late", STORY, 0.9, day=3),
            candidate("other", "Quite another thing happened.", 0.8, cluster="d"),
            candidate("early", STORY, 0.7, day=2),
            candidate("undated", STORY, 0.6, day=None),
        ],
        9,
    )
    assert [(item.article.id, item.score) for item in kept] == [("early", 0.9), ("other", 0.8)]


def test_a_shortened_reprint_is_folded() -> None:
    assert names(candidate("a", STORY, 0.9), candidate("b", STORY[:60], 0.8)) == ["a"]


def test_what_a_reprint_adds_stays() -> None:
    more = "The ferry will run every ten minutes until the bridge is repaired."
    assert names(candidate("a", STORY, 0.9), candidate("b", more, 0.8)) == ["a", "b"]


def test_a_reprint_with_another_number_stays() -> None:
    later = STORY.replace("3 weeks", "5 weeks")
    assert names(candidate("a", STORY, 0.9), candidate("b", later, 0.8)) == ["a", "b"]


def test_the_same_words_in_another_cluster_stay() -> None:
    assert names(candidate("a", STORY, 0.9), candidate("b", STORY, 0.8, cluster="d")) == ["a", "b"]


def test_an_article_is_no_reprint_of_itself() -> None:
    assert names(candidate("a", STORY, 0.9), candidate("a", STORY, 0.8)) == ["a", "a"]


def test_the_limit_counts_what_is_kept() -> None:
    found = [candidate("a", STORY, 0.9), candidate("b", STORY, 0.8)]
    found += [candidate(str(n), f"Report number {n}.", 0.1, cluster=str(n)) for n in range(5)]
    assert names(*found, limit=3) == ["a", "0", "1"]


def test_passages_of_one_word_are_compared_too() -> None:
    assert names(candidate("a", "Yes.", 0.9), candidate("b", "Yes.", 0.8)) == ["a"]
    assert names(candidate("a", "Yes.", 0.9), candidate("b", "No.", 0.8)) == ["a", "b"]
