"""Turn the reader's logits into probabilities, with questions whose articles it never saw."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.models.calibration import Calibration
from rag.models.raw import Raw
from rag.models.training.metrics import logistic
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


def write(path: Path, calibration: Calibration) -> None:
    """Write ``config.json``."""
    sizes = {"vocabulary": 30_522, "positions": 512, "hidden": 384, "layers": 6, "heads": 12}
    config = {"sizes": {**sizes, "inner": 1_536}, "calibration": asdict(calibration)}
    path.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
