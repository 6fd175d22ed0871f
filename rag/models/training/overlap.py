"""Fit the weights of the overlap reader: `python -m rag.models.training.overlap --data FOLDER`.

A logistic regression tells evidence sentences from others among what retrieval proposes; another,
on the best sentence of each question, turns its score into the probability that the question is
answered, and by that sentence. Both are linear in the features: they end as one set of weights.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

import click
import numpy as np

from rag.answering import NO_FILTERS
from rag.ask.read import passage_sentences
from rag.config import load_settings
from rag.dateline import Dateline
from rag.ingest.record import source_from_record
from rag.models.overlap import Features, OverlapReader
from rag.types import Candidate, Source

Span = tuple[int, int]
HELD_OUT = 51
"""First byte of an article id's SHA-256 below which its questions are not trained on (20%)."""


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--limit", type=int, default=600, show_default=True, help="Questions to fit on.")
@click.option("--store", type=click.Path(path_type=Path), help="Keep the collection here.")
def main(data: Path, limit: int, store: Path | None) -> None:
    """Print the fitted weights and how well they do on held-out articles."""
    with tempfile.TemporaryDirectory() as temporary:
        dateline = Dateline(load_settings(data=store or Path(temporary)))
        dateline.add(sources(data / "newsdesk" / "documents.jsonl.gz"))
        rows = [json.loads(line) for line in (data / "newsdesk" / "questions.jsonl").open()]
        rows.sort(key=lambda row: bytes_of(row["id"]))
        train = [row for row in rows if bytes_of(row["doc_id"])[0] >= HELD_OUT][:limit]
        dev = [row for row in rows if bytes_of(row["doc_id"])[0] < HELD_OUT][: limit // 2]
        _fit(_measured(dateline, train), _measured(dateline, dev))
        dateline.close()


def _fit(train: list[tuple[Any, Any, bool]], dev: list[tuple[Any, Any, bool]]) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    inputs = np.concatenate([features for features, _, _ in train])
    labels = np.concatenate([evidence for _, evidence, _ in train])
    ranker = LogisticRegression(class_weight="balanced", C=10, max_iter=1000).fit(inputs, labels)
    weights, bias = ranker.coef_[0], float(ranker.intercept_[0])
    tops = np.array([max(features @ weights) for features, _, _ in train])
    right = np.array([bool(ev[np.argmax(f @ weights)]) for f, ev, _ in train])
    scale = LogisticRegression(C=1e6, max_iter=1000).fit(tops[:, None], right)
    factor, offset = float(scale.coef_[0, 0]), float(scale.intercept_[0])
    click.echo(f"weights {Features(*np.round(weights * factor, 3))}")
    click.echo(f"bias {offset:.3f} (sentence bias {bias:.3f})")
    scores = np.array([max(features @ weights) for features, _, _ in dev])
    answerable = np.array([yes for _, _, yes in dev])
    hits = np.array([bool(ev[np.argmax(f @ weights)]) for f, ev, _ in dev])
    click.echo(f"dev: {len(dev)} questions, evidence first {hits[answerable].mean():.3f}, ")
    click.echo(f"AUROC answerable {roc_auc_score(answerable, scores):.3f}")


def _measured(dateline: Dateline, rows: list[dict[str, Any]]) -> list[tuple[Any, Any, bool]]:
    words = dateline.index.words
    reader = OverlapReader(dateline.embedder, words.document_frequency, lambda: len(words))
    measured = []
    for row in rows:
        candidates = dateline.answering.candidates(
            row["question"], NO_FILTERS, dateline.settings.candidates
        )
        spans = [passage_sentences(candidate) for candidate in candidates]
        features = reader.features(row["question"], candidates, spans)
        flat = [astuple(value) for values in features for value in values]
        measured.append((np.array(flat), labelled(row, candidates, spans), bool(row["answerable"])))
    return measured


def labelled(row: dict[str, Any], candidates: list[Candidate], spans: list[list[Span]]) -> Any:
    """Say for each sentence whether it is evidence for an answerable question."""
    gold = [(item["doc_id"], item["start"], item["end"]) for item in row.get("evidence") or ()]
    return np.array(
        [
            bool(row["answerable"])
            and any(
                candidate.article.id == doc and start < last and first < end
                for doc, first, last in gold
            )
            for candidate, mine in zip(candidates, spans, strict=True)
            for start, end in mine
        ]
    )


def sources(path: Path) -> Iterator[Source]:
    """Read a set's documents as sources."""
    names = {"id": "id", "title": "title", "source": "outlet", "published_at": "published_at",
             "url": "url", "text": "text"}  # fmt: skip
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            given = json.loads(line)
            record = {ours: given.get(theirs) for theirs, ours in names.items()}
            yield source_from_record(record, place=given["id"], origin=given["id"])


def bytes_of(value: str) -> bytes:
    """Return the SHA-256 that splits the data."""
    return hashlib.sha256(value.encode()).digest()


if __name__ == "__main__":
    main()
