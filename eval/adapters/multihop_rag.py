"""MultiHop-RAG: questions that need several articles (Tang and Yang, 2024)."""

from __future__ import annotations

from pathlib import Path

from eval import jsonl
from eval.adapters.documents import each, read_documents
from eval.cases import Case, Gold
from eval.suite import Suite


def load(data: Path) -> Suite:
    """Read it; every gold sentence is one thing to find."""
    folder = data / "multihop_rag"
    return Suite(
        name="multihop_rag",
        about="inference, comparison and time over several articles, and questions without answer",
        articles=tuple(read_documents(folder / "documents.jsonl.gz")),
        cases=tuple(
            Case(
                id=row["id"],
                kind=row["type"].removesuffix("_query"),
                question=row["question"],
                answerable=row["answerable"],
                answers=tuple(row["answers"]) if row["answerable"] else (),
                evidence=each(
                    *(Gold(article=i["doc_id"], quote=i["fact"]) for i in row["evidence"])
                ),
            )
            for row in jsonl.values(folder / "questions.jsonl")
        ),
        notes=("the articles are their gold sentences only, as the set gives them",),
    )
