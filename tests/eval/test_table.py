from __future__ import annotations

from eval.adapters import SUITES
from eval.score import score_cases, summarise
from eval.table import ROWS, Row, markdown
from tests.eval.judging import NO, YES, case, cited, gold, judged, reply


def test_a_suite_is_a_line_for_each_system_with_half_the_interval() -> None:
    items = [
        judged(case(id="1", evidence=gold(YES)), reply(cited(YES))),
        judged(case(id="2", evidence=gold(YES)), reply(cited(NO))),
    ]
    info = {"counts": {"cases": 2, "articles": 1}, "seconds": 1.0}
    summary = summarise(score_cases(items), info)

    lines = list(markdown(Row("s", 2, True, ("citation recall", "EM")), {"bm25": summary}))

    assert "`dateline eval run s --data FOLDER --dev --limit 2 --system SYSTEM`" in lines
    assert "| bm25 | 0.500 ±0.50 | – | 10 |" in lines


def test_the_table_has_every_suite_that_is_not_another_view_of_one() -> None:
    views = {"realtimeqa-matched", "polnear-train"}

    assert {row.suite for row in ROWS} == set(SUITES) - views


def test_the_best_baseline_is_named_for_each_metric() -> None:
    right = judged(case(id="1", evidence=gold(YES)), reply(cited(YES)))
    wrong = judged(case(id="1", evidence=gold(YES)), reply(cited(NO)))
    info = {"counts": {"cases": 1, "articles": 1}, "seconds": 1.0}
    good, bad = (summarise(score_cases([item]), info) for item in (right, wrong))
    row = Row("s", 2, True, ("citation recall", "AURC", "quotes exact", "EM"))

    lines = list(markdown(row, {"dateline": bad, "bm25": good, "dense": bad}))

    assert "| *best baseline* | 1.000 bm25 | 0.000 bm25 | 1.000 (2 of them) | – | |" in lines
    assert not any("best" in line for line in markdown(row, {"bm25": good, "dense": bad}))
