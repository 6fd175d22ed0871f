from __future__ import annotations

from typing import Any

import pytest

from eval.metrics.citations import citations, same_name
from eval.record import Said
from tests.eval.judging import DECLINED, NO, YES, case, cited, gold, judged, reply


def test_an_exact_citation_of_the_evidence_is_perfect() -> None:
    found = citations(judged(case(evidence=gold(YES)), reply(cited(YES))))

    assert found["citation recall"] == found["citation precision"] == found["quotes exact"] == 1
    assert found["sentences cited"] == 1


def test_precision_counts_code_points_and_recall_counts_sentences() -> None:
    item = judged(
        case(evidence=gold(YES, "Gamma said nothing at all.")), reply(cited(f"{YES} {NO}"))
    )

    found = citations(item)

    assert found["citation recall"] == 0.5
    # 15 of the 29 code points that are cited are gold.
    assert found["citation precision"] == pytest.approx(15 / 29)


def test_a_citation_that_touches_less_than_half_does_not_cover() -> None:
    item = judged(case(evidence=gold(YES)), reply(cited("yes. Beta said")))

    assert citations(item)["citation recall"] == 0


def test_a_quote_one_code_point_off_is_not_exact() -> None:
    right, off = cited(YES), cited(NO, number=2, start=17, end=30)
    item = judged(case(evidence=gold(YES)), reply(right, off))

    assert citations(item)["quotes exact"] == 0.5


@pytest.mark.parametrize(
    "fields",
    [{"version": 2}, {"article": "gone"}, {"start": -56, "end": -41}, {"quote": ""}],
)
def test_a_quote_that_points_nowhere_is_not_exact(fields: dict[str, Any]) -> None:
    assert citations(judged(case(), reply(cited(YES, **fields))))["quotes exact"] == 0


def test_a_sentence_whose_citation_does_not_exist_has_none() -> None:
    sentences = (Said(text="One.", citations=(1,)), Said(text="Two.", citations=(2,)),
                 Said(text="Three.", citations=()))  # fmt: skip
    item = judged(case(), reply(cited(YES), sentences=sentences))

    assert citations(item)["sentences cited"] == pytest.approx(1 / 3)


def test_declining_scores_zero_in_recall_and_nothing_in_precision() -> None:
    found = citations(judged(case(evidence=gold(YES), speaker="Alpha"), DECLINED))

    assert (found["citation recall"], found["citation precision"]) == (0, None)
    assert (found["quotes exact"], found["sentences cited"], found["speaker"]) == (None, None, 0)


def test_a_failed_case_scores_zero() -> None:
    wanted = case(evidence=gold(YES), speaker="Alpha", quote_type="indirect", conflict="denied")
    found = citations(judged(wanted, None))

    assert set(found.values()) == {0.0}


def test_speaker_and_quote_type_are_those_of_the_evidence() -> None:
    wanted = case(evidence=gold(YES), speaker="Ann Alpha", quote_type="indirect")
    there = cited(YES, speaker="Alpha", quote_type="indirect")
    elsewhere = cited(NO, speaker="Ann Alpha", quote_type="indirect")

    right = citations(judged(wanted, reply(there)))
    wrong = citations(judged(wanted, reply(elsewhere)))

    assert (right["speaker"], right["quote type"]) == (1, 1)
    assert (wrong["speaker"], wrong["quote type"]) == (0, 0)


def test_a_conflict_has_to_be_named() -> None:
    wanted = case(conflict="denied")

    assert citations(judged(wanted, reply(conflicts=("denied",))))["conflict"] == 1
    assert citations(judged(wanted, reply(conflicts=("different_scope",))))["conflict"] == 0
    assert citations(judged(case(), reply()))["conflict"] is None


@pytest.mark.parametrize(
    ("given", "wanted", "same"),
    [("Peskov", "Dmitry Peskov", True), ("Dmitry Medvedev", "Dmitry Peskov", False),
     (None, "Dmitry Peskov", False)],
)  # fmt: skip
def test_a_name_may_be_shorter_but_not_another(given: str | None, wanted: str, same: bool) -> None:
    assert same_name(given, wanted) is same
