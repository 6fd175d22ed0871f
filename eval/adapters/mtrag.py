"""Conversations: MTRAG (Katsis et al., 2025), its unanswerable turns and its rewrites."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval import jsonl
from eval.adapters.documents import articles, read_documents
from eval.cases import Case
from eval.suite import Suite, source_id
from rag.types import Source, Turn

_ANSWERABLE = {"ANSWERABLE": True, "PARTIAL": True, "UNANSWERABLE": False}


def unanswerables(data: Path) -> Suite:
    """Read MTRAG-UN; turns that want a question back carry no label of answerability."""
    folder = data / "mtrag_un"
    return Suite(
        name="mtrag_un",
        about="later turns of conversations, some of them unanswerable or underspecified",
        articles=_pool(data),
        cases=tuple(_task(row) for row in jsonl.values(folder / "tasks.jsonl")),
    )


def rewrites(data: Path) -> Suite:
    """Read the rewrites by hand of which the evidence is among MTRAG-UN's documents."""
    pool = _pool(data)
    known = {source_id(item) for item in pool}
    cases: list[Case] = []
    left_out = 0
    for row in jsonl.values(data / "mtrag_rewrites" / "rewrites.jsonl"):
        found = [name for name in row["qrels"] if name in known]
        if not found:
            left_out += 1
            continue
        asked = _asked(row["all_turns"])
        cases.append(
            Case(
                id=row["id"],
                kind=row["domain"],
                question=asked[-1],
                history=tuple(Turn(role="user", content=text) for text in asked[:-1]),
                standalone=_asked(row["rewrite"])[-1],
                answerable=True,
                evidence=articles(found),
            )
        )
    return Suite(
        name="mtrag_rewrites",
        about="follow-ups with their rewrite by hand: what each of the two retrieves",
        articles=pool,
        cases=tuple(cases),
        notes=(f"{left_out} turns are left out: their passages are not among the documents",),
    )


def _pool(data: Path) -> tuple[Source, ...]:
    return tuple(read_documents(data / "mtrag_un" / "documents.jsonl.gz"))


def _task(row: Mapping[str, Any]) -> Case:
    label = row["answerability"][0]
    answerable = _ANSWERABLE.get(label)
    turns = [
        Turn(role="user" if turn["speaker"] == "user" else "assistant", content=turn["text"])
        for turn in row["history"]
    ]
    return Case(
        id=row["id"],
        kind=label.lower(),
        question=turns[-1].content,
        history=tuple(turns[:-1]),
        answerable=answerable,
        answers=tuple(row["answers"]) if answerable else (),
        evidence=articles(row["evidence_ids"]) if answerable else (),
    )


def _asked(turns: str) -> list[str]:
    return [text.strip() for text in turns.split("|user|:") if text.strip()]
