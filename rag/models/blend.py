"""The default reader: a cross-encoder that reads, weighed with shared words and embeddings.

The cross-encoder alone is small and trained on little; the overlap features are blind to what is
said but sure of what it is about. Two logistic regressions, fitted on articles that the
cross-encoder was not trained on, weigh both: one says which sentence is evidence, the other, of the
best sentence, whether it answers the question.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

from rag.models.cross_encoder import CrossEncoderReader
from rag.models.overlap import Features, OverlapReader
from rag.models.reader import Vector
from rag.types import Candidate, Reading

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each log-odds of the cross-encoder and each feature weighs."""

    sentence: float
    answerable: float
    features: Features
    bias: float

    def probability(self, sentence: float, answerable: float, features: Features) -> float:
        """Return the logistic of the weighed inputs."""
        total = (
            self.bias
            + self.sentence * log_odds(sentence)
            + self.answerable * log_odds(answerable)
            + sum(
                weight * value
                for weight, value in zip(astuple(self.features), astuple(features), strict=True)
            )
        )
        return 1 / (1 + math.exp(-total))


# Both fitted by `python -m rag.models.training.blend --data FOLDER`; figures in docs/reader.md.
EVIDENCE = Weights(
    sentence=0.763,
    answerable=0.080,
    features=Features(cosine=3.398, coverage=1.581, context=-1.195, kind=0.091),
    bias=-1.458,
)
CONFIDENCE = Weights(
    sentence=0.060,
    answerable=0.443,
    features=Features(cosine=1.599, coverage=0.626, context=-0.350, kind=0.097),
    bias=-0.374,
)
_EDGE = 1e-4
"""Probabilities are kept this far from 0 and 1, where log-odds have no end."""


class BlendReader:
    """Scores sentences by EVIDENCE, and the passage by CONFIDENCE in its best sentence."""

    name = "blend"

    def __init__(self, cross_encoder: CrossEncoderReader, overlap: OverlapReader) -> None:
        self._cross_encoder = cross_encoder
        self._overlap = overlap

    @property
    def fingerprint(self) -> str:
        """Checksum of the weights, with those of the two readers."""
        weights = hashlib.sha256(
            json.dumps([astuple(EVIDENCE), astuple(CONFIDENCE)]).encode()
        ).hexdigest()[:12]
        return f"blend@{weights}+{self._cross_encoder.fingerprint}+{self._overlap.fingerprint}"

    def warm(self) -> None:
        """Load both."""
        self._cross_encoder.warm()
        self._overlap.warm()

    def read(
        self,
        question: str,
        candidates: Sequence[Candidate],
        spans: Sequence[Sequence[Span]],
        vector: Vector | None = None,
    ) -> list[Reading]:
        """Read with both and weigh what they say; the short answer is the cross-encoder's."""
        readings = self._cross_encoder.read(question, candidates, spans)
        features = self._overlap.features(question, candidates, spans, vector)
        return [_blended(reading, rows) for reading, rows in zip(readings, features, strict=True)]


def log_odds(probability: float) -> float:
    """Return log(p / (1 - p)), bounded."""
    kept = min(max(probability, _EDGE), 1 - _EDGE)
    return math.log(kept / (1 - kept))


def _blended(reading: Reading, rows: Sequence[Features]) -> Reading:
    sentences = tuple(
        replace(sentence, score=EVIDENCE.probability(sentence.score, reading.answerable, row))
        for sentence, row in zip(reading.sentences, rows, strict=True)
    )
    if not sentences:
        return replace(reading, answerable=0.0)
    best = max(range(len(sentences)), key=lambda at: sentences[at].score)
    answerable = CONFIDENCE.probability(
        reading.sentences[best].score, reading.answerable, rows[best]
    )
    return Reading(answerable=answerable, sentences=sentences, answer=reading.answer)
