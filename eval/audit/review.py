"""Ask a collection, keep the answers, and hold each against the articles."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from eval import jsonl
from eval.audit.checks import Complaint, Kept, Look, complaints, quotations
from eval.suite import Suite, source_id
from rag.dateline import Dateline
from rag.errors import ArticleNotFound, DatelineError
from rag.types import Answer

Row = Mapping[str, Any]
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


def review(suite: Suite, dateline: Dateline, path: Path) -> list[dict[str, Any]]:
    """Return a row for each case: its answer and what is wrong with it.

    What ``path`` has is not asked again; what failed is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {row["id"]: row for row in jsonl.values(path)} if path.exists() else {}
    look = library(suite, dateline)
    dateline.warm()
    found = []
    with path.open("a", encoding="utf-8") as file:
        for case in suite.cases:
            row = known.get(case.id)
            if row is None:
                try:
                    answer = dateline.ask(case.question, case.history, case.filters)
                except DatelineError as error:
                    failure = Complaint("failed", f"{error.code}: {error}")
                    found.append({"id": case.id, "kind": case.kind, "wrong": [failure]})
                    continue
                written = _ANSWER.dump_python(answer, mode="json")
                row = {"id": case.id, "kind": case.kind, "answer": written}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            found.append({**row, "wrong": complaints(row["answer"], look, case.as_of)})
    return found


def library(suite: Suite, dateline: Dateline) -> Look:
    """Return what looks up an article as it is kept beside the article as it was handed in."""
    sources = {source_id(item): item for item in suite.articles}

    @cache
    def look(name: str, version: int | None) -> Kept:
        if name not in sources:
            raise LookupError(name)
        try:
            article = dateline.article(name, version)
        except ArticleNotFound as error:
            raise LookupError(f"{name}, version {version}") from error
        given = sources[name]
        return Kept(article.text, article.cluster_id, given.text, given.published_at)

    return look


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Count what was asked, said and wrong; `wrong` names every complaint."""
    answers = [row["answer"] for row in rows if "answer" in row]
    said = [sentence["text"] for answer in answers for sentence in answer["sentences"]]
    wrong = [
        {"id": row["id"], "kind": row["kind"], "code": item.code, "detail": item.detail}
        for row in rows
        for item in row["wrong"]
    ]
    return {
        "questions": len(rows),
        "kinds": dict(sorted(Counter(row["kind"] for row in rows).items())),
        "answered": sum(not answer["abstained"] for answer in answers),
        "declined": sum(answer["abstained"] for answer in answers),
        "as_of": sum(answer["as_of"] is not None for answer in answers),
        "sentences": len(said),
        "citations": sum(len(answer["citations"]) for answer in answers),
        "with quotation marks": sum(quotations(text) != [[]] for text in said),
        "answers with complaints": len({item["id"] for item in wrong}),
        "complaints": dict(sorted(Counter(item["code"] for item in wrong).items())),
        "wrong": wrong,
    }
