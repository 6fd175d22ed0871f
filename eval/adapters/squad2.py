"""SQuAD 2.0: each question of its own paragraph, about half without answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval import jsonl
from eval.adapters.documents import read_documents
from eval.cases import Case, Gold
from eval.suite import Suite
from rag.language import sentences


def load(data: Path) -> Suite:
    """Read it; the labels hold for the paragraph alone, so that is what is asked.

    The sentence around the first marked answer is the evidence.
    """
    folder = data / "squad2_dev_half"
    paragraphs = read_documents(folder / "documents.jsonl.gz")
    texts = {item.id: item.text for item in paragraphs}
    return Suite(
        name="squad2",
        about="reading: each question of its own paragraph, half of them without answer",
        articles=tuple(paragraphs),
        cases=tuple(
            _case(row, texts[row["evidence_ids"][0]])
            for row in jsonl.values(folder / "questions.jsonl")
        ),
        notes=("retrieval is given: only reading is measured",),
    )


def _case(row: Mapping[str, Any], paragraph: str) -> Case:
    name = row["evidence_ids"][0]
    evidence: tuple[tuple[Gold, ...], ...] = ()
    if row["answerable"]:
        quotes = dict.fromkeys(_around(paragraph, start) for start in row["answer_start"])
        evidence = (tuple(Gold(article=name, quote=quote) for quote in quotes),)
    return Case(
        id=row["id"],
        kind="answerable" if row["answerable"] else "unanswerable",
        question=row["question"],
        answerable=row["answerable"],
        answers=tuple(dict.fromkeys(row["answers"])),
        evidence=evidence,
        within=(name,),
        origin=name,
    )


def _around(paragraph: str, at: int) -> str:
    return next(
        (paragraph[start:end] for start, end in sentences(paragraph) if start <= at < end),
        paragraph,
    )
