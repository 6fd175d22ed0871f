"""Questions that were written by reading news articles and running stories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval import jsonl
from eval.adapters.documents import each, read_documents, source
from eval.cases import Case, Claim, Gold, Spoken
from eval.metrics.answers import contains
from eval.suite import Suite, source_id
from rag import moments
from rag.types import ConflictType, Source, Turn

FOLDER = "newsdesk"
_CONFLICTS: dict[str, ConflictType] = {
    "changed_over_time": "changed_over_time",
    "disagreement": "disagreement_between_sources",
    "denied": "denied",
}


def questions(data: Path) -> Suite:
    """Read the questions, asked of the whole pool."""
    rows = jsonl.values(data / FOLDER / "questions.jsonl")
    return Suite(
        name="newsdesk",
        about="facts, statements, yes or no, near misses, over a pool of 3,360 articles",
        articles=pool(data),
        cases=tuple(_question(row) for row in rows),
    )


def twins(data: Path) -> Suite:
    """Ask each question of its article, and of the same article without the answer."""
    texts = {row["id"]: row for row in jsonl.values(data / FOLDER / "documents.jsonl.gz")}
    articles: list[Source] = []
    cases: list[Case] = []
    whole: set[str] = set()
    for row in jsonl.values(data / FOLDER / "questions.jsonl"):
        if not row.get("cut"):
            continue
        document = texts[row["doc_id"]]
        twin = f"{row['doc_id']}-without-{row['id']}"
        articles.append(source(document, text=_without(document["text"], row["cut"]), name=twin))
        if row["doc_id"] not in whole:
            whole.add(row["doc_id"])
            articles.append(source(document))
        case = _question(row, within=(row["doc_id"],))
        cases += [
            case,
            Case(
                id=f"{case.id}-without",
                kind=f"{case.kind} without",
                question=case.question,
                answerable=False,
                within=(twin,),
                origin=row["doc_id"],
            ),
        ]
    return Suite(
        name="newsdesk-twins",
        about="each question of its own article, and of that article with the answer cut out",
        articles=tuple(articles),
        cases=tuple(cases),
    )


def stories(data: Path) -> Suite:
    """Read what needs several articles, a day, or a conversation."""
    rows = jsonl.values(data / FOLDER / "stories.jsonl")
    return Suite(
        name="newsdesk-stories",
        about="running stories: as of a day, several articles, comparisons, change, chats",
        articles=pool(data),
        cases=tuple(case for row in rows for case in _story(row)),
    )


def claims(data: Path) -> Suite:
    """Read the claims, in equal parts supported, contradicted and not stated."""
    rows = jsonl.values(data / FOLDER / "claims.jsonl")
    return Suite(
        name="newsdesk-claims",
        about="whether an article supports a claim, contradicts it or does not state it",
        articles=tuple(read_documents(data / FOLDER / "documents.jsonl.gz")),
        cases=tuple(
            Case(
                id=row["id"],
                kind="newsdesk",
                question=row["claim"],
                evidence=_evidence(row["evidence"]),
                within=(row["doc_id"],),
                origin=row["doc_id"],
                claim=Claim(supported=row["label"] == "supported", label=row["label"]),
            )
            for row in rows
        ),
        task="verify",
    )


def statements(data: Path) -> Suite:
    """Read who says the sentence that each question about a statement was written from."""
    rows = [
        row
        for row in jsonl.values(data / FOLDER / "questions.jsonl")
        if row["type"] == "statement" and row.get("speaker")
    ]
    return Suite(
        name="newsdesk-statements",
        about="who says a sentence of a news article, and in which form",
        articles=tuple(read_documents(data / FOLDER / "documents.jsonl.gz")),
        cases=tuple(
            Case(
                id=row["id"],
                kind=row["quote_type"],
                question=f"Who says this: {row['evidence'][0]['text']}",
                speaker=row["speaker"],
                quote_type=row["quote_type"],
                within=(row["doc_id"],),
                origin=row["doc_id"],
                spoken=Spoken(
                    asked=tuple((item["start"], item["end"]) for item in row["evidence"][:1]),
                    named_by="name",
                ),
            )
            for row in rows
        ),
        task="attribute",
    )


def pool(data: Path) -> tuple[Source, ...]:
    """Return the documents of the questions, of the stories and of realtimeqa, each once."""
    found: dict[str, Source] = {}
    for path in (
        data / FOLDER / "documents.jsonl.gz",
        data / FOLDER / "story_documents.jsonl.gz",
        data / "realtimeqa" / "documents.jsonl.gz",
    ):
        for item in read_documents(path):
            found.setdefault(source_id(item), item)
    return tuple(found.values())


def _question(row: Mapping[str, Any], within: tuple[str, ...] = ()) -> Case:
    answer = row.get("answer")
    return Case(
        id=row["id"],
        kind=row["type"],
        question=row["question"],
        answerable=row["answerable"],
        answers=(answer,) if answer else (),
        evidence=_evidence(row["evidence"]),
        speaker=row.get("speaker"),
        quote_type=row.get("quote_type"),
        polarity=answer if row["type"] == "yesno" else None,
        within=within,
        origin=row["doc_id"],
    )


def _evidence(rows: list[dict[str, Any]]) -> tuple[tuple[Gold, ...], ...]:
    return each(*(Gold(article=item["doc_id"], quote=item["text"]) for item in rows))


def _story(row: Mapping[str, Any]) -> Iterator[Case]:
    kind = row["type"]
    if kind == "as_of":
        for number, state in enumerate(row["states"], start=1):
            yield Case(
                id=f"{row['id']}-{number}",
                kind=kind,
                question=row["question"],
                answerable=True,
                answers=_quotable(state),
                evidence=_evidence(state["evidence"]),
                as_of=moments.parse(state["as_of"], end_of_day=True),
                origin=row["story_id"],
            )
    elif kind == "chat":
        yield from _chat(row)
    else:
        yield Case(
            id=row["id"],
            kind=kind,
            question=row["question"],
            answerable=kind != "unanswerable",
            # The answers are parts of one answer here, not alternatives.
            answers=("; ".join(row["answers"]),) if row.get("answers") else (),
            evidence=_evidence(row.get("evidence", [])),
            conflict=_CONFLICTS.get(row.get("kind", "")),
            origin=row["story_id"],
        )


def _chat(row: Mapping[str, Any]) -> Iterator[Case]:
    history: list[Turn] = []
    for number, turn in enumerate(row["turns"], start=1):
        yield Case(
            id=f"{row['id']}-{number}",
            kind="chat" if number == 1 else "chat follow-up",
            question=turn["question"],
            history=tuple(history),
            standalone=turn["standalone"],
            answerable=True,
            answers=_quotable(turn),
            evidence=_evidence(turn["evidence"]),
            origin=row["story_id"],
        )
        history += [
            Turn(role="user", content=turn["question"]),
            Turn(role="assistant", content=turn["answer"]),
        ]


def _quotable(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the answer if the evidence says it in these words.

    Of an answer in other words only the evidence tells whether who quotes articles is right.
    """
    answer = row["answer"]
    return (answer,) if any(contains(item["text"], answer) for item in row["evidence"]) else ()


def _without(text: str, cut: list[list[int]]) -> str:
    for start, end in sorted(cut, reverse=True):
        text = text[:start] + text[end:]
    return text
