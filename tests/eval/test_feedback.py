"""What people say of answers becomes cases that are asked again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.adapters import load_suite
from eval.errors import CaseError, DataMissing
from eval.feedback import export
from rag.cli import main
from rag.config import Settings
from rag.dateline import Dateline
from rag.types import Source

TEXTS = {
    "ferry": "The ferry will run again on Friday, harbour master Lena Brandt said on Monday.",
    "bridge": "The bridge will be closed in May, mayor Otto Lind said on Tuesday.",
    "market": "The market opens at nine, trader Ida Holm said on Sunday.",
}


@pytest.fixture
def dateline(tmp_path: Path) -> Iterator[Dateline]:
    opened = Dateline(Settings(data=tmp_path / "data", reader="overlap"))
    opened.add(Source(id=name, text=text, origin=name) for name, text in TEXTS.items())
    yield opened
    opened.close()


def said(dateline: Dateline, question: str, verdict: str, expected: str | None = None) -> str:
    answer = dateline.ask(question)
    dateline.answers.flush()
    dateline.feedback.add(answer.id, verdict, expected=expected)  # type: ignore[arg-type]
    return answer.text


def test_every_verdict_becomes_what_it_says(dateline: Dateline, tmp_path: Path) -> None:
    said(dateline, TEXTS["ferry"], "right")
    said(dateline, "Will the bridge be closed in May?", "wrong", "in June")
    said(dateline, "Who is the mayor?", "should_abstain")
    said(dateline, "How many ships sank in the storm?", "right")
    said(dateline, "When does the zoo open?", "should_answer", "at ten")
    said(dateline, "Why?  Because.", "wrong")
    found = export(dateline, tmp_path / "said")
    assert (found.cases, found.articles) == (5, 3)
    assert found.skipped == {"it is wrong, and what is right is not said": 1}

    suite = load_suite(f"own:{tmp_path / 'said'}", Path())
    assert {item.id for item in suite.articles} == set(TEXTS)
    cases = {case.question: case for case in suite.cases}
    right = cases[TEXTS["ferry"]]
    assert (right.kind, right.answerable) == ("feedback-right", True)
    assert [group[0].article for group in right.evidence] == ["ferry"]
    assert right.evidence[0][0].quote in TEXTS["ferry"]
    wrong = cases["Will the bridge be closed in May?"]
    assert (wrong.answers, wrong.evidence) == (("in June",), ())
    assert cases["Who is the mayor?"].answerable is False
    assert cases["How many ships sank in the storm?"].answerable is False
    assert cases["When does the zoo open?"].answers == ("at ten",)


def test_the_newest_opinion_counts_and_what_is_not_printed_any_more_does_not(
    dateline: Dateline, tmp_path: Path
) -> None:
    said(dateline, TEXTS["ferry"], "should_abstain")
    said(dateline, TEXTS["ferry"], "right")
    said(dateline, TEXTS["market"], "incomplete", "at nine, on Sunday")
    dateline.retract("market", "It was wrong.")
    found = export(dateline, tmp_path / "said")
    assert found.skipped == {"there is a newer opinion on the same question": 1}
    cases = {case.kind: case for case in load_suite(f"own:{tmp_path / 'said'}", Path()).cases}
    assert set(cases) == {"feedback-right", "feedback-incomplete"}
    assert cases["feedback-incomplete"].evidence == ()
    assert cases["feedback-incomplete"].answers == ("at nine, on Sunday",)


def test_the_command_writes_a_suite_that_can_be_run(dateline: Dateline, tmp_path: Path) -> None:
    said(dateline, TEXTS["ferry"], "right")
    data = ["--data", str(dateline.settings.data)]
    folder = tmp_path / "said"
    result = CliRunner().invoke(main, [*data, "eval", "feedback", str(folder), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"cases": 1, "articles": 3, "skipped": {}}
    run = ["eval", "run", f"own:{folder}", "--system", "bm25", "--out", str(tmp_path / "run")]
    assert CliRunner().invoke(main, run).exit_code == 0


def test_without_opinions_or_a_folder_it_says_so(dateline: Dateline, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no feedback"):
        export(dateline, tmp_path / "said")
    with pytest.raises(DataMissing, match=r"articles\.jsonl"):
        load_suite(f"own:{tmp_path}", Path())
