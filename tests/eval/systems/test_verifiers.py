from __future__ import annotations

from pathlib import Path

import pytest

from eval.cases import Case, Claim
from eval.errors import RunError
from eval.folder import RunFolder
from eval.run import run
from eval.score import score
from eval.suite import Suite
from eval.systems.choose import SYSTEMS, choose
from eval.systems.verifiers import Overlap, best_threshold, windows
from rag.dateline import Dateline
from rag.errors import ArticleNotFound
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


def never() -> Dateline:
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
