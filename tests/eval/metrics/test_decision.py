from __future__ import annotations

import pytest

from eval.metrics.decision import decision, right
from tests.eval.judging import DECLINED, case, judged, reply


def test_answering_is_right_where_there_is_an_answer() -> None:
    assert decision(judged(case(), reply())) == {"decision": 1}
    assert decision(judged(case(), DECLINED)) == {"decision": 0}
    assert decision(judged(case(answerable=False), DECLINED)) == {"decision": 1}
    assert decision(judged(case(answerable=False), None)) == {"decision": 0}
    assert decision(judged(case(answerable=None), reply())) == {"decision": None}


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"must": 0.0, "contains": 1.0}, 0),
        ({"must": None, "contains": 1.0, "citation recall": 0.0}, 1),
        ({"must": None, "contains": None, "citation recall": 0.5}, 1),
        ({}, None),
    ],
)
def test_right_is_what_the_strictest_figure_says(
    figures: dict[str, float | None], expected: float | None
) -> None:
    assert right(judged(case(), reply()), figures) == expected


def test_of_an_unanswerable_case_only_declining_is_right() -> None:
    assert right(judged(case(answerable=False), DECLINED), {}) == 1
    assert right(judged(case(answerable=False), reply()), {}) == 0
    assert right(judged(case(answerable=False), None), {}) == 0
