"""What claims are verified with: Dateline's judge and rules, and baselines to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.cases import Case
from eval.record import Verdict
from eval.suite import Suite
from eval.systems.texts import Texts
from rag.ask.consistency import check
from rag.language import Span, sentences, terms
from rag.models.reader import Claim, Judge

WINDOW = 3
"""Sentences in a row that a claim is compared with."""
PASSAGE = 6
"""Sentences in a row that are judged at once: most fit what the network reads."""
PASSAGES = 4
"""Passages with the most words of the claim that are judged."""
ENOUGH = 0.5


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


class Rules(Texts):
    """Dateline's rules of consistency alone: supports what breaks none of them.

    Its score is the share of the claim's words in the best passage, zero where a rule objects.
    """

    name = "rules"

    def verify(self, case: Case) -> Verdict:
        """Hold the claim against its best passage, with the articles around it."""
        best = self.passages(case)[:1]
        reason = self.objection(case, best)
        wanted = set(terms(case.question))
        share = max((len(wanted & set(terms(text))) for text in best), default=0)
        return Verdict(
            supported=reason is None,
            probability=0.0 if reason else share / max(1, len(wanted)),
            calibrated=False,
            reason=reason,
        )

    def passages(self, case: Case) -> list[str]:
        """Return the stretches with the most words of the claim, most first."""
        wanted = set(terms(case.question))
        found = [text[start:end] for text in self._articles(case) for start, end in stretches(text)]
        return sorted(found, key=lambda text: -len(wanted & set(terms(text))))[:PASSAGES]

    def objection(self, case: Case, evidence: Sequence[str]) -> str | None:
        """Return the first rule that the claim breaks."""
        return check(case.question, evidence, context=self._articles(case))

    def _articles(self, case: Case) -> list[str]:
        return [self.texts[name] for name in case.within]


class Dateline(Rules):
    """Dateline's judge on the likeliest passages, and its rules, which may only object."""

    name = "dateline"

    def __init__(self, suite: Suite, judge: Judge) -> None:
        super().__init__(suite)
        self._judge = judge

    def settings(self) -> Mapping[str, object]:
        """Return the fingerprint of the weights."""
        return {"models": {"judge": self._judge.fingerprint}, "passages": PASSAGES}

    def warm(self) -> None:
        """Judge once; raises ModelMissing where the weights have no head for it."""
        self._judge.support([Claim(text="It is.", passage="It is.")])

    def verify(self, case: Case) -> Verdict:
        """Take the passage that supports the most; a rule that objects to it decides."""
        passages = self.passages(case)
        found = self._judge.support([Claim(case.question, text) for text in passages])
        if not found:
            return Verdict(supported=False, probability=0.0, reason="no_evidence")
        at = max(range(len(found)), key=lambda number: found[number].supported)
        best = found[at]
        reason = self.objection(case, [passages[at]])
        if reason is None and best.supported < ENOUGH:
            contradicted = best.contradicted > best.not_stated
            reason = "contradicted" if contradicted else "not_stated"
        return Verdict(
            supported=reason is None,
            # A rule is a veto: what it objects to is less likely than anything it lets pass.
            probability=best.supported if reason in _DOUBTS else 0.0,
            reason=reason,
        )


_DOUBTS = (None, "contradicted", "not_stated")


def stretches(text: str) -> list[Span]:
    """Return every few sentences in a row, each half over the next, as offsets in the text."""
    spans = sentences(text)
    step = PASSAGE // 2
    starts = range(0, max(1, len(spans) - step), step)
    return [(spans[at][0], spans[min(at + PASSAGE, len(spans)) - 1][1]) for at in starts if spans]


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
