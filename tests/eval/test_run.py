from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eval.errors import RunError
from eval.folder import RunFolder
from eval.record import Record
from eval.run import run
from eval.score import score
from eval.suite import Suite
from rag.types import Source
from tests.eval.echo import Echo
from tests.eval.judging import NO, TEXT, YES, case, gold

SUITE = Suite(
    name="tiny",
    about="",
    articles=(Source(text=TEXT, origin="o", id="a"),),
    cases=(
        case(id="1", evidence=gold(YES), answers=("Alpha",)),
        case(id="2", evidence=gold(NO)),
        case(id="3", answerable=False),
        case(id="4", evidence=gold("Gone.", article="gone")),
    ),
)


def test_a_run_stores_all_that_scoring_needs(tmp_path: Path) -> None:
    folder = run(SUITE, Echo(), RunFolder(tmp_path / "run"))

    assert {path.name for path in folder.path.iterdir()} == {
        "run.json", "cases.jsonl", "records.jsonl", "articles.jsonl"
    }  # fmt: skip
    info = folder.info()
    assert (info["suite"], info["system"], info["jobs"]) == ("tiny", "echo", 1)
    assert info["data"] == {"articles": SUITE.articles_hash, "cases": SUITE.cases_hash}
    assert info["versions"]["python"]
    assert folder.cases() == SUITE.cases
    assert folder.texts() == {("a", 0): TEXT, ("a", 1): TEXT}


def test_a_failed_case_scores_zero_and_is_counted(tmp_path: Path) -> None:
    folder = run(SUITE, Echo(broken=("1",)), RunFolder(tmp_path / "run"))

    summary, scored = score(folder)

    assert (summary.failed, summary.cases) == (1, 4)
    assert scored[0].figures["contains"] == 0
    assert scored[0].judged.record.error == "ValueError: out of order"
    assert summary.diagnoses["failed"] == 1


def test_evidence_that_no_article_holds_scores_zero_and_is_counted(tmp_path: Path) -> None:
    summary, scored = score(run(SUITE, Echo(), RunFolder(tmp_path / "run")))

    assert summary.unlocated == 1
    assert scored[3].figures["R@10"] == 0


def test_a_run_that_was_cut_off_goes_on_and_asks_failures_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    run(SUITE, Echo(broken=("2",)), folder)
    records = folder.path / "records.jsonl"
    lines = records.read_bytes().splitlines(keepends=True)
    # As a crash leaves it: one case is not there, another is half there.
    records.write_bytes(lines[0] + lines[1] + lines[3][:40])
    again = Echo()

    run(SUITE, again, folder)

    assert again.asked == ["2", "3", "4"]
    assert score(folder)[0].failed == 0
    assert set(folder.records()) == {"1", "2", "3", "4"}


def test_a_run_does_not_go_on_in_the_folder_of_another(tmp_path: Path) -> None:
    folder = run(SUITE, Echo(), RunFolder(tmp_path / "run"))

    with pytest.raises(RunError, match="another data"):
        run(replace(SUITE, cases=SUITE.cases[:1]), Echo(), folder)


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")

    with pytest.raises(RunError, match="no run folder"):
        run(SUITE, Echo(), RunFolder(tmp_path))


def test_threads_give_the_same_records_whatever_their_order(tmp_path: Path) -> None:
    many = replace(SUITE, cases=tuple(case(id=str(at)) for at in range(50)))
    done: list[int] = []

    folder = run(many, Echo(), RunFolder(tmp_path / "run"), jobs=4, progress=done.append)

    assert sum(done) == 50
    assert set(folder.records()) == {str(at) for at in range(50)}
    assert [item.judged.case.id for item in score(folder)[1]] == [str(at) for at in range(50)]


def test_a_case_without_a_record_counts_as_failed(tmp_path: Path) -> None:
    folder = run(SUITE, Echo(), RunFolder(tmp_path / "run"))
    (folder.path / "records.jsonl").unlink()

    assert score(folder)[0].failed == 4


def test_scoring_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is no run folder"):
        score(RunFolder(tmp_path))
    folder = RunFolder(tmp_path / "begun")
    folder.write_info({"settings": {}})
    with pytest.raises(RunError, match="is unfinished"):
        score(folder)


def test_a_record_without_a_reply_survives_the_disk(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.append(Record(case="1", reply=None, error="x"))

    assert folder.records() == {"1": Record(case="1", reply=None, error="x")}
