"""Measure verification: ``python -m rag.models.training.claims --data DATA --weights FOLDER``.

Each claim is read in every window of its source; the window that supports it most counts, and the
two best sentences of that window are what the rules of `rag.ask.consistency` see as evidence.
Thresholds are chosen on newsdesk's first half to keep 85% and 95% of what is supported there; the
figures are of other claims. ``--calibrate`` fits the probabilities on that half first.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from rag.ask.consistency import check
from rag.language import terms
from rag.models.calibration import Calibration
from rag.models.raw import Raw
from rag.models.scorer import Input, Scorer
from rag.models.support import CLAIM_TOKENS
from rag.models.training.alter import WORDS, altered, names, reworded
from rag.models.training.calibrate import calibrate_verdicts, write
from rag.models.training.examples import CONTRADICTED, NOT_STATED, SUPPORTED, lines
from rag.models.training.metrics import auroc, question_only
from rag.models.training.sources import VERDICTS
from rag.models.training.text import Text, Window, held_out

KEPT = (0.85, 0.95)
"""Shares of the supported claims that a threshold should keep."""
SENTENCES = 2


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with what was found about it."""

    claim: str
    label: int
    support: float
    """Highest probability of SUPPORTED over the windows."""
    overlap: float
    """Share of the claim's words in the best window: the baseline."""
    reason: str | None
    """What the rules object to."""
    verdicts: tuple[tuple[tuple[float, ...], int], ...] = ()
    """Logits and truth of the windows of which the truth is known."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A claim with its source."""

    claim: str
    label: int
    text: Text
    evidence: tuple[tuple[int, int], ...] | None
    """Where it is decided, as offsets; None where that is not known."""


def judge(scorer: Scorer, calibration: Calibration, asked: Sequence[Asked]) -> list[Judged]:
    """Read every claim in its source."""
    found = []
    for one in asked:
        windows = one.text.windows()
        if not windows:
            continue
        inputs = [Input(one.claim, w.head, w.text, w.spans) for w in windows]
        raws = scorer.score(inputs, CLAIM_TOKENS)
        support = [calibration.verdict(raw.verdict)[0] for raw in raws]
        best = int(np.argmax(support))
        words = set(terms(one.claim))
        shared = max(len(words & set(terms(w.text))) / max(1, len(words)) for w in windows)
        when = one.text.published_at
        reason = check(
            one.claim,
            _cited(windows[best], raws[best]),
            context=[one.text.title or "", one.text.text],
            published_at=datetime.fromisoformat(when) if when else None,
        )
        known = _known(one, windows, raws)
        found.append(Judged(one.claim, one.label, support[best], shared, reason, known))
    return found


def _cited(window: Window, raw: Raw) -> list[str]:
    order = sorted(range(len(window.spans)), key=lambda at: -raw.sentences[at])[:SENTENCES]
    return [window.text[slice(*window.spans[at])] for at in sorted(order)]


def _known(
    one: Asked, windows: Sequence[Window], raws: Sequence[Raw]
) -> tuple[tuple[tuple[float, ...], int], ...]:
    if one.evidence is None:
        return ()
    return tuple(
        (raw.verdict, one.label if window.overlaps(one.evidence) else NOT_STATED)
        for window, raw in zip(windows, raws, strict=True)
    )


def newsdesk(data: Path, first_half: bool) -> list[Asked]:
    """Return the claims about half of the held-out articles."""
    texts = _texts(data / "newsdesk" / "documents.jsonl.gz")
    return [
        Asked(
            c["claim"],
            VERDICTS[c["label"]],
            texts[c["doc_id"]],
            tuple((e["start"], e["end"]) for e in c["evidence"]),
        )
        for c in lines(data / "newsdesk" / "claims.jsonl")
        if held_out(c["doc_id"], "newsdesk") and (_byte(c["doc_id"], 1) < 128) is first_half
    ]


def qags(data: Path, name: str) -> list[Asked]:
    """Return sentences of machine summaries, judged by people; a source is given once."""
    rows = lines(data / "qags" / f"{name}.jsonl")
    texts = {r["id"]: Text(r["id"], None, None, r["source"]) for r in rows if r["source"]}
    return [
        Asked(
            row["claim"],
            SUPPORTED if row["supported"] else NOT_STATED,
            texts[row["source_ref"]],
            None,
        )
        for row in rows
    ]


