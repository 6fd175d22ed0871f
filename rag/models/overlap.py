"""The baseline reader: shared words and embeddings, weighed by a logistic regression.

It knows what a passage is about better than what it says. It needs no weights of its own, so it is
also the yardstick for any trained reader.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from rag.language import terms
from rag.models.embedder import Embedder
from rag.models.reader import Vector
from rag.types import Candidate, Reading, Sentence

Span = tuple[int, int]

# Sentences that are embedded for one question, best by words first: bounds the time of an answer.
MAX_EMBEDDED = 48


@dataclass(frozen=True, slots=True)
class Features:
    """What is measured of a sentence for a question; each in [0, 1]."""

    cosine: float
    """Between the embeddings of question and sentence."""
    coverage: float
    """Share of the question's terms in the sentence, weighed by rarity."""
    context: float
    """The same with the title and the neighbouring sentences."""
    kind: float
    """1 when the sentence has the kind of thing asked for (number, time), 0 when not, else 0.5."""


# Fitted on the questions of the newsdesk set's training articles, answerable and near misses, over
# its pool: `python -m rag.models.training.overlap --data FOLDER`. A fifth feature came out with a
# weight of -0.06 and was dropped.
WEIGHTS = Features(cosine=1.953, coverage=0.911, context=1.892, kind=0.349)
BIAS = -3.896


class OverlapReader:
    """Scores sentences by ``Features``; a passage is as answerable as its best sentence."""

    name = "overlap"

    def __init__(
        self, embedder: Embedder, document_frequency: Callable[[str], int], size: Callable[[], int]
    ) -> None:
        self._embedder = embedder
        self._document_frequency = document_frequency
        self._size = size

    @property
    def fingerprint(self) -> str:
        """Checksum of the weights, with the embedder's."""
        weights = json.dumps([astuple(WEIGHTS), BIAS]).encode()
        return f"overlap@{hashlib.sha256(weights).hexdigest()[:12]}+{self._embedder.fingerprint}"

    def warm(self) -> None:
        """Load the embedder."""
        self._embedder.warm()

    def read(
        self,
        question: str,
        candidates: Sequence[Candidate],
        spans: Sequence[Sequence[Span]],
        vector: Vector | None = None,
    ) -> list[Reading]:
        """Score every sentence; only the MAX_EMBEDDED best by words are compared by meaning."""
        features = self.features(question, candidates, spans, vector)
        readings = []
        for passage_spans, rows in zip(spans, features, strict=True):
            scored = tuple(
                Sentence(start=start, end=end, score=probability(row))
                for (start, end), row in zip(passage_spans, rows, strict=True)
            )
            best = max((sentence.score for sentence in scored), default=0.0)
            readings.append(Reading(answerable=best, sentences=scored))
        return readings

    def features(
        self,
        question: str,
        candidates: Sequence[Candidate],
        spans: Sequence[Sequence[Span]],
        vector: Vector | None = None,
        likely: Sequence[Sequence[float]] | None = None,
        most: int = MAX_EMBEDDED,
    ) -> list[list[Features]]:
        """Measure every sentence of every candidate; ``vector`` is the question's embedding.

        Only ``most`` are compared by meaning, those with most of the question's words around them;
        ``likely`` adds to that what is known of each sentence already. The others' cosine is 0.
        """
        rarity = self._rarity(question)
        wanted = _asks_for(question)
        counted = [
            [
                _counted(rarity, wanted, candidate, passage_spans, at)
                for at in range(len(passage_spans))
            ]
            for candidate, passage_spans in zip(candidates, spans, strict=True)
        ]
        worth = [
            [
                row["coverage"] + row["context"] + (likely[at][number] if likely else 0.0)
                for number, row in enumerate(rows)
            ]
            for at, rows in enumerate(counted)
        ]
        cosines = self._cosines(question, candidates, spans, worth, vector, most)
        return [
            [
                Features(cosine=cosines.get((row, at), 0.0), **measured)
                for at, measured in enumerate(rows)
            ]
            for row, rows in enumerate(counted)
        ]

    def _rarity(self, question: str) -> dict[str, float]:
        """Weigh the question's terms by how rare they are: 1 for one that no passage has."""
        size = max(1, self._size())
        most = math.log(1 + 2 * (size + 0.5))
        return {
            term: math.log(1 + (size + 0.5) / (self._document_frequency(term) + 0.5)) / most
            for term in dict.fromkeys(terms(question))
        }

    def _cosines(
        self,
        question: str,
        candidates: Sequence[Candidate],
        spans: Sequence[Sequence[Span]],
        worth: Sequence[Sequence[float]],
        vector: Vector | None,
        most: int,
    ) -> dict[tuple[int, int], float]:
        places = [(row, at) for row, rows in enumerate(worth) for at in range(len(rows))]
        places.sort(key=lambda place: -worth[place[0]][place[1]])
        texts: dict[str, list[tuple[int, int]]] = {}
        for row, at in places:
            text = candidates[row].article.text[slice(*spans[row][at])]
            if text in texts or len(texts) < most:
                texts.setdefault(text, []).append((row, at))
        if vector is None:
            vector = self._embedder.embed([question])[0]
        similar = np.clip(self._embedder.embed(list(texts)) @ vector, 0.0, 1.0)
        return {
            place: float(value)
            for value, same in zip(similar, texts.values(), strict=True)
            for place in same
        }


def probability(features: Features) -> float:
    """Return the logistic of the weighed features."""
    total = BIAS + sum(
        weight * value for weight, value in zip(astuple(WEIGHTS), astuple(features), strict=True)
    )
    return 1 / (1 + math.exp(-total))


def _counted(
    rarity: dict[str, float],
    wanted: re.Pattern[str] | None,
    candidate: Candidate,
    spans: Sequence[Span],
    at: int,
) -> dict[str, float]:
    text = candidate.article.text
    sentence = text[slice(*spans[at])]
    own = set(terms(sentence))
    near = own | set(terms(candidate.article.title))
    for neighbour in spans[max(0, at - 1) : at + 2]:
        near |= set(terms(text[slice(*neighbour)]))
    total = sum(rarity.values()) or 1.0
    return {
        "coverage": sum(weight for term, weight in rarity.items() if term in own) / total,
        "context": sum(weight for term, weight in rarity.items() if term in near) / total,
        "kind": 0.5 if wanted is None else float(bool(wanted.search(sentence))),
    }


_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|"
    r"million|billion|half|third|quarter|first|second|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:january|february|march|april|may|june|july|"
    r"august|september|october|november|december|today|yesterday|tomorrow|week|month|year|soon|"
    r"morning|evening|night|after|before|once|until|when|depend)",
    re.IGNORECASE,
)
_KINDS = (
    (re.compile(r"\bhow (?:many|much|long|old|far|often|high|big|large)\b|\bwhat (?:share|"
                r"percentage|number|proportion)\b|\bpercent\b", re.IGNORECASE), _NUMBER),
    (re.compile(r"\bwhen\b|\bwhat (?:time|day|date|year|month|hour)\b|\b(?:which|in what) "
                r"(?:day|year|month)\b", re.IGNORECASE), _TIME),
)  # fmt: skip


def _asks_for(question: str) -> re.Pattern[str] | None:
    return next((kind for asked, kind in _KINDS if asked.search(question)), None)
