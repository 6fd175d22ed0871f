"""Turn the reader's logits into probabilities, with questions whose articles it never saw."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

from rag.models.calibration import Calibration
from rag.models.raw import Raw
from rag.models.reader_network import Sizes
from rag.models.training.metrics import Array, logistic
from rag.models.training.text import Span, Window


@dataclass(frozen=True, slots=True)
class Read:
    """A question with every window of one version of its article, read."""

    question: dict[str, Any]
    kind: str
    """``as is`` or ``twin``."""
    windows: list[Window]
    raws: list[Raw]

    def states(self, number: int) -> bool:
        """Say whether a window holds the evidence."""
        if self.kind == "twin":
            return False
        return self.windows[number].overlaps(evidence(self.question))


def evidence(question: dict[str, Any]) -> list[Span]:
    """Return the spans of a question's evidence in its article."""
    return [(e["start"], e["end"]) for e in question["evidence"]]


def calibrate(reads: Sequence[Read], trust: float) -> Calibration:
    """Fit the probabilities of a passage and of a sentence."""
    rows, labels, logits, marks = [], [], [], []
    margins = []
    for read in reads:
        for number, raw in enumerate(read.raws):
            states = read.states(number)
            rows.append([raw.answerable, raw.span, max(raw.sentences)])
            labels.append(float(states))
            window = read.windows[number]
            for (start, end), logit in zip(window.spans, raw.sentences, strict=True):
                logits.append([logit])
                at = window.start
                marks.append(
                    float(states and touches(start + at, end + at, evidence(read.question)))
                )
            if states:
                margins.append((raw.span, read.question["type"] != "yesno"))
    first, second, third, bias = map(float, logistic(np.array(rows), np.array(labels)))
    scale, shift = map(float, logistic(np.array(logits), np.array(marks)))
    # Below this margin over "no span" a span is wrong more often than right: yes or no questions.
    floors = sorted(margin for margin, _ in margins)
    floor = max(floors, key=lambda f: sum((margin >= f) == spans for margin, spans in margins))
    return Calibration(first, second, third, bias, scale, shift, trust, float(floor))


def touches(start: int, end: int, spans: Sequence[Span]) -> bool:
    """Say whether a sentence is one of these; a stray quotation mark does not make it so."""
    return any(min(end, e) - max(start, s) > 3 for s, e in spans)


def calibrate_verdicts(logits: Array, labels: Sequence[int]) -> tuple[float, tuple[float, ...]]:
    """Fit one scale and a bias for each verdict, by gradient descent on the log-likelihood."""
    truth = np.eye(3)[np.asarray(labels)]
    scale, bias = 1.0, np.zeros(3)
    for _ in range(3_000):
        scaled = scale * logits + bias
        chance = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        slope = (chance / chance.sum(axis=1, keepdims=True) - truth) / len(logits)
        scale -= 0.1 * float((slope * logits).sum())
        bias -= 0.5 * slope.sum(axis=0)
    return scale, tuple(float(part) for part in bias)


def write(folder: Path, calibration: Calibration) -> None:
    """Write ``config.json`` beside the weights; what else it held, the blend, stays."""
    with safe_open(folder / "model.safetensors", "pt") as weights:
        verdicts = 3 if "verdict.0.weight" in weights.keys() else 0  # noqa: SIM118 - not a dict
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    config |= {"sizes": asdict(Sizes(verdicts=verdicts)), "calibration": asdict(calibration)}
    path.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
