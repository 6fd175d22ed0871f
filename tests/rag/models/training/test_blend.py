from __future__ import annotations

import numpy as np

from rag.models.training.blend import _choose, _platt, _weigh

CHANCE = np.random.default_rng(7)


def test_the_choice_is_learnt_within_a_question_whatever_sets_questions_apart() -> None:
    rows, marks = [], []
    for _ in range(80):
        hard = CHANCE.normal() * 10  # the same for all of its sentences
        x = np.column_stack([CHANCE.normal(size=6), np.full(6, hard)])
        rows.append(x)
        marks.append(np.arange(6) == int(np.argmax(x[:, 0])))
    told, apart = _choose(rows, marks)
    assert told > 1
    assert abs(apart) < 0.01


def test_a_question_without_evidence_teaches_nothing() -> None:
    x = CHANCE.normal(size=(4, 2))
    assert np.allclose(_choose([x], [np.zeros(4, dtype=bool)]), 0)


def test_no_weight_of_the_confidence_is_negative() -> None:
    x = CHANCE.normal(size=(400, 2))
    labels = (x[:, 0] - x[:, 1] + CHANCE.normal(size=400) > 0).astype(float)
    helps, hurts, bias = _weigh(x, labels, np.ones(400))
    assert helps > 0.5
    assert hurts == 0
    assert abs(bias) < 0.5


def test_scaled_log_odds_are_as_often_right_as_they_say() -> None:
    logits = CHANCE.normal(size=4_000) * 3
    labels = CHANCE.random(4_000) < 1 / (1 + np.exp(-(0.5 * logits + 1)))
    scale, bias = _platt(logits, labels)
    assert abs(scale - 0.5) < 0.08
    assert abs(bias - 1) < 0.15
