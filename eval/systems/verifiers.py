"""What claims are verified with: baselines that any verifier has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.cases import Case
from eval.record import Verdict
from eval.suite import Suite
from eval.systems.texts import Texts
from rag.language import sentences, terms

WINDOW = 3
"""Sentences in a row that a claim is compared with."""


class KeepAll(Texts):
    """Supports every claim: what keeping costs in rejections."""

    name = "constant"
    supported = True

    def verify(self, case: Case) -> Verdict:  # noqa: ARG002
        """Say the same of every claim."""
        return Verdict(supported=self.supported, probability=0.5, calibrated=False)


class RejectAll(KeepAll):
    """Supports no claim."""

    name = "silent"
    supported = False


class Overlap(Texts):
    """Supports a claim of which enough content words stand in a few sentences in a row.

    How much is enough is chosen by the suite's own labels, for the best balanced accuracy, so it
    bounds what any threshold could reach.
    """

    name = "overlap"

    def __init__(self, suite: Suite) -> None:
        super().__init__(suite)
        self._windows = {name: windows(text) for name, text in self.texts.items()}
        self._threshold = best_threshold(
            [(self._share(case), case.claim.supported) for case in suite.cases if case.claim]
        )

    def settings(self) -> Mapping[str, object]:
        """Return the share that is enough."""
        return {"threshold": self._threshold, "window": WINDOW}

    def verify(self, case: Case) -> Verdict:
        """Compare with the share that is enough."""
        share = self._share(case)
        supported = share >= self._threshold
        return Verdict(
            supported=supported,
            probability=share,
            calibrated=False,
            reason=None if supported else "words_missing",
        )

    def _share(self, case: Case) -> float:
        wanted = set(terms(case.question))
        found = (window for name in case.within for window in self._windows[name])
        most = max((len(wanted & window) for window in found), default=0)
        return most / max(1, len(wanted))


def windows(text: str) -> list[set[str]]:
    """Return the content words of every few sentences in a row."""
    each = [set(terms(text[start:end])) for start, end in sentences(text)]
    count = max(1, len(each) - WINDOW + 1)
    return [set().union(*each[at : at + WINDOW]) for at in range(count)]


def best_threshold(scored: Sequence[tuple[float, bool]]) -> float:
    """Return the score from which on supporting gives the best balanced accuracy."""
    supported = [score for score, label in scored if label]
    others = [score for score, label in scored if not label]
    if not supported or not others:
        return 0.5

    def balanced(threshold: float) -> float:
        kept = sum(score >= threshold for score in supported) / len(supported)
        return kept + sum(score < threshold for score in others) / len(others)

    return max(sorted({score for score, _ in scored}), key=balanced)
