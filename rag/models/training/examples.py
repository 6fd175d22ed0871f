"""Training examples: one question with one window, and units of them that share a question."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from rag.models.reader_input import Row, encode
from rag.models.training.text import Span, Text, Window, tokeniser

LIMIT = 288
"""Tokens of a row: question, title and date, passage."""
UNLABELLED = -1
SUPPORTED, CONTRADICTED, NOT_STATED = range(3)
NO_STRING = (0, 0)


@dataclass(frozen=True, slots=True)
class Example:
    """One question with one window; what is None or UNLABELLED is not learnt from."""

    question: str
    window: Window
    answerable: bool
    sentences: tuple[int, ...]
    """For each sentence 1 (evidence), 0 or UNLABELLED."""
    answer: Span | None
    """In the window's text; NO_STRING where none answers; None where that is not known."""
    verdict: int = UNLABELLED
    """SUPPORTED, CONTRADICTED or NOT_STATED, where the question is a claim or asks yes or no."""

    def row(self, chance: Random | None = None) -> Row:
        """Encode it; with ``chance`` the title and date are sometimes left out."""
        head = self.window.head
        if chance is not None and chance.random() < 0.1:
            head = ""
        return encode(tokeniser(), self.question, head, self.window.text, self.window.spans, LIMIT)


NEWSROOM = Path(__file__).parent / "newsroom.jsonl"
"""Our own annotations; `docs/reader.md` says how they were made."""
STORIES = Path(__file__).parent / "newsroom_stories.jsonl"
"""The same for questions about several articles."""
FEW = 5
"""An answer in more sentences than these (a name, mostly) is not what the question hangs on."""
Unit = tuple[Example, ...]
"""Examples with one question, some answerable and some not: they are also ranked."""


def lines(path: Path) -> list[dict[str, Any]]:
    """Read a JSON Lines file, packed or not."""
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def texts(path: Path) -> dict[str, Text]:
    """Read a ``documents.jsonl.gz``."""
    return {record["id"]: Text.of(record) for record in lines(path)}


def chosen(path: Path, names: Iterable[str]) -> dict[str, Text]:
    """Read some articles of a large file; raises KeyError when one is not in it."""
    wanted = set(names)
    found = {record["id"]: Text.of(record) for record in lines(path) if record["id"] in wanted}
    if missing := wanted - found.keys():
        raise KeyError(f"{path} lacks {len(missing)} annotated articles, {min(missing)} first.")
    return found


def newsroom(
    articles: Path, annotations: Path = NEWSROOM
) -> tuple[dict[str, Text], list[dict[str, Any]], list[dict[str, Any]]]:
    """Read our annotations of news26k's articles as newsdesk writes its texts, questions, claims.

    They hold offsets only; ``articles`` is news26k's file. What has to go for a twin is the
    evidence, and where few sentences hold the answer, those too.
    """
    rows = lines(annotations)
    every = chosen(articles, {row["doc_id"] for row in rows})
    questions, claims = [], []
    for row in rows:
        text = every[row["doc_id"]]
        evidence = [{"start": start, "end": end} for start, end in row["evidence"]]
        if row["kind"] == "claim":
            claims.append({**row, "evidence": evidence})
            continue
        answer, cut = row.get("answer"), None
        kind = "yesno" if row["kind"] == "yesno" else "fact"
        if isinstance(answer, list):
            answer = text.text[slice(*answer)]
            said = mentions(text, [answer])
            cut = [*map(tuple, row["evidence"]), *(said if len(said) <= FEW else [])]
        questions.append({**row, "type": kind, "answer": answer, "evidence": evidence, "cut": cut})
    return every, questions, claims


def negative(question: str, window: Window, verdict: int = UNLABELLED) -> Example:
    """Make an example whose window does not state the answer."""
    return Example(question, window, False, (0,) * len(window.spans), None, verdict)


def positive(
    question: str,
    window: Window,
    evidence: Sequence[Span],
    *,
    answer: str | None = None,
    unsure: Sequence[Span] = (),
    verdict: int = UNLABELLED,
) -> Example:
    """Make an example whose window states the answer.

    ``evidence`` and ``unsure`` (sentences that may be evidence too) are spans of the document.
    An empty ``answer`` says that no string answers, as for a yes or no.
    """
    labels = tuple(
        1
        if _touches(window, span, evidence)
        else UNLABELLED
        if _touches(window, span, unsure)
        else 0
        for span in window.spans
    )
    return Example(question, window, True, labels, _locate(window, evidence, answer), verdict)


def twin(text: Text, cuts: Sequence[Span], window: Window, chance: Random) -> Window | None:
    """Return the window's place in the text without ``cuts``."""
    left = text.without(cuts)
    if not left.spans:
        return None
    first = min(start for start, _ in cuts)
    removed = sum(max(0, min(end, window.start) - start) for start, end in cuts)
    start = min(window.start, first) if window.start > first else window.start
    middle = max(0, (start + window.start + len(window.text)) // 2 - removed)
    nearest = min(left.spans, key=lambda span: abs((span[0] + span[1]) // 2 - middle))
    return left.around([nearest], chance)


def mentions(text: Text, answers: Sequence[str]) -> list[Span]:
    """Return the sentences in which one of the answers stands."""
    lowered = [answer.lower() for answer in answers if answer.strip()]
    return [
        (start, end)
        for start, end in text.spans
        if any(answer in text.text[start:end].lower() for answer in lowered)
    ]


def _touches(window: Window, span: Span, others: Sequence[Span]) -> bool:
    start, end = span[0] + window.start, span[1] + window.start
    # A stray quotation mark or space does not make a neighbour evidence.
    return any(min(end, e) - max(start, s) > 3 for s, e in others)


def _locate(window: Window, evidence: Sequence[Span], answer: str | None) -> Span | None:
    if answer is None:
        return None
    if not answer.strip():
        return NO_STRING
    wanted = answer.strip()
    for start, end in evidence:
        low, high = max(0, start - window.start), max(0, end - window.start)
        part = window.text[low:high]
        at = part.find(wanted)
        if at < 0 and len(part.lower()) == len(part):
            at = part.lower().find(wanted.lower())
        if at >= 0:
            return low + at, low + at + len(wanted)
    return None
