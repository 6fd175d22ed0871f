from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.adapters.gold import CASES, CHATS, PLAIN, SEEDS, chats, load, plain
from eval.cases import Gold, case_from_row, case_to_row, load_cases
from eval.errors import CaseError, DataMissing
from eval.locate import locate
from eval.suite import Suite, source_id
from rag.ingest.clean import clean

GOOD = {"id": "1", "kind": "fact", "question": "Who?"}


def test_a_row_with_everything_is_read() -> None:
    row = {
        **GOOD,
        "history": [{"role": "user", "content": "Before?"}],
        "answerable": True,
        "answers": ["Paris"],
        "must": [["Paris", "paris"]],
        "evidence": [[{"article": "a", "quote": "It was Paris."}]],
        "as_of": "2025-03-18T00:00:00Z",
    }

    case = case_from_row(row, "here")

    assert case.evidence == ((Gold(article="a", quote="It was Paris."),),)
    assert case.filters.as_of == case.as_of
    assert case_from_row(json.loads(json.dumps(case_to_row(case))), "here") == case


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id": "1", "kind": "fact"}, "question: Field required"),
        ({**GOOD, "anwsers": []}, "anwsers: Unexpected keyword argument"),
        ({**GOOD, "question": " "}, "must not be empty"),
        ({**GOOD, "answerable": False, "answers": ["x"]}, "has no answers and no evidence"),
        ({**GOOD, "must": [[]]}, "a group of evidence or of must is empty"),
        ({**GOOD, "quote_type": "loud"}, "quote_type: Input should be"),
        ({**GOOD, "as_of": "2025-03-18T00:00:00"}, "no time zone"),
        ({**GOOD, "evidence": [[{"article": "a", "qoute": "x"}]]}, "evidence.0.0.qoute"),
    ],
)
def test_a_bad_row_is_refused_with_file_line_and_reason(
    tmp_path: Path, row: dict[str, object], reason: str
) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps({**GOOD, "id": "0"}) + "\n\n" + json.dumps(row) + "\n")

    with pytest.raises(CaseError) as refused:
        load_cases(path)

    assert f"{path}, line 3" in str(refused.value)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", "line 1: not valid JSON"), ("[]", "line 1: not a JSON object"), ("", "holds no cases")],
)
def test_a_file_that_holds_something_else_is_refused(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(text)

    with pytest.raises(CaseError, match=reason):
        load_cases(path)


def test_an_id_that_comes_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n" * 2)

    with pytest.raises(CaseError, match="line 2: the id '1' is there already"):
        load_cases(path)


def test_a_file_that_is_not_there_is_missing_data(tmp_path: Path) -> None:
    with pytest.raises(DataMissing):
        load_cases(tmp_path / "none.jsonl")


def test_the_gold_set_has_at_least_eighty_cases_of_many_kinds() -> None:
    cases = load_cases(CASES)

    assert len(cases) >= 80
    assert len({case.kind for case in cases}) >= 10
    assert {case.answerable for case in cases} == {True, False}


@pytest.mark.parametrize("read", [load, plain, chats])
def test_every_gold_quote_stands_verbatim_in_its_cleaned_seed(
    read: Callable[[Path], Suite],
) -> None:
    suite = read(Path())
    texts = {source_id(item): clean(item, 1_000_000)[0].text for item in suite.articles}

    absent = [
        (case.id, gold.quote)
        for case in suite.cases
        for group in case.evidence
        for gold in group
        if gold.quote not in texts[gold.article]
    ]

    assert absent == []
    assert {path.stem for path in SEEDS.glob("*.txt")} == set(texts)


@pytest.mark.parametrize("path", [CASES, PLAIN, CHATS])
def test_every_must_of_the_gold_set_can_be_met_by_its_evidence_or_answers(path: Path) -> None:
    for case in load_cases(path):
        words = " ".join([*case.answers, *(g.quote for group in case.evidence for g in group)])
        for group in case.must:
            assert any(text.casefold() in words.casefold() for text in group), case.id


def test_the_gold_set_needs_the_seeds(tmp_path: Path) -> None:
    with pytest.raises(DataMissing):
        load(tmp_path, seeds=tmp_path / "none")


@pytest.mark.parametrize("read", [load, plain, chats])
def test_every_gold_quote_can_be_located(read: Callable[[Path], Suite]) -> None:
    suite = read(Path())
    texts = {source_id(item): clean(item, 1_000_000)[0].text for item in suite.articles}

    assert all(
        locate(gold.quote, texts[gold.article])
        for case in suite.cases
        for group in case.evidence
        for gold in group
    )
