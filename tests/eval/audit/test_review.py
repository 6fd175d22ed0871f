"""Questions for an audit, and the audit of the seeds from question to report."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.audit import __main__ as command
from eval.audit.questions import TOO_EARLY, evenly, headlines, suites
from eval.audit.review import review, summary
from eval.suite import Suite
from rag.dateline import Dateline
from tests.eval.judging import case


def test_questions_are_of_every_kind_and_headlines_are_asked_too_early(data: Path) -> None:
    desk, room = suites(data, 60)

    assert (len(desk.cases), len(room.cases)) == (40, 20)
    assert len(suites(data, 60)[0].articles) == len(desk.articles) > 3_000
    kinds = {item.kind for item in (*desk.cases, *room.cases)}
    assert {"fact", "near_miss", "as_of", "chat follow-up", "linked", "denial", "several",
            "headline", "headline, who", TOO_EARLY} <= kinds  # fmt: skip
    dated = {item.id: item for item in desk.articles}
    for item in desk.cases:
        if item.kind == TOO_EARLY:
            published = dated[item.id.partition(" ")[0]].published_at
            assert item.as_of is not None
            assert published is not None
            assert item.as_of < published


def test_every_kind_is_asked_about_as_often_and_always_the_same(gold: Suite) -> None:
    cases = [case(id=str(at), kind="many") for at in range(20)] + [case(id="x", kind="one")]

    chosen = evenly(cases, 5)

    assert Counter(item.kind for item in chosen) == {"many": 4, "one": 1}
    assert chosen == evenly(cases[::-1], 5)
    assert len(evenly(cases, 99)) == 21
    assert list(headlines([replace(gold.articles[0], title=None)])) == []


def test_answers_are_kept_and_checked_again(
    gold: Suite, dateline: Dateline, tmp_path: Path
) -> None:
    few, path = gold.sample(6), tmp_path / "audit" / "gold.jsonl"

    rows = review(few, dateline, path)

    assert [row["wrong"] for row in rows] == [[]] * 6
    report = summary(rows)
    assert report["questions"] == report["answered"] + report["declined"] == 6
    assert report["complaints"] == {}
    assert min(report["sentences"], report["citations"]) > 0
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    quoting = next(line for line in lines if line["answer"]["citations"])
    quoting["answer"]["citations"][0]["end"] += 1
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    again = summary(review(few, dateline, path))

    assert again["complaints"] == {"offsets": 1}
    assert again["wrong"][0]["id"] == quoting["id"]
    assert len(path.read_text().splitlines()) == 6


def test_a_question_that_fails_is_told_and_asked_again(
    gold: Suite, dateline: Dateline, tmp_path: Path
) -> None:
    broken = replace(gold, cases=(case(id="1", question="?"),))

    rows = review(broken, dateline, tmp_path / "a.jsonl")

    assert summary(rows)["complaints"] == {"failed": 1}
    assert (tmp_path / "a.jsonl").read_text() == ""


def test_the_command_fails_when_an_answer_does(
    gold: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "suites", lambda data, count: [gold.sample(count)])
    arguments = ["--questions", "3", "--out", "audit"]

    good = CliRunner().invoke(command.main, arguments)
    path = tmp_path / "audit" / "gold.jsonl"
    path.write_text(path.read_text().replace('"confidence": 0.', '"confidence": 9.'))
    bad = CliRunner().invoke(command.main, arguments)

    assert good.exit_code == 0, good.output
    assert json.loads(good.stdout)["questions"] == 3
    assert bad.exit_code == 1
    assert "form: confidence 9." in bad.stderr
    assert json.loads((tmp_path / "audit" / "report.json").read_text())["wrong"]
