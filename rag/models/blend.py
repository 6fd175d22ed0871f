"""The default reader: a cross-encoder that reads, weighed with shared words and embeddings.

The cross-encoder is small; the overlap features are blind to what is said but sure of what it is
about. Two logistic regressions, fitted on articles that the cross-encoder was not trained on, weigh
both: one says which sentence is evidence, the other, of a passage's best sentence, whether it
answers the question. Their weights stand in the `config.json` of the reader's weights.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields, replace
from typing import Any

from rag.errors import ModelDamaged
from rag.models.calibration import sigmoid
from rag.models.cross_encoder import CrossEncoderReader
from rag.models.overlap import Features, OverlapReader
from rag.models.raw import Raw
from rag.models.reader import Vector
from rag.types import Candidate, Reading

Span = tuple[int, int]

LARGEST = 10.0
"""Logits are bounded by this; beyond it the network is only surer of the same."""


LIKELY = 16
"""Sentences that are compared with the question by meaning too; embedding more takes longer than
reading them."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is known of a sentence for a question."""

    sentence: float
    """The cross-encoder's logit that it is evidence."""
    answerable: float
    """And that its passage states the answer."""
    span: float
    """By how much its passage's span beats "no span", if the span is in it; else 0."""
    cosine: float
    coverage: float
    context: float
    kind: float
    """These four as in `overlap.Features`."""
    named: float
    """Share of the question's names and numbers that passage and title have."""


@dataclass(frozen=True, slots=True)
class Standing(Inputs):
    """The same with how the sentence stands among all that were read."""

    lead: float
    """Its evidence log-odds above those of the best other sentence."""
    rank: float
    """1 for the passage that retrieval put first, 1/2 for the second, and so on."""
    decided: float
    """Log-odds that the passage decides a yes-or-no question; 0 for other questions."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression over inputs."""

    inputs: tuple[float, ...]
    bias: float

    @classmethod
    def of(cls, named: Mapping[str, float], kind: type[Inputs]) -> Weights:
        """Read them by the names of the inputs; raises KeyError when one is missing."""
        return cls(tuple(float(named[f.name]) for f in fields(kind)), float(named["bias"]))

    def logit(self, inputs: Inputs) -> float:
        """Return the weighed sum."""
        values: tuple[float, ...] = astuple(inputs)
        return self.bias + sum(w * value for w, value in zip(self.inputs, values, strict=True))


class BlendReader:
    """Scores sentences by one regression, and a passage by another over its best sentence."""

    name = "blend"

    def __init__(self, cross_encoder: CrossEncoderReader, overlap: OverlapReader) -> None:
        self._cross_encoder = cross_encoder
        self._overlap = overlap

    @property
    def fingerprint(self) -> str:
        """Checksum of the weights, with those of the two readers."""
        config = json.dumps(self._cross_encoder.scorer.config.get("blend"), sort_keys=True)
        weights = hashlib.sha256(config.encode()).hexdigest()[:12]
        return f"blend@{weights}+{self._cross_encoder.fingerprint}+{self._overlap.fingerprint}"

    def warm(self) -> None:
        """Load both."""
        self._cross_encoder.warm()
        self._overlap.warm()
        self._weights()

    def read(
        self,
        question: str,
        candidates: Sequence[Candidate],
        spans: Sequence[Sequence[Span]],
        vector: Vector | None = None,
    ) -> list[Reading]:
        """Read with both and weigh what they say; the short answer is the cross-encoder's.

        Raises ModelDamaged when the weights of the blend are missing or incomplete.
        """
        evidence, confidence = self._weights()
        raws = self._cross_encoder.raw(question, candidates, spans)
        features = self._overlap.features(question, candidates, spans, vector, likely(raws), LIKELY)
        measured = inputs(question, candidates, spans, raws, features)
        logits = [[evidence.logit(one) for one in mine] for mine in measured]
        stood = standings(question, measured, logits, raws)
        readings = []
        for candidate, given, raw, mine, best in zip(
            candidates, spans, raws, logits, stood, strict=True
        ):
            reading = self._cross_encoder.reading(candidate, given, raw)
            sentences = tuple(
                replace(sentence, score=sigmoid(logit))
                for sentence, logit in zip(reading.sentences, mine, strict=True)
            )
            answerable = 0.0 if best is None else sigmoid(confidence.logit(best))
            readings.append(replace(reading, answerable=answerable, sentences=sentences))
        return readings

    def _weights(self) -> tuple[Weights, Weights]:
        scorer = self._cross_encoder.scorer
        try:
            blend: Mapping[str, Any] = scorer.config["blend"]
            return Weights.of(blend["evidence"], Inputs), Weights.of(blend["confidence"], Standing)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelDamaged(
                f"The weights of the blend in {scorer.folder / 'config.json'} are not complete: "
                f"{error}",
                remedy="Install the package again.",
            ) from error


