from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from eval.cases import Case, Claim
from eval.errors import RunError
from eval.folder import RunFolder
from eval.record import Verdict
from eval.run import run
from eval.score import score
from eval.suite import Suite
from eval.systems.choose import SYSTEMS, choose
from eval.systems.verifiers import (
    PASSAGES,
    Dateline,
    Overlap,
    Rules,
    best_threshold,
    stretches,
    windows,
)
from rag.dateline import Dateline as Facade
from rag.errors import ArticleNotFound, ModelMissing
from rag.models.reader import Claim as JudgedClaim
from rag.models.reader import Support
from rag.types import Source

TEXT = (
    "The bridge closed on Friday. It will open in June. Repairs cost two million. Ships wait. "
    "The mayor resigned."
)


def claim(number: int, text: str, supported: bool) -> Case:
    return Case(
        id=str(number), kind="set", question=text, within=("a",),
        claim=Claim(supported=supported, label=str(supported)),
    )  # fmt: skip


SUITE = Suite(
    name="claims",
    about="",
    articles=(Source(text=TEXT, origin="o", id="a"),),
    cases=(
        claim(1, "The bridge will open in June.", True),
        claim(2, "Repairs cost two million.", True),
        claim(3, "The tunnel collapsed on Monday.", False),
    ),
    task="verify",
)


def never() -> Facade:
    raise AssertionError("no collection is needed")


@pytest.mark.parametrize(
    ("name", "rejection", "keep"), [("overlap", 1, 1), ("constant", 0, 1), ("silent", 1, 0)]
)
def test_a_verifier_runs_and_is_scored(
    name: str, rejection: float, keep: float, tmp_path: Path
) -> None:
    system = choose(name, SUITE, never)

    folder = run(SUITE, system, RunFolder(tmp_path / "run"))

    summary, _ = score(folder)
    assert folder.info()["task"] == "verify"
    assert (summary.value("rejection rate"), summary.value("keep rate")) == (rejection, keep)
    assert summary.value("balanced accuracy") == (rejection + keep) / 2
    assert summary.info["system"] == system.name == name


def test_rules_object_with_a_reason_and_support_what_breaks_none() -> None:
    system = choose("rules", SUITE, never)
    assert isinstance(system, Rules)

    right = system.verify(SUITE.cases[1])
    wrong = system.verify(claim(6, "Repairs cost three million.", False))

    assert (right.supported, right.reason, right.probability) == (True, None, 1.0)
    assert (wrong.supported, wrong.reason, wrong.probability) == (False, "number_differs", 0.0)


class Scripted:
    """A judge that supports passages with a word in them, so that what is asked can be seen."""

    fingerprint = "scripted@1"

    def __init__(self, word: str) -> None:
        self.word = word
        self.asked: list[JudgedClaim] = []

    def support(self, claims: Sequence[JudgedClaim]) -> list[Support]:
        self.asked += claims
        return [
            Support(0.9, 0.05, 0.05) if self.word in claim.passage else Support(0.1, 0.2, 0.7)
            for claim in claims
        ]


def test_the_passage_that_supports_the_most_decides_and_a_rule_may_object() -> None:
    long = " ".join(f"Ship {at} waited near the harbour bridge." for at in range(30))
    suite = replace(SUITE, articles=(Source(text=f"{long} {TEXT}", origin="o", id="a"),))
    judge = Scripted("Repairs")
    system = Dateline(suite, judge)
    system.warm()

    kept = system.verify(SUITE.cases[1])
    doubted = system.verify(claim(7, "Ship seven waited.", True))
    objected = system.verify(claim(8, "Repairs cost three million.", False))

    assert kept == Verdict(supported=True, probability=0.9)
    assert doubted == Verdict(supported=False, probability=0.1, reason="not_stated")
    assert objected == Verdict(supported=False, probability=0.0, reason="number_differs")
    assert len(judge.asked) == 1 + 3 * PASSAGES
    assert system.settings()["models"] == {"judge": "scripted@1"}


def test_a_claim_about_an_empty_article_is_not_supported() -> None:
    suite = replace(SUITE, articles=(Source(text=" ", origin="o", id="a"),))

    assert Dateline(suite, Scripted("x")).verify(SUITE.cases[0]).reason == "no_evidence"


def test_stretches_overlap_and_reach_the_end() -> None:
    text = " ".join(f"Sentence {at} is here." for at in range(14))
    spans = stretches(text)

    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    assert all(before[1] > after[0] for before, after in pairwise(spans))
    assert stretches("") == []


def test_the_real_judge_says_where_its_weights_lack_the_head(tmp_path: Path) -> None:
    system = choose("dateline", SUITE, never)
    try:
        folder = run(SUITE, system, RunFolder(tmp_path / "run"))
    except ModelMissing as error:
        assert "no head that judges claims" in str(error)  # noqa: PT017
        return
    assert score(folder)[0].failed == 0


def test_the_words_of_a_claim_have_to_stand_close_together() -> None:
    assert len(windows(TEXT)) == 3
    assert windows("") == [set()]
    system = Overlap(SUITE)

    near = system.verify(claim(4, "Repairs cost two million while ships wait.", True))
    far = system.verify(claim(5, "The bridge closed and the mayor resigned.", False))

    assert near.probability > far.probability
    assert not far.supported
    assert far.reason == "words_missing"
    assert system.settings()["threshold"] == pytest.approx(1.0)


def test_the_best_threshold_is_the_one_with_the_best_balance() -> None:
    assert best_threshold([(0.9, True), (0.6, True), (0.5, False), (0.1, False)]) == 0.6
    assert best_threshold([(0.9, True)]) == 0.5


def test_a_system_that_does_not_do_what_is_asked_is_refused() -> None:
    with pytest.raises(RunError, match="bm25 does not verify"):
        choose("bm25", SUITE, never)
    with pytest.raises(ArticleNotFound):
        choose("overlap", SUITE, never).text("b")


def test_every_task_has_systems() -> None:
    assert all(SYSTEMS[task] for task in ("ask", "verify", "attribute"))
