"""Questions whose documents disagree: RAMDocs (Wang et al., 2025) and RGB (Chen et al., 2024).

Each is asked twice: of all its documents, and (``-agreed``) of those alone that do not disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval import jsonl
from eval.adapters.documents import articles, read_documents
from eval.cases import Case
from eval.metrics.answers import words
from eval.suite import Suite

AGREED = "-agreed"


def ramdocs(data: Path) -> Suite:
    """Read RAMDocs: each question of its own documents, right, wrong and beside the point.

    A good answer has every right answer that a document states. Documents disagree where those that
    state anything, right or wrong, state more than one answer.
    """
    folder = data / "ramdocs"
    return Suite(
        name="ramdocs",
        about="each question of its own documents, some of them altered, and of those that agree",
        articles=tuple(read_documents(folder / "documents.jsonl.gz")),
        cases=tuple(
            case for row in jsonl.values(folder / "questions.jsonl") for case in _ramdocs(row)
        ),
    )


def _ramdocs(row: Mapping[str, Any]) -> Iterator[Case]:
    stated: dict[str, list[str]] = {}
    right: dict[str, list[str]] = {}
    for item in row["evidence"]:
        if item["type"] != "noise":
            stated.setdefault(_plain(item["answer"]), []).append(item["id"])
        if item["type"] == "correct":
            right.setdefault(_plain(item["answer"]), []).append(item["id"])
    accepted = [answer for answer in row["answers"] if _plain(answer) in right] or row["answers"]
    one = Case(
        id=row["id"],
        kind=row["type"],
        question=row["question"],
        answerable=True,
        answers=tuple(row["answers"]),
        must=tuple((answer,) for answer in accepted),
        evidence=articles([name for names in right.values() for name in names]),
        conflict="disagreement_between_sources" if len(stated) > 1 else "none",
        within=tuple(item["id"] for item in row["evidence"]),
    )
    yield one
    if len(stated) > 1 and right:
        best = max(accepted, key=lambda answer: len(right.get(_plain(answer), ())))
        others = [name for answer, names in stated.items() for name in names
                  if answer != _plain(best)]  # fmt: skip
        yield _agreed(one, (best,), others)


def _agreed(case: Case, spellings: tuple[str, ...], others: list[str]) -> Case:
    """Ask the same without the documents that state another answer."""
    kept = {name for name in case.within if name not in others}
    named = [gold.article for group in case.evidence for gold in group]
    return replace(
        case,
        id=case.id + AGREED,
        kind=case.kind + AGREED,
        answers=spellings,
        must=(spellings,),
        evidence=articles([name for name in named if name in kept]),
        conflict="none",
        within=tuple(name for name in case.within if name in kept),
    )


def _plain(answer: str) -> str:
    return " ".join(words(answer))


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
        spellings = _accepted(row["answers"])
        one = Case(
            id=row["id"],
            kind=row["type"],
            question=row["question"],
            answerable=True,
            answers=spellings,
            must=(spellings,),
            evidence=articles(named["positive"]),
            conflict="disagreement_between_sources",
            within=tuple(name for names in named.values() for name in names),
        )
        cases += [one, _agreed(one, spellings, named["positive_wrong"])]
    return Suite(
        name="rgb",
        about="each question of its own snippets, with and without altered copies of right ones",
        articles=tuple(read_documents(folder / "documents.jsonl.gz")),
        cases=tuple(cases),
    )
