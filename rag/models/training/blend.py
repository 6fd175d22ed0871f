"""Fit the weights of the blended reader: `python -m rag.models.training.blend --data FOLDER`.

On questions about held-out newsdesk articles, since the cross-encoder has seen the others, and on
the gold set of the seeds. A logistic regression tells evidence sentences from others; another, on
the best sentence of each question, turns its score into the probability that it answers. Each half
of the questions is scored with what the other half taught.
"""

from __future__ import annotations

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
from rag.ask.rewrite import rewrite
from rag.config import load_settings
from rag.dateline import Dateline
from rag.models.blend import log_odds
from rag.models.cross_encoder import CrossEncoderReader
from rag.models.overlap import OverlapReader
from rag.models.training.overlap import HELD_OUT, bytes_of, labelled, sources
from rag.types import Turn

ROOT = Path(__file__).parents[3]
SEEDS = ROOT / "seeds"
GOLD = ROOT / "eval" / "cases" / "gold.jsonl"


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--limit", type=int, default=300, show_default=True, help="Questions to fit on.")
@click.option("--store", type=click.Path(path_type=Path), help="Keep the collection here.")
@click.option("--weights", type=click.Path(path_type=Path), help="Another cross-encoder's folder.")
def main(data: Path, limit: int, store: Path | None, weights: Path | None) -> None:
    """Print the fitted weights and how well each half predicts the other."""
    from sklearn.linear_model import LogisticRegression

    cross_encoder = CrossEncoderReader(weights) if weights else CrossEncoderReader()
    with tempfile.TemporaryDirectory() as temporary:
        dateline = Dateline(load_settings(data=store or Path(temporary, "newsdesk")))
        dateline.add(sources(data / "newsdesk" / "documents.jsonl.gz"))
        newsdesk = [_measured(dateline, cross_encoder, row) for row in _newsdesk(data, limit)]
        dateline.close()
        dateline = Dateline(load_settings(data=Path(temporary, "seeds")))
        dateline.ingest([SEEDS])
        gold = [_measured(dateline, cross_encoder, row) for row in _gold(dateline)]
        dateline.close()
    for this, other in ((0, 1), (1, 0)):
        fitted = _fit(newsdesk[this::2] + gold[this::2], LogisticRegression)
        _report("newsdesk", newsdesk[other::2], *fitted)
        _report("gold", gold[other::2], *fitted)
    names = ("sentence", "answerable", "cosine", "coverage", "context", "kind", "bias")
    evidence, confidence = _fit(newsdesk + gold, LogisticRegression)
    for title, fit in (("EVIDENCE", evidence), ("CONFIDENCE", confidence)):
        values = (f"{name}={value:.3f}" for name, value in zip(names, fit, strict=True))
        click.echo(f"{title}: {', '.join(values)}")


def _newsdesk(data: Path, limit: int) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (data / "newsdesk" / "questions.jsonl").open()]
    rows = [row for row in rows if bytes_of(row["doc_id"])[0] < HELD_OUT]
    return sorted(rows, key=lambda row: bytes_of(row["id"]))[:limit]


def _gold(dateline: Dateline) -> Iterator[dict[str, Any]]:
    """Yield the gold cases as newsdesk writes its questions: evidence by offsets."""
    for line in GOLD.open(encoding="utf-8"):
        case = json.loads(line)
        history = [Turn(**turn) for turn in case["history"]]
        evidence = []
        for quote in (quote for group in case["evidence"] for quote in group):
            start = dateline.article(quote["article"]).text.index(quote["quote"])
            end = start + len(quote["quote"])
            evidence.append({"doc_id": quote["article"], "start": start, "end": end})
        yield {
            "question": rewrite(case["question"], history).text,
            "answerable": case["answerable"],
            "evidence": evidence,
        }


def _fit(measured: list[Any], regression: Any) -> tuple[Any, Any]:
    """Return the weights of evidence and of confidence, the bias last."""
    inputs = np.concatenate([inputs for inputs, _, _ in measured])
    labels = np.concatenate([labels for _, labels, _ in measured])
    evidence = regression(C=1.0, max_iter=1000).fit(inputs, labels)
    tops = np.array([_best(inputs, evidence.coef_[0])[0] for inputs, _, _ in measured])
    right = np.array([mine[_best(inputs, evidence.coef_[0])[1]] for inputs, mine, _ in measured])
    confidence = regression(C=1.0, max_iter=1000).fit(tops, right)
    return (
        np.append(evidence.coef_[0], evidence.intercept_),
        np.append(confidence.coef_[0], confidence.intercept_),
    )


def _best(inputs: Any, weights: Any) -> tuple[Any, int]:
    at = int(np.argmax(inputs @ weights))
    return inputs[at], at


def _report(name: str, measured: list[Any], evidence: Any, confidence: Any) -> None:
    from sklearn.metrics import roc_auc_score

    best = [_best(inputs, evidence[:-1]) for inputs, _, _ in measured]
    logits = np.array([row for row, _ in best]) @ confidence[:-1] + confidence[-1]
    right = np.array([bool(mine[at]) for (_, at), (_, mine, _) in zip(best, measured, strict=True)])
    answerable = np.array([yes for _, _, yes in measured])
    said = 1 / (1 + np.exp(-logits))
    bins = np.minimum((said * 10).astype(int), 9)
    error = sum(
        abs(said[bins == at].mean() - right[bins == at].mean()) * (bins == at).mean()
        for at in range(10)
        if (bins == at).any()
    )
    click.echo(
        f"{name}, other half: {len(measured)} questions, "
        f"evidence first {right[answerable].mean():.3f}, "
        f"AUROC answerable {roc_auc_score(answerable, logits):.3f}, "
        f"AUROC right {roc_auc_score(right, logits):.3f}, calibration error {error:.3f}"
    )


def _measured(
    dateline: Dateline, cross_encoder: CrossEncoderReader, row: dict[str, Any]
) -> tuple[Any, Any, bool]:
    words = dateline.index.words
    overlap = OverlapReader(dateline.embedder, words.document_frequency, lambda: len(words))
    candidates = dateline.answering.candidates(
        row["question"], NO_FILTERS, dateline.settings.candidates
    )
    spans = [passage_sentences(candidate) for candidate in candidates]
    readings = cross_encoder.read(row["question"], candidates, spans)
    features = overlap.features(row["question"], candidates, spans)
    inputs = [
        (log_odds(sentence.score), log_odds(reading.answerable), *astuple(feature))
        for reading, mine in zip(readings, features, strict=True)
        for sentence, feature in zip(reading.sentences, mine, strict=True)
    ]
    return np.array(inputs), labelled(row, candidates, spans), bool(row["answerable"])


if __name__ == "__main__":
    main()
