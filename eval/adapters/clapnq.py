"""CLAPnq: long answers from one passage, with the sentences selected (Rosenthal et al., 2024)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval import jsonl
from eval.adapters.documents import each, read_documents
from eval.cases import Case, Gold
from eval.suite import Suite


def load(data: Path) -> Suite:
    """Read it; the sentences of the first annotator who selected any are the evidence."""
    folder = data / "clapnq_dev"
    return Suite(
        name="clapnq",
        about="long answers from Wikipedia passages; half of the questions have none",
        articles=tuple(read_documents(folder / "documents.jsonl.gz")),
        cases=tuple(_case(row) for row in jsonl.values(folder / "questions.jsonl")),
    )


def _case(row: Mapping[str, Any]) -> Case:
    selected: list[str] = next((chosen for chosen in row["selected_sentences"] if chosen), [])
    passage = row["evidence_ids"][0]
    known = row["answerable"]
    return Case(
        id=row["id"],
        kind="answerable" if known else "unanswerable",
        question=row["question"],
        answerable=known,
        answers=tuple(row["answers"]),
        evidence=each(*(Gold(article=passage, quote=text) for text in selected)) if known else (),
        origin=passage,
    )
