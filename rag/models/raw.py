"""What the network says about one row, before calibration."""

from __future__ import annotations

from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Raw:
    """Logits of one question or claim with one passage."""

    answerable: float
    span: float
    """Logit of the best span above that of "no span"."""
    sentences: tuple[float, ...]
    """Logits; minus infinity for a sentence that did not fit."""
    answer: Span | None
    """In the passage's text."""
    verdict: tuple[float, ...] = ()
    """Logits of supported, contradicted, not stated; empty for weights without that head."""
    question_read: bool = True
    """Whether the question or claim was read to its end."""
