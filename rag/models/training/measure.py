"""Measure a reader on what it was not trained on: ``python -m rag.models.training.measure``.

``--calibrate`` also fits the calibration on half of the held-out articles (the figures are of the
other half then) and writes ``config.json`` beside the weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rag.models.calibration import Calibration, sigmoid
from rag.models.raw import Raw
from rag.models.scorer import Input, Scorer
from rag.models.training.calibrate import Read, calibrate, evidence, touches, write
from rag.models.training.examples import lines, texts
from rag.models.training.metrics import (
    auroc,
    calibration_error,
    question_only,
    token_f1,
)
from rag.models.training.text import Text, Window, held_out

Figures = dict[str, float]


def read_newsdesk(reader: Scorer, data: Path, share: float) -> list[Read]:
    """Read the held-out questions in their own articles and in the twins of those."""
    documents = {
        key: text
        for key, text in texts(data / "newsdesk" / "documents.jsonl.gz").items()
        if held_out(key, "newsdesk") and _byte(key, 2) < 256 * share
    }
    found = []
    for q in lines(data / "newsdesk" / "questions.jsonl"):
        if (text := documents.get(q["doc_id"])) is None:
            continue
        versions = [("as is", text)]
        if q.get("cut"):
            versions.append(("twin", text.without([(s, e) for s, e in q["cut"]])))
        for kind, version in versions:
            windows = version.windows()
            if windows:
                found.append(Read(q, kind, windows, _read(reader, q["question"], windows)))
    return found


def read_squad(reader: Scorer, data: Path, share: float) -> list[Read]:
    """Read the held-out questions of SQuAD 2.0."""
    documents: dict[str, Text] = texts(data / "squad2_dev_half" / "documents.jsonl.gz")
    found = []
    for q in lines(data / "squad2_dev_half" / "questions.jsonl"):
        key = q["evidence_ids"][0]
        if held_out(key, "squad2") and _byte(key, 2) < 256 * share:
            windows = documents[key].windows()
            found.append(Read(q, "as is", windows, _read(reader, q["question"], windows)))
    return found


def _read(reader: Scorer, question: str, windows: list[Window]) -> list[Raw]:
    return reader.score([Input(question, w.head, w.text, w.spans) for w in windows])


def _byte(key: str, at: int) -> int:
    return hashlib.sha256(key.encode()).digest()[at]


def newsdesk_figures(reads: Sequence[Read], calibration: Calibration) -> Figures:
    """Return the figures within the right article."""
    top = {(r.question["id"], r.kind): max(map(calibration.logit, r.raws)) for r in reads}
    own = [r for r in reads if r.kind == "as is"]
    answerable = [r for r in own if r.question["answerable"]]
    facts = [r for r in answerable if r.question["type"] == "fact"]
    others = [r for r in own if not r.question["answerable"]]
    pairs = [
        (top[r.question["id"], "as is"], top[r.question["id"], "twin"])
        for r in answerable
        if (r.question["id"], "twin") in top
    ]
    return {
        "questions": len(own),
        "fact_f1": _mean(
            [token_f1(_answer(r, calibration), [r.question["answer"]]) for r in facts]
        ),
        "near_miss_auroc": _auroc(
            [top[r.question["id"], "as is"] for r in answerable],
            [top[r.question["id"], "as is"] for r in others],
        ),
        "twin_pairs": len(pairs),
        "twin_auroc": _auroc([a for a, _ in pairs], [b for _, b in pairs]),
        "twin_order": _mean([float(a > b) for a, b in pairs]),
        "sentence_hit_1": _mean([_hit(r, calibration) for r in answerable]),
        "calibration_error": calibration_error(
            [sigmoid(calibration.logit(raw)) for r in reads for raw in r.raws],
            [r.states(n) for r in reads for n in range(len(r.raws))],
        ),
    }


def squad_figures(reads: Sequence[Read], calibration: Calibration) -> Figures:
    """Return span F1 of the answerable and how well the others are told from them."""
    yes = [r for r in reads if r.question["answerable"]]
    no = [r for r in reads if not r.question["answerable"]]
    score: Callable[[Read], float] = lambda r: max(map(calibration.logit, r.raws))  # noqa: E731
    return {
        "squad2_questions": len(reads),
        "squad2_f1": _mean([token_f1(_answer(r, calibration), r.question["answers"]) for r in yes]),
        "squad2_auroc": _auroc([score(r) for r in yes], [score(r) for r in no]),
    }


def wording(data: Path, reads: Sequence[Read]) -> Figures:
    """Return what the questions' wording alone is worth on the same questions."""
    every = lines(data / "newsdesk" / "questions.jsonl")
    train = [q for q in every if not held_out(q["doc_id"], "newsdesk")]
    own = [r.question for r in reads if r.kind == "as is"]
    scores = question_only(
        [q["question"] for q in train],
        [q["answerable"] for q in train],
        [q["question"] for q in own],
    )
    return {"near_miss_auroc_of_the_question_alone": auroc(scores, [q["answerable"] for q in own])}


def _answer(read: Read, calibration: Calibration) -> str:
    best = max(range(len(read.raws)), key=lambda n: calibration.logit(read.raws[n]))
    span = read.raws[best].answer
    return read.windows[best].text[slice(*span)] if span else ""


def _hit(read: Read, calibration: Calibration) -> float:
    best = max(
        (calibration.logit(raw) + logit, number, place)
        for number, raw in enumerate(read.raws)
        for place, logit in enumerate(raw.sentences)
    )
    window = read.windows[best[1]]
    start, end = (at + window.start for at in window.spans[best[2]])
    return float(touches(start, end, evidence(read.question)))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _auroc(yes: Sequence[float], no: Sequence[float]) -> float:
    return auroc([*yes, *no], [True] * len(yes) + [False] * len(no))


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, measure, print the figures as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True, help="folder with the weights")
    parser.add_argument("--share", type=float, default=1.0, help="of the held-out articles")
    parser.add_argument("--trust", type=float, default=0.5, help="of sentences in choosing spans")
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args(arguments)
    config = options.weights / "config.json"
    if options.calibrate or not config.exists():
        write(options.weights, Calibration(trust=options.trust))
    reader = Scorer(options.weights, threads=options.threads)
    reader.score([Input("ready?", "", "Ready.", [(0, 6)])])
    began = time.perf_counter()
    news = read_newsdesk(reader, options.data, options.share)
    squad = read_squad(reader, options.data, options.share)
    passages = sum(len(r.raws) for r in (*news, *squad))
    spent = {"ms_a_passage": 1000 * (time.perf_counter() - began) / passages, "passages": passages}
    calibration = Calibration(**json.loads(config.read_text(encoding="utf-8"))["calibration"])
    if options.calibrate:
        calibration = calibrate([r for r in news if _first_half(r)], options.trust)
        news = [r for r in news if not _first_half(r)]
        write(options.weights, calibration)
    figures = {**newsdesk_figures(news, calibration), **wording(options.data, news)}
    figures |= {**squad_figures(squad, calibration), **spent}
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}, indent=1))


def _first_half(read: Read) -> bool:
    return _byte(str(read.question["doc_id"]), 1) < 128


if __name__ == "__main__":
    main()
