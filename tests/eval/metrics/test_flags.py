from __future__ import annotations

import numpy as np
import pytest

from eval.cases import Case
from eval.corpus import FIGURES
from eval.metrics import flags
from eval.record import Reply
from eval.score import score_cases
from tests.eval.judging import DECLINED, YES, case, cited, judged, reply


def test_precision_and_recall_of_flags() -> None:
    wanted, flagged = np.array([1.0, 1, 1, 0, 0]), np.array([1.0, 0, 0, 1, 0])
    assert flags.precision(wanted, flagged) == 0.5
    assert flags.recall(wanted, flagged) == pytest.approx(1 / 3)
    assert np.isnan(flags.precision(wanted, np.zeros(5)))
    assert np.isnan(flags.recall(np.zeros(5), flagged))


def test_conflicts_are_counted_over_articles_that_disagree_and_that_agree() -> None:
    flagged = reply(cited(YES), conflicts=("denied",))
    given: list[tuple[Case, Reply]] = [
        (case(id="1", conflict="disagreement_between_sources"), flagged),
        (case(id="2", conflict="disagreement_between_sources"), DECLINED),
        (case(id="3", conflict="none"), flagged),
        (case(id="4", conflict="none"), reply(cited(YES))),
        (case(id="5"), flagged),
    ]
    scored = score_cases([judged(of, said) for of, said in given])
    found = {
        name: float(figure.statistic(*figure.data(scored), axis=-1))
        for name, figure in FIGURES["ask"].items()
        if name.startswith("conflict") and figure.defined(scored)
    }
    assert found == {"conflict precision": 0.5, "conflict recall": 0.5}
    assert [item.figures["conflict"] for item in scored] == [0, 0, 0, 1, None]
    assert not FIGURES["ask"]["conflict recall"].defined(scored[:2])
