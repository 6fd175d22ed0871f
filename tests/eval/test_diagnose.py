from __future__ import annotations

import pytest

from eval.cases import Case
from eval.diagnose import DIAGNOSES, MEANING, diagnose
from eval.judge import Judged
from eval.record import Reply
from tests.eval.judging import DECLINED, NO, YES, case, cited, gold, judged, passage, reply

FOUND = (passage(0, 56),)
ELSEWHERE = (passage(0, 6, "b"),)
WANTED = case(evidence=gold(YES))


@pytest.mark.parametrize(
    ("of", "said", "name"),
    [
        (WANTED, None, "failed"),
        (WANTED, reply(cited(YES, quote="lpha said yes. "), ranked=FOUND), "wrong_offsets"),
        (WANTED, reply(cited(YES, quote="Alpha said maybe."), ranked=FOUND), "misquoted"),
        (WANTED, reply(cited(YES, quote=""), ranked=FOUND), "misquoted"),
        (case(answerable=False), reply(cited(YES)), "answered_unanswerable"),
        (case(answerable=False), DECLINED, None),
        (WANTED, reply(cited(NO), ranked=ELSEWHERE), "not_retrieved"),
        (WANTED, reply(cited(NO), ranked=ELSEWHERE * 10 + FOUND), "not_retrieved"),
        (WANTED, reply(cited(NO), ranked=FOUND, dropped=((YES, "x"),)), "wrongly_verified"),
        (WANTED, reply(abstained=True, ranked=FOUND, dropped=(("y", "x"),)), "wrongly_verified"),
        (WANTED, reply(abstained=True, ranked=FOUND), "abstained_wrongly"),
        (WANTED, reply(cited(NO), ranked=FOUND), "not_read"),
        (WANTED, reply(cited(YES), ranked=FOUND), "not_composed"),
        (case(evidence=gold("", article="b")), reply(cited(YES), ranked=FOUND), "not_retrieved"),
        (case(evidence=gold("")), reply(cited(YES), ranked=FOUND), "not_composed"),
    ],
)
def test_the_first_stage_that_failed_is_named(of: Case, said: Reply | None, name: str) -> None:
    assert diagnose(judged(of, said), 0.0, 10) == name


def test_a_right_answer_has_no_diagnosis() -> None:
    assert diagnose(right(), 1.0, 10) is None


def test_an_answer_nobody_can_judge_has_no_diagnosis() -> None:
    assert diagnose(right(), None, 10) is None


def test_every_diagnosis_has_a_meaning() -> None:
    assert set(MEANING) == set(DIAGNOSES)


def right() -> Judged:
    return judged(WANTED, reply(cited(YES), ranked=FOUND))
