"""Questions about articles that the cross-encoder never saw, with what they are asked of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rag.ask.rewrite import rewrite
from rag.config import load_settings
from rag.dateline import Dateline
from rag.errors import ArticleNotFound
from rag.ingest.load import sources as given
from rag.models.training.examples import NEWSROOM, STORIES, lines
from rag.models.training.overlap import bytes_of, sources
from rag.models.training.text import held_out
from rag.types import Source, Turn

ROOT = Path(__file__).parents[3]
SEEDS = ROOT / "seeds"
GOLD = ROOT / "eval" / "cases" / "gold.jsonl"
POOLED = ("newsdesk/documents", "newsdesk/story_documents", "realtimeqa/documents")
"""What newsdesk's questions are asked of."""

Row = dict[str, Any]
"""`question`, `answerable`, `evidence` and, for a twin, `cut`, both of `doc_id` and `text`."""


class Pool(NamedTuple):
    """A collection and what is asked of it."""

    name: str
    sources: Callable[[], Iterator[Source]]
    rows: tuple[Row, ...]

    def open(self, folder: Path) -> Dateline:
        """Return the collection, ingested if it is not there."""
        dateline = Dateline(load_settings(data=folder))
        if not len(dateline.index.words):
            dateline.add(self.sources())
        return dateline


def pools(data: Path, limit: int) -> list[Pool]:
    """Return newsdesk with its stories, our own annotations, and the gold set on the seeds.

    ``limit`` is how many questions of each set are taken at most, a tenth of it of the stories, the
    same ones every time. The evaluation takes its samples from the other end.
    """
    folder = data / "newsdesk"
    return [
        Pool(
            "newsdesk",
            lambda: _once(source for name in POOLED for source in sources(_packed(data, name))),
            _first(_newsdesk(folder), limit) + _first(_stories(folder), limit // 10),
        ),
        Pool("newsroom", lambda: _annotated(data), _first(_newsroom(data), limit)),
        Pool("gold", _seeds, tuple(_gold())),
    ]


def located(dateline: Dateline, row: Row) -> Row:
    """Give the evidence and what has to go for a twin as offsets in the articles as stored."""
    return {**row, **{kind: _places(dateline, row.get(kind) or ()) for kind in ("evidence", "cut")}}


def _places(dateline: Dateline, items: Iterable[Row]) -> list[Row]:
    found: list[Row] = []
    for item in items:
        try:
            text = dateline.article(item["doc_id"]).text
        except ArticleNotFound:
            continue
        start = text.find(item["text"])
        if start >= 0:
            found.append({**item, "start": start, "end": start + len(item["text"])})
    return found


def _seeds() -> Iterator[Source]:
    for item in given(SEEDS):
        if not isinstance(item, Source):
            raise item
        yield item


def _packed(data: Path, name: str) -> Path:
    return data / f"{name}.jsonl.gz"


def _once(every: Iterable[Source]) -> Iterator[Source]:
    seen: set[str | None] = set()
    for source in every:
        if source.id not in seen:
            seen.add(source.id)
            yield source


def _first(rows: Iterable[Row], limit: int) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: bytes_of(row["id"]))[:limit])


def _newsdesk(folder: Path) -> Iterator[Row]:
    every = {record["id"]: record["text"] for record in lines(folder / "documents.jsonl.gz")}
    for row in lines(folder / "questions.jsonl"):
        if held_out(row["doc_id"], "newsdesk"):
            text = every[row["doc_id"]]
            cut = [{"doc_id": row["doc_id"], "text": text[a:b]} for a, b in row.get("cut") or ()]
            yield {**row, "cut": cut}


def _annotated_ids() -> set[str]:
    ids = {row["doc_id"] for row in lines(NEWSROOM)}
    return ids | {item[0] for row in lines(STORIES) for item in row["evidence"]}


def _annotated(data: Path) -> Iterator[Source]:
    wanted = _annotated_ids()
    return (s for s in sources(_packed(data, "news26k/articles")) if s.id in wanted)


def _newsroom(data: Path) -> Iterator[Row]:
    """Yield our own questions, those about several articles too."""
    wanted = _annotated_ids()
    packed = lines(_packed(data, "news26k/articles"))
    texts = {record["id"]: record["text"] for record in packed if record["id"] in wanted}
    asked = [row for row in lines(NEWSROOM) if row["kind"] != "claim"]
    for row in (row for row in asked if held_out(row["doc_id"], "newsdesk")):
        spans = [(row["doc_id"], *span) for span in row["evidence"]]
        yield {**row, "answerable": bool(spans), "evidence": _quoted(texts, spans)}
    for row in (row for row in lines(STORIES) if held_out(row["story_id"], "stories")):
        yield {
            **row,
            "answerable": bool(row["evidence"]),
            "evidence": _quoted(texts, row["evidence"]),
        }


def _quoted(texts: dict[str, str], spans: Iterable[Any]) -> list[Row]:
    return [{"doc_id": doc, "text": texts[doc][start:end]} for doc, start, end in spans]


def _stories(folder: Path) -> Iterator[Row]:
    kinds = ("several", "compare", "change", "unanswerable")
    for row in lines(folder / "stories.jsonl"):
        if held_out(row["story_id"], "stories") and row["type"] in kinds:
            evidence = row.get("evidence") or []
            yield {**row, "answerable": bool(evidence), "evidence": evidence}


def _gold() -> Iterator[Row]:
    for case in lines(GOLD):
        history = [Turn(**turn) for turn in case["history"]]
        evidence = [
            {"doc_id": quote["article"], "text": quote["quote"]}
            for group in case["evidence"]
            for quote in group
        ]
        yield {**case, "question": rewrite(case["question"], history).text, "evidence": evidence}