def wice(data: Path) -> list[Asked]:
    """Return sentences of Wikipedia with the pages they cite; partly supported counts as not."""
    return [
        Asked(
            row["claim"],
            SUPPORTED if row["label"] == "supported" else NOT_STATED,
            Text(row["id"], None, None, "\n".join(row["evidence"])),
            None,
        )
        for row in lines(data / "wice" / "dev.jsonl.gz")
    ]


def changed(records: Sequence[dict[str, Any]], seed: str) -> list[Asked]:
    """Return a sentence of each article, lightly reworded, and with one thing altered."""
    chance = Random(seed)  # noqa: S311 - not for secrets
    found = []
    for record in records:
        text = Text.of(record)
        known = names(text.text)
        fit = [s for s in text.spans if len(text.text[slice(*s)].split()) in WORDS]
        if not fit:
            continue
        start, end = chance.choice(fit)
        sentence = " ".join(text.text[start:end].split())
        false = altered(reworded(sentence, chance), known, chance)
        found.append(Asked(reworded(sentence, chance), SUPPORTED, text, None))
        if false is not None:
            found.append(Asked(false, CONTRADICTED, text, None))
    return found


def _news26k(data: Path, count: int) -> list[dict[str, Any]]:
    """Return articles of news26k that newsdesk does not have, spread by hash."""
    taken = {record["title"] for record in lines(data / "newsdesk" / "documents.jsonl.gz")}
    found = []
    with gzip.open(data / "news26k" / "articles.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            fresh = record.get("text") and record.get("title") not in taken
            if fresh and _byte(record["id"], 0) == 0:
                found.append(record)
    return found[:count]


def figures(judged: Sequence[Judged], cuts: Sequence[float]) -> dict[str, Any]:
    """Return shares of supported kept and of others rejected, by each way of deciding."""
    truth = [one.label == SUPPORTED for one in judged]
    result: dict[str, Any] = {
        "supported": sum(truth),
        "others": len(truth) - sum(truth),
        "auroc_network": _round(auroc([one.support for one in judged], truth)),
        "auroc_overlap": _round(auroc([one.overlap for one in judged], truth)),
        "rules": _shares(judged, [one.reason is None for one in judged]),
    }
    for kept, cut in zip(KEPT, cuts, strict=True):
        sure = [one.support >= cut for one in judged]
        both = [yes and one.reason is None for yes, one in zip(sure, judged, strict=True)]
        result[f"network_{kept}"] = _shares(judged, sure)
        result[f"both_{kept}"] = _shares(judged, both)
    return result


def _shares(judged: Sequence[Judged], holds: Sequence[bool]) -> dict[str, float]:
    kept = [yes for yes, one in zip(holds, judged, strict=True) if one.label == SUPPORTED]
    gone = [not yes for yes, one in zip(holds, judged, strict=True) if one.label != SUPPORTED]
    return {"kept": _round(np.mean(kept)), "rejected": _round(np.mean(gone))}


def at_equal_keep(judged: Sequence[Judged]) -> dict[str, float]:
    """Return what overlap alone rejects when it keeps 85% of the same claims."""
    cut = _cut([one.overlap for one in judged if one.label == SUPPORTED], 0.85)
    others = [one.overlap < cut for one in judged if one.label != SUPPORTED]
    return {"overlap_rejects_when_keeping_0.85": _round(np.mean(others))}


def claim_only(data: Path, asked: Sequence[Asked]) -> float:
    """Return the AUROC of the claims' wording alone."""
    every = lines(data / "newsdesk" / "claims.jsonl")
    train = [c for c in every if not held_out(c["doc_id"], "newsdesk")]
    scores = question_only(
        [c["claim"] for c in train],
        [c["label"] == "supported" for c in train],
        [one.claim for one in asked],
    )
    return _round(auroc(scores, [one.label == SUPPORTED for one in asked]))


def three_way(judged: Sequence[Judged], calibration: Calibration) -> dict[str, float]:
    """Return how often the likeliest of the three verdicts is right where the claim is decided."""
    pairs = [
        (int(np.argmax(calibration.verdict(logits))), label)
        for one in judged
        for logits, label in one.verdicts
        if label != NOT_STATED
    ]
    yes, no = (
        [said == label for said, label in pairs if label == kind]
        for kind in (SUPPORTED, CONTRADICTED)
    )
    sure = [
        (calibration.verdict(logits), label)
        for one in judged
        for logits, label in one.verdicts
        if label != NOT_STATED
    ]
    order = auroc([s[0] - s[1] for s, _ in sure], [label == SUPPORTED for _, label in sure])
    return {
        "supported_named_so": _round(np.mean(yes)),
        "contradicted_named_so": _round(np.mean(no)),
        "auroc_supported_against_contradicted": _round(order),
    }


def polarity(scorer: Scorer, data: Path) -> dict[str, float]:
    """Return how often a yes-or-no question is answered rightly.

    The window of its article that states the answer best decides; supported says yes.
    """
    texts = _texts(data / "newsdesk" / "documents.jsonl.gz")
    calibration = scorer.calibration
    right: dict[str, list[bool]] = {"yes": [], "no": []}
    for q in lines(data / "newsdesk" / "questions.jsonl"):
        if q["type"] != "yesno" or q["doc_id"] not in texts or _byte(q["doc_id"], 1) < 128:
            continue
        inputs = [
            Input(q["question"], w.head, w.text, w.spans) for w in texts[q["doc_id"]].windows()
        ]
        raws = scorer.score(inputs)
        best = max(raws, key=calibration.logit)
        yes, no, _ = calibration.verdict(best.verdict)
        right[q["answer"]].append((yes > no) is (q["answer"] == "yes"))
    every = [*right["yes"], *right["no"]]
    return {
        "questions": len(every),
        "right": _round(np.mean(every)),
        "yes_right": _round(np.mean(right["yes"])),
        "no_right": _round(np.mean(right["no"])),
    }


def _cut(values: Sequence[float], kept: float) -> float:
    return float(np.quantile(np.asarray(values), 1 - kept))


def _round(value: Any) -> float:
    return round(float(value), 4)


def _texts(path: Path) -> dict[str, Text]:
    return {r["id"]: Text.of(r) for r in lines(path) if held_out(r["id"], "newsdesk")}


def _byte(key: str, at: int) -> int:
    return hashlib.sha256(key.encode()).digest()[at]


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, measure, print the figures as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True, help="folder with the weights")
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--articles", type=int, default=100, help="of news26k")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args(arguments)
    scorer = Scorer(options.weights, threads=options.threads)
    first = newsdesk(options.data, first_half=True)
    calibration = scorer.calibration
    fitted = judge(scorer, calibration, first)
    if options.calibrate:
        known = [pair for one in fitted for pair in one.verdicts]
        scale, bias = calibrate_verdicts(
            np.array([logits for logits, _ in known]), [label for _, label in known]
        )
        calibration = replace(calibration, verdict_scale=scale, verdict_bias=bias)
        write(options.weights, calibration)
        scorer = Scorer(options.weights, threads=options.threads)
        fitted = judge(scorer, calibration, first)
    cuts = [_cut([o.support for o in fitted if o.label == SUPPORTED], kept) for kept in KEPT]
    second = newsdesk(options.data, first_half=False)
    own = [r for r in lines(options.data / "newsdesk" / "documents.jsonl.gz")
           if held_out(r["id"], "newsdesk")]  # fmt: skip
    sets = {
        "newsdesk": second,
        "altered, newsdesk": changed(own, "own"),
        "altered, news26k": changed(_news26k(options.data, options.articles), "other"),
        "qags cnndm": qags(options.data, "cnndm"),
        "qags xsum": qags(options.data, "xsum"),
        "wice dev": wice(options.data),
    }
    result: dict[str, Any] = {"thresholds": dict(zip(map(str, KEPT), cuts, strict=True))}
    for name, asked in sets.items():
        judged = judge(scorer, calibration, asked)
        result[name] = {**figures(judged, cuts), **at_equal_keep(judged)}
        if name == "newsdesk":
            result[name] |= three_way(judged, calibration)
            result[name]["auroc_claim_alone"] = claim_only(options.data, asked)
        print(json.dumps({name: result[name]}), flush=True)
    print(json.dumps({"polarity of newsdesk's yes-no questions": polarity(scorer, options.data)}))
    print(json.dumps(result["thresholds"]))


if __name__ == "__main__":
    main()
