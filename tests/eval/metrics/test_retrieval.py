from __future__ import annotations

import math

import pytest

from eval.metrics.retrieval import measure, retrieval, rewrites
from rag.types import Turn
from tests.eval.judging import NO, YES, case, gold, judged, passage, reply

FIRST, SECOND, ALL, OTHER = passage(0, 15), passage(10, 29), passage(0, 56), passage(0, 6, "b")


def test_a_passage_counts_only_if_it_holds_the_whole_gold_sentence() -> None:
    item = judged(case(evidence=gold(NO)), reply(ranked=(FIRST, passage(10, 28), SECOND)))

    found = retrieval([item])["1"]

    assert found["Success@1"] == 0
    assert found["RR@10"] == pytest.approx(1 / 3)
    assert found["nDCG@10"] == pytest.approx(1 / math.log2(4))
    assert found["R@5"] == 1
    assert found["article Success@1"] == 1


def test_two_gold_sentences_in_one_passage_are_both_recalled() -> None:
    item = judged(case(evidence=gold(YES, NO)), reply(ranked=(ALL,)))

    found = retrieval([item])["1"]

    assert (found["R@5"], found["nDCG@10"], found["Success@1"]) == (1, 1, 1)


def test_a_gold_sentence_that_is_not_found_halves_the_recall() -> None:
    item = judged(case(evidence=gold(YES, NO)), reply(ranked=(OTHER, FIRST)))

    found = retrieval([item])["1"]

    assert found["R@10"] == 0.5
    # Gains 1 at rank 2; ideal: 1 at ranks 1 and 2.
    assert found["nDCG@10"] == pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3)))


def test_recall_at_five_does_not_see_the_sixth() -> None:
    item = judged(case(evidence=gold(YES)), reply(ranked=(OTHER,) * 5 + (FIRST,)))

    found = retrieval([item])["1"]

    assert (found["R@5"], found["R@10"]) == (0, 1)


def test_a_second_passage_with_the_same_sentence_neither_helps_nor_harms() -> None:
    once = retrieval([judged(case(evidence=gold(YES)), reply(ranked=(FIRST,)))])
    twice = retrieval([judged(case(evidence=gold(YES)), reply(ranked=(FIRST, ALL)))])

    assert once == twice


def test_a_failed_case_scores_zero_and_one_without_gold_is_unscored() -> None:
    failed = judged(case(evidence=gold(YES)), None)
    unanswerable = judged(case(id="2", answerable=False), reply(ranked=(FIRST,)))

    found = retrieval([failed, unanswerable])

    assert set(found["1"].values()) == {0.0}
    assert set(found["2"].values()) == {None}


def test_gold_that_names_articles_alone_is_scored_by_article_only() -> None:
    item = judged(case(evidence=gold("")), reply(ranked=(OTHER, FIRST)))

    found = retrieval([item])["1"]

    assert found["RR@10"] is None
    assert found["article RR@10"] == 0.5


def test_each_article_stands_at_the_rank_of_its_first_passage() -> None:
    item = judged(case(evidence=gold("")), reply(ranked=(OTHER, OTHER, OTHER, FIRST)))

    assert retrieval([item])["1"]["article RR@10"] == 0.5


def test_a_follow_up_is_compared_with_its_standalone_form() -> None:
    follow_up = case(
        evidence=gold(YES), history=(Turn(role="user", content="Alpha?"),), standalone="Alpha said?"
    )
    item = judged(follow_up, reply(ranked=(OTHER, FIRST), ranked_standalone=(FIRST,)))

    found = rewrites([item, judged(case(id="2", evidence=gold(YES)), reply())])

    assert found == {
        "1": {
            "rewritten R@5": 1,
            "standalone R@5": 1,
            "rewritten RR@10": 0.5,
            "standalone RR@10": 1,
        }
    }


def test_nothing_to_measure_gives_nothing() -> None:
    assert measure({}, {}) == {}
