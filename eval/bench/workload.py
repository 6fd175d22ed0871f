"""The articles and questions that everything is timed with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from eval import jsonl
from eval.adapters import newsdesk
from eval.adapters.documents import articles as evidence
from eval.adapters.gold import load as load_gold
from eval.cases import Case
from eval.errors import DataMissing
from eval.suite import Suite, source_id
from rag.types import Source


def workload(data: Path, articles: int, requests: int) -> Suite:
    """Choose articles, the same every time, and ``requests`` questions on them.

    From newsdesk where the public sets are in ``data``, real articles of some 3,000 code points;
    else the seeds, each as often as needed under other words.
    """
    try:
        chosen, questions = _newsdesk(data, articles)
    except DataMissing:
        chosen, questions = _seeds(articles)
    cases = tuple(
        Case(id=f"{at}", kind="bench", question=text, evidence=evidence([article]))
        for at, (text, article) in enumerate(islice(cycle(questions), requests))
    )
    return Suite(name="bench", about="what is timed", articles=tuple(chosen), cases=cases)


def write(suite: Suite, folder: Path) -> None:
    """Write the workload in BEIR's format, which every peer reads."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    jsonl.write(
        folder / "corpus.jsonl",
        ({"_id": source_id(i), "title": i.title or "", "text": i.text} for i in suite.articles),
    )
    jsonl.write(
        folder / "queries.jsonl", ({"_id": case.id, "text": case.question} for case in suite.cases)
    )
    relevant = (f"{case.id}\t{case.evidence[0][0].article}\t1\n" for case in suite.cases)
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(relevant))


def _newsdesk(data: Path, articles: int) -> tuple[list[Source], list[tuple[str, str]]]:
    suite = newsdesk.claims(data)
    chosen = sorted(suite.articles, key=lambda item: _digest(source_id(item)))[:articles]
    named = {source_id(item) for item in chosen}
    questions = [
        (case.question, str(case.origin))
        for case in newsdesk.questions(data).cases
        if case.answerable and case.origin in named
    ]
    return chosen, _mixed(questions)


def _seeds(articles: int) -> tuple[list[Source], list[tuple[str, str]]]:
    gold = load_gold(Path())
    copies = [
        replace(item, name=None, id=f"{item.name}-{at}", text=f"Copy {at}.\n{item.text}\nEnd {at}.")
        for at in range(-(-articles // len(gold.articles)))
        for item in gold.articles
    ][:articles]
    questions = [
        (case.question, f"{case.evidence[0][0].article}-0") for case in gold.cases if case.evidence
    ]
    return copies, _mixed(questions)


def _mixed(questions: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Mix them, the same way every time, so that no few articles have all the first ones."""
    return sorted(questions, key=lambda item: _digest(item[0]))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
