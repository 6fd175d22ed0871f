"""Questions whose documents disagree: RAMDocs (Wang et al., 2025) and RGB (Chen et al., 2024)."""

from __future__ import annotations

from pathlib import Path

from eval import jsonl
from eval.adapters.documents import articles, read_documents
from eval.cases import Case
from eval.suite import Suite


def ramdocs(data: Path) -> Suite:
    """Read RAMDocs: each question of its own documents, right, wrong and beside the point."""
    folder = data / "ramdocs"
    return Suite(
        name="ramdocs",
        about="each question of its own documents, some of them altered",
        articles=tuple(read_documents(folder / "documents.jsonl.gz")),
        cases=tuple(
            Case(
                id=row["id"],
                kind=row["type"],
                question=row["question"],
                answerable=True,
                answers=tuple(row["answers"]),
                evidence=articles([i["id"] for i in row["evidence"] if i["type"] == "correct"]),
                conflict="disagreement_between_sources",
                within=tuple(item["id"] for item in row["evidence"]),
            )
            for row in jsonl.values(folder / "questions.jsonl")
        ),
    )


def _accepted(answers: list[str | list[str]]) -> tuple[str, ...]:
    """Return the accepted answers: RGB has one answer, in some rows as a list of its spellings."""
    return tuple(
        spelling for item in answers for spelling in ([item] if isinstance(item, str) else item)
    )


def rgb(data: Path) -> Suite:
    """Read RGB's counterfactual part: snippets that are right, altered, and beside the point."""
    folder = data / "rgb_en_fact"
    cases = []
    for row in jsonl.values(folder / "questions.jsonl"):
        named = row["evidence"]
        cases.append(
            Case(
                id=row["id"],
                kind=row["type"],
                question=row["question"],
                answerable=True,
                answers=_accepted(row["answers"]),
                evidence=articles(named["positive"]),
                conflict="disagreement_between_sources",
                within=tuple(name for names in named.values() for name in names),
            )
        )
    return Suite(
        name="rgb",
        about="each question of its own snippets, each right one also in an altered copy",
        articles=tuple(read_documents(folder / "documents.jsonl.gz")),
        cases=tuple(cases),
    )
