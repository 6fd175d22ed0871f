"""Figures for the reader: AUROC, token F1, a calibration by logistic regression."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Rows = np.ndarray[Any, np.dtype[np.float32]]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation + "’‘“”")


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Return the chance that a true one scores above a false one; ties count half."""
    values = np.asarray(scores, dtype=np.float64)
    truth = np.asarray(labels, dtype=bool)
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    yes, no = int(truth.sum()), int((~truth).sum())
    if not yes or not no:
        return float("nan")
    return float((ranks[truth].sum() - yes * (yes + 1) / 2) / (yes * no))


def token_f1(given: str, wanted: Sequence[str]) -> float:
    """Return SQuAD's token F1 against the best of the wanted answers."""
    return max((_f1(_tokens(given), _tokens(want)) for want in wanted), default=0.0)


def _tokens(text: str) -> list[str]:
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def _f1(given: list[str], wanted: list[str]) -> float:
    if not given or not wanted:
        return float(given == wanted)
    shared = (Counter(given) & Counter(wanted)).total()
    if not shared:
        return 0.0
    precision, recall = shared / len(given), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def logistic(features: Array, labels: Array, ridge: float = 1e-2) -> Array:
    """Fit weights, the last one the bias, by Newton's method."""
    rows = np.hstack([features, np.ones((len(features), 1))])
    weights = np.zeros(rows.shape[1])
    penalty = np.full(rows.shape[1], ridge)
    penalty[-1] = 0.0
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (chance - labels) + penalty * weights
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows + np.diag(penalty + 1e-9)
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return np.asarray(weights)


def calibration_error(chances: Sequence[float], labels: Sequence[bool], bins: int = 10) -> float:
    """Return the expected calibration error over equally filled bins."""
    order = np.argsort(np.asarray(chances), kind="stable")
    parts = np.array_split(order, bins)
    values, truth = np.asarray(chances), np.asarray(labels, dtype=np.float64)
    gaps = [len(p) * abs(values[p].mean() - truth[p].mean()) for p in parts if len(p)]
    return float(sum(gaps) / len(values))


def question_only(
    train: Sequence[str], answerable: Sequence[bool], questions: Sequence[str]
) -> list[float]:
    """Score questions by their words alone: what any reader has to beat.

    Logistic regression over words and pairs of words, weighed by rarity.
    """
    seen = Counter(gram for text in train for gram in set(_grams(text)))
    columns = {gram: number for number, gram in enumerate(g for g, c in seen.items() if c > 2)}
    rarity = np.array([np.log(len(train) / seen[gram]) + 1 for gram in columns])
    rows = _rows(train, columns, rarity)
    labels = np.asarray(answerable, dtype=np.float32)
    weights, bias = np.zeros(len(columns), dtype=np.float32), 0.0
    for number in range(120):
        chance = 1.0 / (1.0 + np.exp(-(rows @ weights + np.float32(bias))))
        rate = np.float32(8.0 if number < 80 else 2.0)
        slope = rows.T @ (chance - labels) / np.float32(len(labels))
        weights -= rate * (slope + np.float32(1e-4) * weights)
        bias -= float(rate) * float((chance - labels).mean())
    scores = _rows(questions, columns, rarity) @ weights + bias
    return [float(score) for score in scores]


def _grams(text: str) -> list[str]:
    words = re.findall(r"\w+", text.lower())
    return words + [f"{a} {b}" for a, b in pairwise(words)]


def _rows(texts: Sequence[str], columns: dict[str, int], rarity: Array) -> Rows:
    rows = np.zeros((len(texts), len(columns)), dtype=np.float32)
    for number, text in enumerate(texts):
        for gram in _grams(text):
            if gram in columns:
                rows[number, columns[gram]] += 1
    rows *= rarity.astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-9))
    return rows
