"""Conversations that seek information: INSCIT (Wu et al., 2023), its development part."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval import jsonl
from eval.adapters.documents import articles, read_documents
from eval.cases import Case
from eval.suite import Suite, source_id
from rag.types import Turn


def load(data: Path) -> Suite:
    """Read the turns of which the evidence is among the documents; none has a rewrite by hand."""
    folder = data / "inscit_dev"
    pool = tuple(read_documents(folder / "documents.jsonl.gz"))
    known = {source_id(item) for item in pool}
    cases: list[Case] = []
    left_out = 0
    for row in jsonl.values(folder / "turns.jsonl"):
        case = _turn(row, known)
        if case is None:
            left_out += 1
        else:
            cases.append(case)
    return Suite(
        name="inscit",
        about="turns of conversations: what a follow-up retrieves",
        articles=pool,
        cases=tuple(cases),
        notes=(f"{left_out} turns are left out: they have no evidence among the documents",),
    )


def _turn(row: Mapping[str, Any], known: set[str]) -> Case | None:
    labels = [item for item in row["labels"] if item["response_type"] == "directAnswer"]
    found = {name for item in labels for name in item["evidence_ids"] if name in known}
    if not found:
        return None
    said = [
        Turn(role="assistant" if at % 2 else "user", content=text)
        for at, text in enumerate(row["context"])
    ]
    return Case(
        id=row["id"],
        kind="chat follow-up" if len(said) > 1 else "chat",
        question=said[-1].content,
        history=tuple(said[:-1]),
        answerable=True,
        answers=tuple(item["response"] for item in labels),
        evidence=articles(sorted(found)),
    )
