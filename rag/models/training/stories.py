"""Units from newsdesk's running stories: questions that several articles answer in part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from rag.models.training.examples import (
    STORIES,
    Example,
    Unit,
    chosen,
    lines,
    negative,
    positive,
    texts,
)
from rag.models.training.text import Nearest, Span, Text, held_out

NEAR = 8
"""Windows among which the negatives of a question are drawn."""


class Stories:
    """Questions about several articles; each article with evidence answers in part.

    Left out are whole stories, by their id, and the articles held out of newsdesk's questions.
    """

    def __init__(self, every: Mapping[str, Text], rows: Sequence[Mapping[str, Any]]) -> None:
        self.texts = {key: text for key, text in every.items() if not held_out(key, "newsdesk")}
        kept = [row for row in rows if not held_out(row["story_id"], "stories")]
        self.questions = [question for row in kept for question in _questions(row)]
        self._near = Nearest([w for text in self.texts.values() for w in text.windows()])

    @classmethod
    def newsdesk(cls, folder: Path) -> Stories:
        """Read the set that comes with its articles."""
        return cls(texts(folder / "story_documents.jsonl.gz"), lines(folder / "stories.jsonl"))

    @classmethod
    def newsroom(cls, articles: Path, annotations: Path = STORIES) -> Stories:
        """Read our own annotations, which give offsets in articles of news26k."""
        rows = [
            {
                **row,
                "evidence": [
                    {"doc_id": document, "start": start, "end": end}
                    for document, start, end in row["evidence"]
                ],
            }
            for row in lines(annotations)
        ]
        wanted = {item["doc_id"] for row in rows for item in row["evidence"]}
        return cls(chosen(articles, wanted), rows)

    def ask(self, chance: Random) -> Iterator[Unit]:
        """Give each question once: a window for each article that answers, and near ones."""
        for question, evidence, others in self.questions:
            unit: list[Example] = []
            for document, spans in evidence.items():
                if document not in self.texts:
                    continue
                window = self.texts[document].around(spans, chance)
                if window is not None:
                    unit.append(positive(question, window, spans))
            taken = {**others, **{k: [*others.get(k, ()), *v] for k, v in evidence.items()}}
            near = [
                window
                for window in self._near.ranked(question, NEAR)
                if not window.overlaps(taken.get(window.document, ()))
            ]
            for window in chance.sample(near, min(len(near), max(2, len(unit)))):
                part = self.texts[window.document].part(window, question, chance)
                if not part.overlaps(taken.get(part.document, ())):
                    unit.append(negative(question, part))
            yield tuple(unit)


Spans = Mapping[str, Sequence[Span]]


def _questions(row: Mapping[str, Any]) -> Iterator[tuple[str, Spans, Spans]]:
    """Yield questions with the spans that answer and, by article, those that do on other days."""
    if row["type"] == "chat":
        for turn in row["turns"]:
            yield turn["standalone"], _spans(turn["evidence"]), {}
    elif row["type"] == "as_of":
        every = [item for state in row["states"] for item in state["evidence"]]
        for state in row["states"]:
            yield row["question"], _spans(state["evidence"]), _spans(every)
    else:
        yield row["question"], _spans(row.get("evidence", [])), {}


def _spans(evidence: Sequence[Mapping[str, Any]]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = defaultdict(list)
    for item in evidence:
        found[item["doc_id"]].append((item["start"], item["end"]))
    return dict(found)
