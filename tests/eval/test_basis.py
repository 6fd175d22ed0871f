from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eval.basis import CODE, ROOT, basis, code, differs, files
from eval.collection import checksums, ingest_report
from eval.folder import RunFolder
from eval.run import run
from eval.suite import Suite, Task
from eval.systems.choose import SYSTEMS
from eval.systems.constant import Silent
from rag.dateline import Dateline

STORED = {"checksums": {"texts": "t", "passages": "p"}}


@pytest.mark.parametrize("task", CODE)
def test_every_system_names_the_files_that_decide_what_it_says(task: Task) -> None:
    assert set(CODE[task]) == set(SYSTEMS[task])
    for patterns in CODE[task].values():
        for pattern in patterns:
            assert files((pattern,)), pattern


def test_what_searches_depends_on_what_is_stored_and_nothing_else_does() -> None:
    found = {name: basis(name, "ask", lambda: STORED).get("collection") for name in CODE["ask"]}

    assert found == {
        "dateline": "p", "bm25": "p", "dense": "p", "fused": "p", "llama-index": "t",
        "constant": None, "silent": None,
    }  # fmt: skip
    assert basis("trec:run.txt", "ask", lambda: STORED) == {}


def test_an_answer_depends_on_all_that_the_stages_import() -> None:
    taken = {str(path.relative_to(ROOT)) for path in files(CODE["ask"]["dateline"])}

    assert {
        "rag/answering.py", "rag/composing.py", "rag/ask/verify.py", "rag/ask/places.py",
        "rag/attribution/quotations.py", "rag/language.py", "rag/store/lexical.py",
        "rag/models/blend.py", "rag/models/weights/reader/model.safetensors",
    } <= taken  # fmt: skip
    assert not {"rag/cli.py", "rag/errors.py", "rag/models/training/blend.py"} & taken


def test_settings_and_files_make_another_basis(tmp_path: Path) -> None:
    bolder = basis("dateline", "ask", lambda: STORED, min_confidence=0.1)

    assert bolder != basis("dateline", "ask", lambda: STORED)
    assert basis("bm25", "ask", lambda: STORED, min_confidence=0.1) == basis(
        "bm25", "ask", lambda: STORED
    )
    assert code(("eval/run.py",)) != code(("eval/run.py", "eval/basis.py")) != code(())


def test_a_run_differs_by_cases_articles_and_by_what_decided_it(
    gold: Suite, tmp_path: Path
) -> None:
    suite = gold.sample(2)
    folder = run(suite, Silent(suite), RunFolder(tmp_path / "r"), basis={"code": "1"})

    assert differs(folder, suite, {"code": "1"}) is None
    assert differs(folder, suite, {"code": "2"}) == "another code"
    assert differs(folder, suite, {"code": "1", "collection": "x"}) == "another collection"
    assert differs(folder, replace(suite, cases=suite.cases[:1]), {"code": "1"}) == "other cases"
    others = replace(suite, articles=suite.articles[:1])
    assert differs(folder, others, {"code": "1"}) == "other articles"


def test_a_collection_is_known_by_what_is_stored_and_not_by_what_stored_it(
    dateline: Dateline, tmp_path: Path, gold: Suite
) -> None:
    from eval.collection import open_collection
    from tests.eval.conftest import SETTINGS

    known = ingest_report(dateline)["checksums"]
    assert checksums(dateline.database) == known

    turned = open_collection(replace(gold, articles=gold.articles[::-1]), SETTINGS, tmp_path)
    assert checksums(turned.database) == known
    turned.delete(turned.articles(1).items[0].id)
    fewer = checksums(turned.database)
    turned.close()
    assert fewer["texts"] != known["texts"]
    assert fewer["passages"] != known["passages"]
