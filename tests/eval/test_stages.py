"""The stages of an answer on the seeds, each with what it adds."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.cli import eval_group
from eval.errors import RunError
from eval.folder import RunFolder
from eval.measure import staged
from eval.stages import Row, markdown, measure_stages, to_json
from eval.suite import Suite
from eval.systems.pipeline import Pipeline
from eval.systems.stages import ADDS, STAGES, Passes, Verifies, stages
from rag.dateline import Dateline
from rag.types import DraftSentence, Dropped
from tests.eval.conftest import SETTINGS


@pytest.fixture(scope="module")
def asked(gold: Suite) -> Suite:
    return gold.sample(14)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stages")


@pytest.fixture(scope="module")
def rows(asked: Suite, dateline: Dateline, out: Path) -> list[Row]:
    return measure_stages(asked, dateline, out)


def test_every_stage_was_asked_the_same_and_is_compared_with_the_one_before(
    rows: list[Row], asked: Suite
) -> None:
    assert [row.stage for row in rows] == list(STAGES)
    assert {row.summary.cases for row in rows} == {len(asked.cases)}
    assert {row.summary.failed for row in rows} == {0}
    assert {row.summary.info["data"]["cases"] for row in rows} == {asked.cases_hash}
    assert not rows[0].gains
    for before, row in pairwise(rows):
        gain = row.gains["decision"]
        assert gain.first == pytest.approx(before.summary.value("decision"))
        assert gain.second == pytest.approx(row.summary.value("decision"))
    assert all(0 < row.adds <= row.total for row in rows)
    assert [row.total for row in rows[3:]] == sorted(row.total for row in rows[3:])


def test_the_last_stage_is_what_dateline_answers(
    rows: list[Row], asked: Suite, dateline: Dateline, out: Path
) -> None:
    records = RunFolder(out / "verifier").records()
    pipeline = Pipeline(dateline)

    for case in asked.cases[:4]:
        said, answered = records[case.id].reply, pipeline.ask(case)
        assert said is not None
        assert (said.text, said.short_answer, said.citations, said.confidence) == (
            answered.text, answered.short_answer, answered.citations, answered.confidence
        )  # fmt: skip
        assert set(said.timings) == {"total", *(s for name in ADDS for s in ADDS[name])}


def test_the_reader_quotes_one_sentence_and_its_offsets_are_real(
    rows: list[Row], dateline: Dateline, out: Path
) -> None:
    replies = [record.reply for record in RunFolder(out / "reader").records().values()]

    assert any(reply and reply.abstained for reply in replies)
    for reply in replies:
        assert reply is not None
        assert reply.ranked or reply.abstained
        for cited in reply.citations:
            text = dateline.article(cited.article, cited.version).text
            assert text[cited.start : cited.end] == cited.quote == reply.sentences[0].text


def test_the_composer_says_also_what_the_verifier_drops(
    asked: Suite, dateline: Dateline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(draft: list[DraftSentence]) -> tuple[list[DraftSentence], list[Dropped]]:
        return [], [Dropped(text=item.text, reason="test") for item in draft]

    monkeypatch.setattr("rag.ask.verify.verify", none)
    composer, verifier = stages(dateline)[-2:]
    case = next(c for c in asked.cases if Passes(dateline).of(c).draft)

    assert verifier.ask(case).abstained
    assert composer.ask(case).citations
    assert not composer.ask(case).abstained


def test_a_run_that_was_cut_off_goes_on(asked: Suite, dateline: Dateline, tmp_path: Path) -> None:
    few = asked.sample(2)
    first = measure_stages(few, dateline, tmp_path)
    records = tmp_path / "verifier" / "records.jsonl"
    lines = records.read_bytes().splitlines(keepends=True)
    records.write_bytes(lines[0] + lines[1][:20])

    again = measure_stages(few, dateline, tmp_path)

    assert [row.summary.value("right") for row in again] == [
        row.summary.value("right") for row in first
    ]
    assert len(RunFolder(tmp_path / "verifier").records()) == 2


def test_the_table_has_gains_and_milliseconds(rows: list[Row]) -> None:
    lines = list(markdown(rows))

    assert lines[0].startswith("| stage | article Success@1 | Success@1 |")
    assert lines[0].endswith("| adds ms | all ms |")
    assert [line.split(" | ")[0] for line in lines[2:]] == [f"| {name}" for name in STAGES]
    assert "(" not in lines[2]
    assert all("(" in line for line in lines[3:])
    written = json.loads(json.dumps(to_json(rows)))
    assert written[3]["gains"]["right"]["n"] == 14
    assert written[5]["metrics"]["quotes exact"]["value"] == 1.0


def test_the_command_prints_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["stages", "gold", "--limit", "2", "--out", "runs/s"]

    printed = CliRunner().invoke(eval_group, arguments)
    as_json = CliRunner().invoke(eval_group, [*arguments, "--json"])

    assert printed.exit_code == 0, printed.output
    assert "| BM25 |" in printed.stdout
    assert [row["stage"] for row in json.loads(as_json.stdout)] == list(STAGES)


def test_claims_have_no_stages(tmp_path: Path) -> None:
    suite = Suite(name="wice", about="", articles=(), cases=(), task="verify")

    with pytest.raises(RunError, match="stages are those of an answer"):
        staged(suite, tmp_path, tmp_path, **SETTINGS)


def test_the_settings_of_a_stage_name_its_models(dateline: Dateline) -> None:
    settings = Verifies(dateline, Passes(dateline)).settings()

    assert settings["models"] == {
        "embedder": dateline.embedder.fingerprint, "reader": dateline.reader.fingerprint
    }  # fmt: skip
