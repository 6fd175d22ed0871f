"""News quizzes, asked on the day of the quiz."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval import jsonl
from eval.adapters.documents import articles, read_documents
from eval.cases import Case
from eval.suite import Suite
from rag import moments


def load(data: Path) -> Suite:
    """Read the quizzes; only what the publisher linked itself counts as evidence."""
    rows = list(jsonl.values(data / "realtimeqa" / "questions.jsonl"))
    guessed = sum(not row["gold_doc_ids"] and row["answerable"] for row in rows)
    return Suite(
        name="realtimeqa",
        about="news quizzes as of their day, with the article that the publisher linked",
        articles=tuple(read_documents(data / "realtimeqa" / "documents.jsonl.gz")),
        cases=tuple(_case(row, "gold_doc_ids") for row in rows),
        notes=(
            f"{guessed} questions have no publisher's link: their retrieval is not scored",
            "the unanswerable ones are heuristic: their answer is a string of no document",
        ),
    )


def matched(data: Path) -> Suite:
    """Read the quizzes with evidence that was matched by words: easier for a search by words."""
    rows = jsonl.values(data / "realtimeqa" / "questions.jsonl")
    return Suite(
        name="realtimeqa-matched",
        about="the same, with articles matched by answer and overlap as evidence too",
        articles=tuple(read_documents(data / "realtimeqa" / "documents.jsonl.gz")),
        cases=tuple(_case(row, "gold_doc_ids", "silver_doc_ids") for row in rows),
    )


def _case(row: Mapping[str, Any], *fields: str) -> Case:
    named = dict.fromkeys(name for field in fields for name in row[field])
    if not row["answerable"]:
        kind = "unanswerable"
    else:
        kind = "linked" if row["gold_doc_ids"] else "matched"
    return Case(
        id=row["id"],
        kind=kind,
        question=row["question"],
        answerable=row["answerable"],
        answers=tuple(row["answers"]) if row["answerable"] else (),
        evidence=articles(list(named)) if row["answerable"] else (),
        as_of=moments.parse(row["asked_at"], end_of_day=True),
    )
