"""A tiny made-up copy of the data sets, in their own formats."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from rag.models.training.text import held_out

MILL = (
    "The mill in Porto closed in 2019. Ana Reis, who owns it, said 40 people lost their jobs. "
    "The union did not support the plan. Mayor Rui Alves promised new work by May. "
    "The river beside the mill has been clean since 2012. A school will move into the building."
)
FERRY = (
    "The ferry to Madeira sails on Friday. Captain Joana Dias said the trip takes seven hours. "
    "Tickets cost 30 euros. The company denied that the ship was unsafe. "
    "It carried 900 people last year. The harbour opened again in March after a storm."
)


def identifiers(kept: bool, count: int, name: str) -> list[str]:
    """Return ids that are, or are not, kept for measuring."""
    names = (f"doc-{number}" for number in itertools.count())
    return list(itertools.islice((key for key in names if held_out(key, name) is kept), count))


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if path.suffix == ".gz":
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.write(text)
    else:
        path.write_text(text, encoding="utf-8")


def document(key: str, text: str) -> dict[str, Any]:
    return {"id": key, "title": "News", "published_at": "2024-03-07", "text": text}


def quoted(document_id: str, text: str, quote: str) -> dict[str, Any]:
    start = text.index(quote)
    return {"doc_id": document_id, "text": quote, "start": start, "end": start + len(quote)}


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    mill, ferry = identifiers(False, 2, "newsdesk")
    (kept,) = identifiers(True, 1, "newsdesk")
    _newsdesk(folder / "newsdesk", mill, ferry, kept)
    _extractive(folder / "squad2_dev_half", identifiers(False, 2, "squad2"))
    for name in ("covidqa", "timeqa_human"):
        _extractive(folder / name, [f"{name}-1", f"{name}-2"])
    sentence = MILL.split(". ")[1] + "."
    write(folder / "clapnq_dev" / "documents.jsonl.gz", [document("c1", MILL)])
    write(
        folder / "clapnq_dev" / "questions.jsonl",
        [
            {"question": "who owns the mill", "answerable": True, "evidence_ids": ["c1"],
             "selected_sentences": [[sentence]]},
            {"question": "who sails", "answerable": False, "evidence_ids": ["c1"],
             "selected_sentences": []},
        ],
    )  # fmt: skip
    said = {"doc_type": "correct", "doc_answer": "Ana Reis"}
    noise = {"doc_type": "noise", "doc_answer": "unknown"}
    write(
        folder / "ramdocs" / "documents.jsonl.gz",
        [{**document("r1", MILL), **said}, {**document("r2", FERRY), **noise}],
    )
    _newsroom(folder, mill, ferry)
    write(
        folder / "ramdocs" / "questions.jsonl",
        [{"question": "Who owns the mill?", "evidence": [{"id": "r1"}, {"id": "r2"}]}],
    )
    return folder


def _newsdesk(folder: Path, mill: str, ferry: str, kept: str) -> None:
    write(
        folder / "documents.jsonl.gz",
        [document(mill, MILL), document(ferry, FERRY), document(kept, FERRY[::-1])],
    )
    owner = quoted(mill, MILL, "Ana Reis, who owns it, said 40 people lost their jobs.")
    union = quoted(mill, MILL, "The union did not support the plan.")
    price = quoted(ferry, FERRY, "Tickets cost 30 euros.")
    cut = [[owner["start"], owner["end"]]]
    base = {"answerable": True, "cut": None}
    write(
        folder / "questions.jsonl",
        [
            {**base, "id": "q1", "doc_id": mill, "type": "fact", "answer": "40",
             "question": "How many people lost their jobs?", "evidence": [owner], "cut": cut},
            {**base, "id": "q2", "doc_id": mill, "type": "yesno", "answer": "no",
             "question": "Did the union support the plan?", "evidence": [union]},
            {**base, "id": "q3", "doc_id": ferry, "type": "fact", "answer": "30 euros",
             "question": "What does a ticket cost?", "evidence": [price]},
            {"id": "q4", "doc_id": ferry, "type": "unanswerable", "answerable": False,
             "question": "How old is the captain?", "evidence": [], "cut": None},
            {**base, "id": "q5", "doc_id": kept, "type": "fact", "answer": "never",
             "question": "Is this seen?", "evidence": [], "cut": None},
        ],
    )  # fmt: skip
    write(
        folder / "claims.jsonl",
        [
            {"id": "c1", "doc_id": mill, "label": "supported", "evidence": [owner],
             "claim": "Forty people lost their jobs."},
            {"id": "c2", "doc_id": mill, "label": "contradicted", "evidence": [union],
             "claim": "The union backed the plan."},
            {"id": "c3", "doc_id": ferry, "label": "not_stated", "evidence": [],
             "claim": "The captain is 50."},
        ],
    )  # fmt: skip


def _extractive(folder: Path, keys: list[str]) -> None:
    write(folder / "documents.jsonl.gz", [document(keys[0], MILL), document(keys[1], FERRY)])
    write(
        folder / "questions.jsonl",
        [
            {"question": "Who owns the mill?", "answers": ["Ana Reis"], "answerable": True,
             "answer_start": [MILL.index("Ana Reis")], "evidence_ids": [keys[0]]},
            {"question": "How long is the trip?", "answers": ["seven hours"], "answerable": True,
             "evidence_ids": [keys[1]]},
            {"question": "Who owns the ferry?", "answers": [], "answerable": False,
             "evidence_ids": [keys[1]]},
        ],
    )  # fmt: skip


def _newsroom(folder: Path, mill: str, ferry: str) -> None:
    """Write articles as news26k has them, annotations with offsets, and newsdesk's stories."""
    articles = [document(mill, MILL), document(ferry, FERRY)]
    write(folder / "news26k" / "articles.jsonl.gz", articles)

    def span(text: str, quote: str) -> list[int]:
        return [text.index(quote), text.index(quote) + len(quote)]

    jobs = "Ana Reis, who owns it, said 40 people lost their jobs."
    union = "The union did not support the plan."
    safe = "The company denied that the ship was unsafe."
    rows: list[dict[str, Any]] = [
        {"kind": "fact", "doc_id": mill, "question": "Whose mill was it?",
         "answer": span(MILL, "Ana Reis"), "evidence": [span(MILL, jobs)]},
        {"kind": "yesno", "doc_id": mill, "question": "Was the union for it?", "answer": "no",
         "evidence": [span(MILL, union)]},
        {"kind": "near_miss", "doc_id": ferry, "question": "Who owns the ferry?", "evidence": []},
        {"kind": "claim", "doc_id": ferry, "claim": "The firm calls its ship safe.",
         "label": "supported", "evidence": [span(FERRY, safe)]},
    ]  # fmt: skip
    write(folder / "newsroom.jsonl", rows)
    both = [[mill, *span(MILL, jobs)], [ferry, *span(FERRY, "Captain Joana Dias said")]]
    (told,) = identifiers(False, 1, "stories")
    story = {"story_id": told, "type": "compare", "question": "Who spoke of what?"}
    write(folder / "newsroom_stories.jsonl", [{**story, "evidence": both}])
    quotes = [quoted(mill, MILL, jobs), quoted(ferry, FERRY, safe)]
    asked = {"question": "And then?", "standalone": "What then?", "evidence": quotes[:1]}
    write(folder / "newsdesk" / "story_documents.jsonl.gz", articles)
    write(
        folder / "newsdesk" / "stories.jsonl",
        [
            {**story, "evidence": quotes},
            {**story, "type": "chat", "turns": [asked]},
            {**story, "type": "as_of", "states": [{"evidence": quotes[:1]},
                                                  {"evidence": quotes[1:]}]},
            {**story, "type": "unanswerable"},
            {**story, "story_id": identifiers(True, 1, "stories")[0], "evidence": quotes},
        ],
    )  # fmt: skip
