from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from eval.adapters.gold import load
from eval.errors import DataMissing
from eval.folder import RunFolder
from eval.run import run
from eval.score import score
from eval.suite import Suite
from eval.systems.choose import choose
from eval.systems.system import System
from rag.dateline import Dateline
from rag.errors import ArticleNotFound
from rag.types import Source
from tests.eval.judging import NO, TEXT, YES, case, gold

SUITE = Suite(
    name="tiny",
    about="",
    articles=(Source(text=TEXT, origin="o", id="a"), Source(text="Other.", origin="o", id="b")),
    cases=(
        case(id="1", evidence=gold(YES)),
        case(id="two words", evidence=gold(NO)),
        case(id="3", answerable=False),
    ),
)
RUN = "1 Q0 b 1 0.2 x\n1 Q0 a 2 0.9 x\ntwo_words Q0 b 1 5 x\n"


def never() -> Dateline:
    raise AssertionError("no collection is needed")


def test_another_programs_run_is_scored_by_its_scores(tmp_path: Path) -> None:
    (tmp_path / "run.txt").write_text(RUN)
    system = choose(f"trec:{tmp_path / 'run.txt'}", SUITE, never)

    folder = run(SUITE, system, RunFolder(tmp_path / "run"))

    summary, scored = score(folder)
    assert summary.info["system"] == "trec:run.txt"
    assert [item.figures["article Success@1"] for item in scored[:2]] == [1, 0]
    assert scored[0].figures["quotes exact"] == 1
    assert summary.value("abstain recall") == 1
    assert len(summary.info["settings"]["run"]) == 64


def test_a_file_that_is_not_there_and_a_document_that_is_not_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="takes a run file"):
        choose("trec:none", SUITE, never)
    (tmp_path / "run.txt").write_text("1 Q0 c 1 0.2 x\n")
    system = cast(System, choose(f"trec:{tmp_path / 'run.txt'}", SUITE, never))
    with pytest.raises(ArticleNotFound):
        system.ask(SUITE.cases[0])


def test_what_trec_writes_of_articles_is_played_back(tmp_path: Path) -> None:
    suite = load(Path()).sample(20)
    named = [item.evidence[0][0].article for item in suite.cases if item.evidence]
    lines = [
        f"{item.id} Q0 {item.evidence[0][0].article} 1 1 x\n"
        for item in suite.cases
        if item.evidence
    ]
    (tmp_path / "oracle").write_text("".join(lines))

    folder = run(suite, choose(f"trec:{tmp_path / 'oracle'}", suite, never),
                 RunFolder(tmp_path / "run"))  # fmt: skip

    assert named
    assert score(folder)[0].value("article Success@1") == 1
