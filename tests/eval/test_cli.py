"""The commands, with the baselines that need no reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from eval import gate
from eval.cli import eval_group
from eval.errors import RunError
from eval.folder import RunFolder
from eval.score import score
from rag.store.database import Database
from rag.store.evaluations import Evaluations


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(eval_group, [str(item) for item in arguments])


@pytest.fixture(scope="session")
def bm25(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cli")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        ran = invoke("run", "gold", "--system", "bm25", "--out", folder / "bm25", "--limit", 30)
        assert ran.exit_code == 0, ran.output
        assert "nDCG@10" in ran.output
        assert "a sample of 30 by hash of id" in ran.output
        yield folder / "bm25"


@pytest.fixture(scope="session")
def constant(bm25: Path) -> Path:
    out = bm25.parent / "constant"
    ran = invoke("run", "gold", "--system", "constant", "--out", out, "--limit", 30, "--json")
    assert ran.exit_code == 0, ran.output
    row = json.loads(ran.stdout)[0]
    assert row["cases"] == 30
    assert row["run"]["settings"]["answer"]
    return out


def test_a_run_goes_on_where_it_was(bm25: Path) -> None:
    before = (bm25 / "records.jsonl").read_bytes()

    ran = invoke("run", "gold", "--system", "constant", "--out", bm25, "--limit", 30)

    assert isinstance(ran.exception, RunError)
    assert (bm25 / "records.jsonl").read_bytes() == before


def test_a_stored_run_is_scored_again_and_written_for_others(bm25: Path) -> None:
    ran = invoke("score", bm25, "--trec", "--json")

    assert json.loads(ran.stdout)[0]["failed"] == 0
    assert {"run.trec", "qrels.trec", "rag.jsonl", "scores.jsonl", "summary.json"} <= {
        path.name for path in bm25.iterdir()
    }


def test_scoring_below_a_floor_exits_with_one(bm25: Path, tmp_path: Path) -> None:
    floors = tmp_path / "floors.json"
    floors.write_text(json.dumps({"floors": {"abstain recall": 0.99}}))

    ran = invoke("score", bm25, "--floors", floors)

    assert ran.exit_code == 1
    assert "below the floor: abstain recall" in ran.output

    floors.write_text(json.dumps({"floors": {"quotes exact": 1.0}}))
    assert invoke("score", bm25, "--floors", floors).exit_code == 0


def test_two_runs_are_compared(bm25: Path, constant: Path) -> None:
    rows = json.loads(invoke("compare", constant, bm25, "--json").stdout)
    by_name = {row["metric"]: row for row in rows}

    assert by_name["nDCG@10"]["difference"] > 0.5
    assert by_name["nDCG@10"]["corrected"] < 0.05
    assert "p (Holm)" in invoke("compare", constant, bm25).output


def test_a_report_is_one_page(bm25: Path, tmp_path: Path) -> None:
    ran = invoke("report", bm25, "-o", tmp_path / "report.html")

    assert ran.exit_code == 0
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")


def test_a_report_is_kept_with_a_collection(
    bm25: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_DATA", str(tmp_path / "data"))
    refused = invoke("report", bm25, "-o", tmp_path / "report.html", "--keep")
    assert "There is no collection" in str(refused.exception)

    database = Database(f"sqlite:///{tmp_path / 'data' / 'catalogue.db'}")
    ran = invoke("report", bm25, "-o", tmp_path / "report.html", "--keep")
    assert ran.exit_code == 0, ran.output
    kept = Evaluations(database).last()
    database.close()
    summary, _ = score(RunFolder(bm25))
    assert kept is not None
    assert (kept.suite, kept.system, kept.cases) == ("gold", "bm25", summary.cases)
    assert kept.milliseconds is not None
    assert [figure.value for figure in kept.figures] == [one.value for one in summary.estimates]


def test_suites_are_listed_with_what_is_missing(tmp_path: Path) -> None:
    rows = {
        row["suite"]: row
        for row in json.loads(invoke("suites", "--data", tmp_path, "--json").stdout)
    }

    assert rows["gold"]["cases"] >= 80
    assert "missing" in rows["newsdesk"]
    assert "newsdesk: There is no" in invoke("suites", "--data", tmp_path).output


def test_claims_and_speakers_are_measured_by_systems_of_their_own(
    data: Path, tmp_path: Path
) -> None:
    ran = invoke("run", "wice", "--data", data, "--system", "overlap", "--out", tmp_path / "a",
                 "--limit", 40)  # fmt: skip
    assert ran.exit_code == 0, ran.output
    assert "balanced accuracy" in ran.output
    assert "claim not_supported" in ran.output
    ran = invoke("run", "polnear", "--data", data, "--system", "nearest-name", "--out",
                 tmp_path / "b", "--limit", 40)  # fmt: skip
    assert ran.exit_code == 0, ran.output
    assert "content F1" in ran.output
    assert invoke("report", tmp_path / "a").exit_code == 0
    assert invoke("report", tmp_path / "b").exit_code == 0

    refused = invoke("run", "wice", "--data", data, "--system", "bm25", "--out", tmp_path / "c")
    assert "bm25 does not verify" in str(refused.exception)
    refused = invoke("run", "wice", "--data", data, "--server", "http://localhost:1",
                     "--out", tmp_path / "c")  # fmt: skip
    assert "the HTTP API does not do" in str(refused.exception)
    assert "wice (verify): 349 cases" in invoke("suites", "--data", data).output


def test_an_unknown_system_is_wrong_usage(tmp_path: Path) -> None:
    ran = invoke("run", "gold", "--system", "oracle", "--out", tmp_path / "run")

    assert ran.exit_code == 2
    assert "is none of dateline, bm25" in ran.output


def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    ran = invoke("run", "gold", "--server", "http://localhost:1", "--upload", "--limit", 1,
                 "--out", tmp_path / "run")  # fmt: skip

    assert "No Dateline server answers" in str(ran.exception)


def test_floors_are_raised_by_a_whole_run_of_the_gold_set_alone(bm25: Path, tmp_path: Path) -> None:
    before = gate.FLOORS.read_bytes()
    info = json.loads((bm25 / "run.json").read_text())
    other = tmp_path / "other"
    other.mkdir()
    for name in ("cases.jsonl", "records.jsonl", "articles.jsonl"):
        (other / name).write_bytes((bm25 / name).read_bytes())
    (other / "run.json").write_text(json.dumps({**info, "suite": "newsdesk"}))

    assert invoke("floors", other, "--why", "x").exit_code == 2
    assert invoke("floors", bm25).exit_code == 2
    assert gate.FLOORS.read_bytes() == before


@pytest.mark.parametrize(
    "command", ["run", "stages", "score", "compare", "report", "suites", "floors"]
)
def test_every_command_shows_an_example(command: str) -> None:
    assert (
        "dateline eval"
        in invoke(command, "--help").output.partition("Options:")[0].partition("\n")[2]
    )
