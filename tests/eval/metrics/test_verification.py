from __future__ import annotations

import numpy as np
import pytest

from eval.cases import Claim
from eval.corpus import curves
from eval.judge import Judged
from eval.metrics.verification import balanced_accuracy, verification
from eval.record import Record, Verdict
from eval.score import score_cases, summarise
from tests.eval.judging import TEXTS, case

INFO = {"suite": "s", "task": "verify", "seconds": 1.0}


def claim(number: int, supported: bool, said: Verdict | None, label: str = "") -> Judged:
    of = case(
        id=str(number), kind="set", question="Alpha said yes.", answerable=None, within=("a",),
        claim=Claim(supported=supported, label=label or ("yes" if supported else "no")),
    )  # fmt: skip
    return Judged(case=of, record=Record(case=of.id, verdict=said), groups=(), texts=TEXTS)


def kept(probability: float = 0.9) -> Verdict:
    return Verdict(supported=True, probability=probability)


def rejected(probability: float = 0.1, **fields: bool) -> Verdict:
    return Verdict(supported=False, probability=probability, reason="not_stated", **fields)


def test_rejection_is_of_the_unsupported_and_keeping_of_the_supported() -> None:
    assert verification(claim(1, True, kept())) == {
        "accuracy": 1.0, "rejection rate": None, "keep rate": 1.0
    }  # fmt: skip
    assert verification(claim(1, False, kept()))["rejection rate"] == 0.0
    assert verification(claim(1, False, rejected()))["rejection rate"] == 1.0


def test_a_failure_is_wrong_either_way_and_the_surest_mistake() -> None:
    items = [claim(1, True, None), claim(2, False, None), claim(3, True, kept())]

    summary = summarise(score_cases(items, task="verify"), INFO)

    assert summary.failed == 2
    assert summary.value("rejection rate") == 0
    assert summary.value("keep rate") == 0.5
    assert summary.value("AUROC") == 0
    assert summary.diagnoses == {"failed": 2}


def test_figures_of_all_claims_and_of_each_slice() -> None:
    items = [
        claim(1, True, kept(0.9)), claim(2, True, rejected(0.4)), claim(3, False, rejected(0.2)),
        claim(4, False, kept(0.8), "contradicted"), claim(5, False, rejected(0.1)),
    ]  # fmt: skip

    summary = summarise(score_cases(items, task="verify"), INFO)

    assert summary.value("balanced accuracy") == pytest.approx((1 / 2 + 2 / 3) / 2)
    # Of six pairs, only 0.4 against 0.8 is the wrong way round.
    assert summary.value("AUROC") == pytest.approx(5 / 6)
    assert summary.value("ECE") == pytest.approx((0.1 + 0.6 + 0.2 + 0.8 + 0.1) / 5)
    assert set(summary.slices) == {"set", "claim yes", "claim no", "claim contradicted"}
    of_set = {item.metric: item.value for item in summary.slices["set"]}
    assert of_set["balanced accuracy"] == summary.value("balanced accuracy")
    assert summary.diagnoses == {"kept_unsupported": 1, "rejected_supported": 1}
    assert summary.latency[0].n == 5


def test_confidence_that_only_ranks_has_no_calibration() -> None:
    items = [claim(1, True, kept()), claim(2, False, rejected(calibrated=False))]

    assert summarise(score_cases(items, task="verify"), INFO).value("ECE") is None


def test_balanced_accuracy_needs_claims_of_both_kinds() -> None:
    assert balanced_accuracy(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0.5
    assert np.isnan(balanced_accuracy(np.ones(2), np.ones(2)))


def test_the_plots_of_claims_are_of_the_probability_of_support() -> None:
    items = [claim(1, True, kept(0.9)), claim(2, False, rejected(0.2))]

    right, declined, confidence = curves(score_cases(items, task="verify"))

    assert right.tolist() == [1, 0]
    assert declined.tolist() == [0, 0]
    assert confidence.tolist() == [0.9, 0.2]
