from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from rag.models.training.examples import Unit, newsroom
from rag.models.training.sources import News
from rag.models.training.stories import Stories


def asked(stories: Stories) -> list[Unit]:
    return list(stories.ask(Random(1)))


@pytest.fixture
def articles(data: Path) -> Path:
    return data / "news26k" / "articles.jsonl.gz"


def test_each_article_with_evidence_answers_and_held_out_stories_are_not_read(data: Path) -> None:
    stories = Stories.newsdesk(data / "newsdesk")
    # A comparison, a turn of a chat, two days, and one that is not answered.
    assert len(stories.questions) == 5
    compared = asked(stories)[0]
    right = [example.window.document for example in compared if example.answerable]
    assert len(set(right)) == len(right) == 2
    for unit in asked(stories):
        for example in unit:
            assert example.answerable == (1 in example.sentences)


def test_what_answers_on_another_day_is_no_negative(data: Path) -> None:
    stories = Stories.newsdesk(data / "newsdesk")
    for question, evidence, others in stories.questions:
        taken = {**others, **evidence}
        for example in (e for unit in asked(stories) for e in unit if e.question == question):
            if not example.answerable:
                assert not example.window.overlaps(taken.get(example.window.document, ()))


def test_our_annotations_are_read_by_offsets(data: Path, articles: Path) -> None:
    stories = Stories.newsroom(articles, data / "newsroom_stories.jsonl")
    (unit,) = asked(stories)
    assert sum(example.answerable for example in unit) == 2

    _, questions, claims = newsroom(articles, data / "newsroom.jsonl")
    owner, union, near = questions
    assert (owner["type"], owner["answer"]) == ("fact", "Ana Reis")
    assert owner["cut"]
    assert (union["type"], union["answer"], union["cut"]) == ("yesno", "no", None)
    assert not near["evidence"]
    assert claims[0]["label"] == "supported"
    news = News.newsroom(articles, data / "newsroom.jsonl")
    assert len(list(news.ask(Random(1)))) == 3


def test_an_article_that_is_not_there_is_named(data: Path, articles: Path, tmp_path: Path) -> None:
    other = tmp_path / "rows.jsonl"
    other.write_text('{"kind": "near_miss", "doc_id": "gone", "question": "?", "evidence": []}\n')
    with pytest.raises(KeyError, match="gone"):
        newsroom(articles, other)
