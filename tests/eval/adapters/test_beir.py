from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.adapters import load_suite
from eval.errors import CaseError, DataMissing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "qrels").mkdir()
    rows = [{"_id": "d1", "title": "T", "text": "One."}, {"_id": "d2", "text": "Two."}]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    rows = [{"_id": "q1", "text": "Who?"}, {"_id": "q2", "text": "What?"}]
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t2\nq2\td1\t0\n"
    )
    return tmp_path


def test_a_folder_in_beirs_format_is_a_suite(folder: Path) -> None:
    suite = load_suite(f"beir:{folder}", Path())

    assert [(item.id, item.title) for item in suite.articles] == [("d1", "T"), ("d2", None)]
    assert [case.id for case in suite.cases] == ["q1"]
    assert [group[0].article for group in suite.cases[0].evidence] == ["d1", "d2"]
    assert suite.notes == ("1 queries have no relevant document in test.tsv",)


def test_judgements_without_tabs_are_refused_by_line(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").write_text("q1\td1\t1\nq1 d2 1\n")

    with pytest.raises(CaseError, match=r"test\.tsv, line 2"):
        load_suite(f"beir:{folder}", Path())


def test_a_folder_without_judgements_is_missing_data(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"qrels/test\.tsv"):
        load_suite(f"beir:{tmp_path}", Path())


def test_judgements_may_be_in_trecs_format(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").write_text("q1 0 d2 1\nq2 0 d1 0\nq2 0 d2 2\n")

    suite = load_suite(f"beir:{folder}", Path())

    assert [case.evidence[0][0].article for case in suite.cases] == ["d2", "d2"]