def likely(raws: Sequence[Raw]) -> list[list[float]]:
    """Say how likely the cross-encoder finds each sentence, next to the share of shared words.

    A tenth of its log-odds is about what the fitted weights give it beside the words.
    """
    return [
        [(2 * _bounded(logit) + _bounded(raw.answerable)) / 10 for logit in raw.sentences]
        for raw in raws
    ]


def inputs(
    question: str,
    candidates: Sequence[Candidate],
    spans: Sequence[Sequence[Span]],
    raws: Sequence[Raw],
    features: Sequence[Sequence[Features]],
) -> list[list[Inputs]]:
    """Gather what is known of every sentence of every candidate."""
    wanted = _names(question)
    # Who asks what two outlets report names both, wherever the answer stands.
    outlets = " ".join({candidate.article.outlet or "" for candidate in candidates})
    found = []
    for candidate, given, raw, rows in zip(candidates, spans, raws, features, strict=True):
        passage = candidate.passage
        told = f"{outlets} {candidate.article.title} {passage.text}".casefold()
        named = sum(name in told for name in wanted) / len(wanted) if wanted else 1.0
        found.append(
            [
                Inputs(
                    _bounded(logit),
                    _bounded(raw.answerable),
                    _bounded(raw.span) if _holds(raw.answer, span, passage.start) else 0.0,
                    row.cosine,
                    row.coverage,
                    row.context,
                    row.kind,
                    named,
                )
                for span, logit, row in zip(given, raw.sentences, rows, strict=True)
            ]
        )
    return found


def standings(
    question: str,
    measured: Sequence[Sequence[Inputs]],
    logits: Sequence[Sequence[float]],
    raws: Sequence[Raw],
) -> list[Standing | None]:
    """Return for each passage its best sentence by ``logits``; None for one without sentences."""
    order = sorted((logit for mine in logits for logit in mine), reverse=True)
    polar = bool(_POLAR.match(question))
    found: list[Standing | None] = []
    for rank, (mine, scores, raw) in enumerate(zip(measured, logits, raws, strict=True), start=1):
        if not mine:
            found.append(None)
            continue
        best = max(range(len(mine)), key=lambda at: scores[at])
        rival = order[1] if scores[best] == order[0] and len(order) > 1 else order[0]
        decided = 0.0
        if polar and raw.verdict:
            decided = _bounded(max(raw.verdict[:2]) - raw.verdict[2])
        lead = _bounded(scores[best] - rival)
        found.append(Standing(**asdict(mine[best]), lead=lead, rank=1 / rank, decided=decided))
    return found


def _bounded(logit: float) -> float:
    return LARGEST * math.tanh(logit / LARGEST) if math.isfinite(logit) else -LARGEST


def _holds(answer: Span | None, sentence: Span, offset: int) -> bool:
    if answer is None:
        return False
    start, end = answer[0] + offset, answer[1] + offset
    return sentence[0] <= start and end <= sentence[1]


def _names(question: str) -> list[str]:
    """Return the question's names and numbers, its first word left out."""
    found = [match.group() for match in _NAME.finditer(question) if match.start() > 0]
    whole = [name.removesuffix("'s").removesuffix("’s") for name in found]
    # "Paris-Madrid" names two: articles may name them apart.
    parts = [part for name in whole for part in _JOINED.split(name)]
    return list(dict.fromkeys(part.casefold() for part in parts))


_NAME = re.compile(r"(?<![\w'’-])(?:[A-Z][\w'’-]*|\d[\d.,]*\d|\d)(?![\w-])")
_JOINED = re.compile(r"-(?=[A-Z])")
_POLAR = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|should|may|must)\b",
    re.IGNORECASE,
)
