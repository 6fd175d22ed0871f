"""Our own annotations of news26k's articles: places in their texts, and no text of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import rag
from eval import jsonl
from eval.adapters.documents import each, source
from eval.cases import Case, Claim, Gold
from eval.errors import CaseError
from eval.suite import Suite, source_id
from rag.types import Source

ANNOTATIONS = Path(rag.__file__).parent / "models" / "training"
ARTICLES = Path("news26k") / "articles.jsonl.gz"
_Rows = list[Mapping[str, Any]]


def questions(data: Path) -> Suite:
    """Read the questions, asked of all annotated articles; raises DataMissing or CaseError."""
    articles = pool(data)
    texts = {source_id(item): item.text for item in articles}
    return Suite(
        name="newsroom",
        about="facts, speakers, denials, yes or no, near misses, over all annotated articles",
        articles=articles,
        cases=tuple(_question(row, texts) for row in _asked() if row["kind"] != "claim"),
    )


def claims(data: Path) -> Suite:
    """Read the claims, each about its article; raises DataMissing or CaseError."""
    rows = [row for row in _asked() if row["kind"] == "claim"]
    articles = _read(data, (row["doc_id"] for row in rows))
    texts = {source_id(item): item.text for item in articles}
    return Suite(
        name="newsroom-claims",
        about="whether an article supports a claim, contradicts it or does not state it",
        articles=articles,
        cases=tuple(
            Case(
                id=row["id"],
                kind="newsroom",
                question=row["claim"],
                evidence=_evidence(_of_one(row), texts),
                within=(row["doc_id"],),
                origin=row["doc_id"],
                claim=Claim(supported=row["label"] == "supported", label=row["label"]),
            )
            for row in rows
        ),
        task="verify",
    )


def stories(data: Path) -> Suite:
    """Read what needs several articles, asked of all of them; raises DataMissing or CaseError."""
    articles = pool(data)
    texts = {source_id(item): item.text for item in articles}
    return Suite(
        name="newsroom-stories",
        about="running stories: several articles, comparisons, change, and what none of them says",
        articles=articles,
        cases=tuple(
            Case(
                id=row["id"],
                kind=row["type"],
                question=row["question"],
                answerable=row["type"] != "unanswerable",
                evidence=_evidence(row["evidence"], texts),
                origin=row["story_id"],
            )
            for row in _told()
        ),
    )


def pool(data: Path) -> tuple[Source, ...]:
    """Return every article that an annotation points into."""
    named = [row["doc_id"] for row in _asked()]
    named += [place[0] for row in _told() for place in row["evidence"]]
    return _read(data, named)


def _asked() -> _Rows:
    return list(jsonl.values(ANNOTATIONS / "newsroom.jsonl"))


def _told() -> _Rows:
    return list(jsonl.values(ANNOTATIONS / "newsroom_stories.jsonl"))


def _read(data: Path, names: Iterable[str]) -> tuple[Source, ...]:
    wanted = set(names)
    path = data / ARTICLES
    found = tuple(source(row) for row in jsonl.values(path) if row["id"] in wanted)
    if len(found) != len(wanted):
        missing = min(wanted - {source_id(item) for item in found})
        raise CaseError(f"{path} has no article {missing}, which is annotated.")
    return found


def _question(row: Mapping[str, Any], texts: Mapping[str, str]) -> Case:
    answer = row.get("answer")
    if isinstance(answer, list):
        answer = texts[row["doc_id"]][slice(*answer)]
    return Case(
        id=row["id"],
        kind=row["kind"],
        question=row["question"],
        answerable=row["kind"] != "near_miss",
        answers=(answer,) if answer else (),
        evidence=_evidence(_of_one(row), texts),
        polarity=answer if row["kind"] == "yesno" else None,
        origin=row["doc_id"],
    )


def _of_one(row: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    yield from ((row["doc_id"], start, end) for start, end in row["evidence"])


def _evidence(
    places: Iterable[tuple[str, int, int]], texts: Mapping[str, str]
) -> tuple[tuple[Gold, ...], ...]:
    return each(*(Gold(article=name, quote=texts[name][start:end]) for name, start, end in places))
