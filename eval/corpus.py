"""Figures that only many cases together have: which, and of what columns of numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from eval.metrics import abstention, flags
from eval.metrics.abstention import Array
from eval.metrics.verification import balanced_accuracy
from eval.scored import Scored
from eval.suite import Task

Column = Callable[[Scored], float]


class Figure(NamedTuple):
    """A statistic over columns, of the cases that it can judge."""

    statistic: Callable[..., Any]
    columns: tuple[Column, ...]
    judges: Callable[[Scored], bool]
    told_of: Callable[[Sequence[Scored]], bool] = lambda _: True
    """Whether it can be told of a run at all."""

    def defined(self, scored: Sequence[Scored]) -> bool:
        """Whether it can be told of a run at all."""
        return self.told_of(scored)

    def data(self, scored: Iterable[Scored]) -> tuple[Array, ...]:
        """Return the columns of the cases that it can judge."""
        chosen = [item for item in scored if self.judges(item)]
        return tuple(
            np.fromiter((column(item) for item in chosen), dtype=np.float64)
            for column in self.columns
        )


def _answerable(item: Scored) -> float:
    return float(bool(item.judged.case.answerable))


def _right(item: Scored) -> float:
    return item.figures.get("right") or 0.0


def _declined(item: Scored) -> float:
    return float(item.judged.reply is not None and item.judged.reply.abstained)


def _confidence(item: Scored) -> float:
    return item.judged.reply.confidence if item.judged.reply is not None else 0.0


def _supported(item: Scored) -> float:
    return float(item.judged.case.claim is not None and item.judged.case.claim.supported)


def _accurate(item: Scored) -> float:
    return item.figures.get("accuracy") or 0.0


def _probability(item: Scored) -> float:
    verdict = item.judged.record.verdict
    # A failure counts as the surest mistake.
    return 1.0 - _supported(item) if verdict is None else verdict.probability


def _never(_: Scored) -> float:
    return 0.0


def _labelled(item: Scored) -> bool:
    return item.judged.case.answerable is not None


def _told(item: Scored) -> bool:
    return _labelled(item) and item.figures.get("right") is not None


def _claims(item: Scored) -> bool:
    return item.judged.case.claim is not None


def _probabilities(scored: Sequence[Scored]) -> bool:
    """Whether confidence claims to be a probability in every case."""
    return all(_claims_probability(item) for item in scored)


def _claims_probability(item: Scored) -> bool:
    reply, verdict = item.judged.reply, item.judged.record.verdict
    if verdict is not None:
        return verdict.calibrated
    return reply is None or reply.probability


def _disagrees(item: Scored) -> float:
    return float(item.judged.case.conflict != "none")


def _flagged(item: Scored) -> float:
    return float(item.judged.reply is not None and bool(item.judged.reply.conflicts))


def _conflict_known(item: Scored) -> bool:
    return item.judged.case.conflict is not None


def _both_known(scored: Sequence[Scored]) -> bool:
    """Whether the run has articles that disagree and articles that agree."""
    return len({_disagrees(item) for item in scored if _conflict_known(item)}) > 1


_ANSWERED = (_right, _declined, _confidence)
_CONFLICTS = (_disagrees, _flagged)
_VERIFIED = (_supported, _never, _probability)
FIGURES: Mapping[Task, Mapping[str, Figure]] = {
    "ask": {
        "abstain precision": Figure(abstention.precision, (_answerable, _declined), _labelled),
        "abstain recall": Figure(abstention.recall, (_answerable, _declined), _labelled),
        "AUROC": Figure(abstention.auroc, (_answerable, _confidence), _labelled),
        "AURC": Figure(abstention.area, _ANSWERED, _told),
        "coverage at 5% risk": Figure(abstention.coverage_at_risk, _ANSWERED, _told),
        "ECE": Figure(abstention.calibration_error, _ANSWERED, _told, told_of=_probabilities),
        "conflict precision": Figure(
            flags.precision, _CONFLICTS, _conflict_known, told_of=_both_known
        ),
        "conflict recall": Figure(flags.recall, _CONFLICTS, _conflict_known, told_of=_both_known),
    },
    "verify": {
        "balanced accuracy": Figure(balanced_accuracy, (_supported, _accurate), _claims),
        "AUROC": Figure(abstention.auroc, (_supported, _probability), _claims),
        "AURC": Figure(abstention.area, _VERIFIED, _claims),
        "ECE": Figure(abstention.calibration_error, _VERIFIED, _claims, told_of=_probabilities),
    },
    "attribute": {},
}


def curves(scored: Sequence[Scored]) -> tuple[Array, Array, Array]:
    """Return right, declined and confidence of the cases that the plots can show.

    Of claims: supported, never, and the probability of it.
    """
    task: Task = "verify" if any(_claims(item) for item in scored) else "ask"
    right, declined, confidence = FIGURES[task]["AURC"].data(scored)
    return right, declined, confidence
