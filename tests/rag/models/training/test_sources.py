from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from rag.models.training.batches import IGNORED, ROWS, plan, sources, tensors
from rag.models.training.examples import (
    CONTRADICTED,
    NO_STRING,
    NOT_STATED,
    SUPPORTED,
    UNLABELLED,
    Unit,
)
from rag.models.training.sources import News

SEEDS = range(12)


@pytest.fixture(scope="module")
def news(data: Path) -> News:
    return News.newsdesk(data / "newsdesk")


def units(news: News, kind: str) -> list[Unit]:
    return [unit for seed in SEEDS for unit in getattr(news, kind)(Random(seed)) if unit]


def test_held_out_articles_are_never_read(news: News) -> None:
    assert len(news.texts) == 2
    assert {q["id"] for q in news.questions} == {"q1", "q2", "q3", "q4"}


def test_what_answers_holds_the_evidence_and_nothing_else_does(news: News) -> None:
    told = {
        "How many people lost their jobs?": "40 people lost their jobs",
        "Did the union support the plan?": "did not support",
        "What does a ticket cost?": "30 euros",
    }
    made = units(news, "ask")
    assert {example.question for unit in made for example in unit} >= set(told)
    for unit in made:
        for example in unit:
            quote = told.get(example.question)
            assert example.answerable == (quote is not None and quote in example.window.text)
            if example.answerable:
                assert 1 in example.sentences
            else:
                assert set(example.sentences) == {0}


def test_the_answer_is_where_it_is_said_to_be(news: News) -> None:
    answers = {
        example.question: example.window.text[slice(*example.answer)]
        for unit in units(news, "ask")
        for example in unit
        if example.answer not in (None, NO_STRING)
    }
    assert answers == {
        "How many people lost their jobs?": "40",
        "What does a ticket cost?": "30 euros",
    }


def test_yes_or_no_questions_and_claims_have_verdicts(news: News) -> None:
    asked = {(e.question, e.answerable): e.verdict for u in units(news, "ask") for e in u}
    assert asked["Did the union support the plan?", True] == CONTRADICTED
    assert asked["Did the union support the plan?", False] == NOT_STATED
    assert asked["What does a ticket cost?", True] == UNLABELLED
    claimed = {(e.question, e.answerable): e.verdict for u in units(news, "claim") for e in u}
    assert claimed["Forty people lost their jobs.", True] == SUPPORTED
    assert claimed["Forty people lost their jobs.", False] == NOT_STATED
    assert claimed["The union backed the plan.", True] == CONTRADICTED
    assert claimed["The captain is 50.", False] == NOT_STATED


def test_altered_sentences_come_in_pairs_over_one_window(news: News) -> None:
    made = units(news, "altered")
    assert len(made) > 10
    for true, false, *other in made:
        assert (true.verdict, false.verdict) == (SUPPORTED, CONTRADICTED)
        assert true.window == false.window
        assert true.question != false.question
        assert [example.verdict for example in other] in ([], [NOT_STATED])


def test_an_answer_and_a_wrong_one_become_claims(news: News) -> None:
    made = units(news, "answered")
    assert made
    for right, wrong in made:
        assert (right.verdict, wrong.verdict) == (SUPPORTED, CONTRADICTED)
        assert right.question.endswith((" 40.", " 30 euros."))
        assert not wrong.question.endswith((" 40.", " 30 euros."))


def test_the_plan_is_the_same_each_time_and_full_of_batches(data: Path) -> None:
    every = sources(data, data / "newsroom.jsonl", data / "newsroom_stories.jsonl")
    first, again = plan(every, 7), plan(every, 7)
    for _ in range(12):
        batch = next(first)
        assert batch == next(again)
        assert 0 < sum(map(len, batch)) <= ROWS
    other = plan(every, 8)
    assert [next(other) for _ in range(3)] != [next(again) for _ in range(3)]


def test_a_plan_without_data_ends() -> None:
    assert list(plan({"newsdesk": []}, 1)) == []


def test_tensors_carry_the_labels(news: News) -> None:
    unit = next(u for u in units(news, "ask") if u[0].question == "What does a ticket cost?")
    claim = next(u for u in units(news, "claim") if u[0].verdict == SUPPORTED)
    batch, labels = tensors([unit, claim])
    rows = len(unit) + len(claim)
    assert batch.ids.shape[0] == rows == len(labels.verdict)
    assert labels.unit.tolist() == [0] * len(unit) + [1] * len(claim)
    assert labels.verdict[0] == IGNORED
    assert labels.verdict[len(unit)] == SUPPORTED
    start, end = int(labels.start[0]), int(labels.end[0])
    assert 0 < start <= end
    assert labels.start[1] == 0
    assert labels.sentences[0].max() == 1
