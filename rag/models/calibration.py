"""How the network's logits become probabilities; fitted on articles it was not trained on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rag.models.raw import Raw


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of logistic and softmax regressions over the logits."""

    answerable: float = 1.0
    span: float = 0.0
    best: float = 0.0
    """Weight of the highest sentence logit."""
    bias: float = 0.0
    sentence_scale: float = 1.0
    sentence_bias: float = 0.0
    trust: float = 0.0
    """Weight of the sentence's score in the choice of the span."""
    span_floor: float = 0.0
    """A span whose margin over "no span" is lower is not given."""
    verdict_scale: float = 1.0
    verdict_bias: tuple[float, ...] = (0.0, 0.0, 0.0)

    def logit(self, raw: Raw) -> float:
        """Return the calibrated log-odds that the passage states the answer."""
        best = max((s for s in raw.sentences if math.isfinite(s)), default=-10.0)
        return (
            self.answerable * raw.answerable + self.span * raw.span + self.best * best + self.bias
        )

    def sentence(self, logit: float) -> float:
        """Return the probability that a sentence is evidence."""
        if not math.isfinite(logit):
            return 0.0
        return sigmoid(self.sentence_scale * logit + self.sentence_bias)

    def verdict(self, logits: tuple[float, ...]) -> tuple[float, ...]:
        """Return the probabilities of supported, contradicted and not stated."""
        scaled = [
            self.verdict_scale * logit + bias
            for logit, bias in zip(logits, self.verdict_bias, strict=True)
        ]
        top = max(scaled)
        parts = [math.exp(value - top) for value in scaled]
        return tuple(part / sum(parts) for part in parts)


def sigmoid(logit: float) -> float:
    """Return the probability of log-odds, without overflow."""
    return 0.5 * (1.0 + math.tanh(0.5 * logit))
