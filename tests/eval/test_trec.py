from __future__ import annotations

import json
from pathlib import Path

import ir_measures
from ir_measures import RR

from eval import trec
from tests.eval.judging import NO, YES, case, cited, gold, judged, passage, reply

ITEMS = [
    judged(
        case(id="1", evidence=gold(NO)),
        reply(cited(NO), cited(YES, number=2), ranked=(passage(0, 6, "b"), passage(0, 56))),
    ),
    judged(case(id="two words", evidence=gold("")), reply(ranked=(passage(0, 15),))),
    judged(case(id="3", evidence=gold(NO)), None),
]


def test_a_run_and_its_judgements_are_read_back_by_others_tools(tmp_path: Path) -> None:
    trec.write_run(tmp_path / "run", ITEMS, "tag")
    trec.write_qrels(tmp_path / "qrels", ITEMS)

    run, qrels = trec.read_run(tmp_path / "run"), trec.read_qrels(tmp_path / "qrels")

    assert [(item.query_id, item.doc_id) for item in run] == [
        ("1", "b:1:0-6"), ("1", "a:1:0-56"), ("two_words", "a:1:0-15")
    ]  # fmt: skip
    # At rank 2 and at rank 1.
    assert ir_measures.calc_aggregate([RR], qrels, run)[RR] == 0.75


def test_answers_are_written_as_the_rag_track_takes_them(tmp_path: Path) -> None:
    trec.write_rag(tmp_path / "rag", ITEMS, "tag")

    rows = [json.loads(line) for line in (tmp_path / "rag").read_text().splitlines()]

    assert rows[0] == {
        "run_id": "tag",
        "topic_id": "1",
        "topic": "Who?",
        "references": ["a:1:0-56"],
        "response_length": 6,
        "answer": [{"text": NO, "citations": [0]}, {"text": YES, "citations": [0]}],
    }
    assert (rows[2]["answer"], rows[2]["references"]) == ([], [])
