"""Fit the weights of the blended reader: `python -m rag.models.training.blend --data FOLDER`.

On questions about articles that the cross-encoder has not seen (`pools`); the gold set is only
judged. A conditional logit tells evidence sentences from others of the same question; a logistic
regression, on the best one, turns what is known of it into the probability that it answers. Each
question also takes part as its twin: the same candidates with the evidence cut out, none of which
answers. Each half of the questions is scored with what the other half taught.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from scipy.optimize import brentq, minimize
from sklearn.linear_model import LogisticRegression

from rag.answering import NO_FILTERS
from rag.ask.confidence import MANY, UNKNOWN_NAME
from rag.ask.coverage import Wanted, around, names_known
from rag.ask.kinds import kind_of
from rag.ask.read import passage_sentences, sentence_texts
from rag.dateline import Dateline
from rag.models.blend import LIKELY, Inputs, Standing, inputs, likely, standings
from rag.models.cross_encoder import CrossEncoderReader
from rag.models.overlap import OverlapReader
from rag.models.raw import Raw
from rag.models.scorer import FOLDER
from rag.models.training.metrics import auroc, calibration_error
from rag.models.training.overlap import labelled
from rag.models.training.pools import located, pools
from rag.types import Candidate, Evidence, Sentence

Span = tuple[int, int]
Row = np.ndarray[Any, np.dtype[Any]]

UNSEEN = "gold"
"""The set that nothing is fitted on."""
TWIN = 0.3
"""What a twin weighs: without it, questions that are not answered would be too many."""
QUOTED = 5
"""Sentences quoted where several articles answer together (`rag.ask.select.SHARES`)."""
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)


@dataclass(frozen=True, slots=True)
class Read:
    """One question with what was measured of its candidates."""

    question: str
    set: str
    answerable: bool
    twin: bool
    inputs: list[list[Inputs]]
    right: list[list[bool]]
    """For each sentence, whether it is evidence."""
    raws: list[Raw]
    stage: list[Row]
    """For each sentence of a passage: 1 / rank, holds the answer, words, neighbourhood."""
    known: list[float]
    """For each passage, the share of the question's names that its article has."""

    def best(self, evidence: Row) -> tuple[Standing, bool]:
        """Return the sentence that the blend puts first, and whether it is right."""
        stood, logits = self._stood(evidence)
        at = max(range(len(logits)), key=lambda n: max(logits[n], default=-np.inf))
        first = stood[at]
        assert first is not None  # noqa: S101 - a passage has a sentence
        return first, self.right[at][int(np.argmax(logits[at]))]

    def stage_rows(self, evidence: Row, confidence: Row) -> Row:
        """Return what `rag.ask.read` weighs of each sentence, the reader's two scores first."""
        stood, logits = self._stood(evidence)
        rows = []
        for best, mine, more in zip(stood, logits, self.stage, strict=True):
            sure = float(_row(best) @ confidence) if best is not None else 0.0
            rows += [[logit, sure, *extra] for logit, extra in zip(mine, more, strict=True)]
        return np.array(rows)

    def decided(self, evidence: Row, confidence: Row, stage: Row) -> tuple[float, bool]:
        """Return the log-odds of the answer's confidence, and whether its first sentence is right.

        As `rag.answering` has them: of the passage whose sentence comes first, less for names that
        its article lacks.
        """
        rows = self.stage_rows(evidence, confidence)
        first = int(np.argmax(rows @ stage))
        owner = [at for at, mine in enumerate(self.right) for _ in mine][first]
        right = [mark for mine in self.right for mark in mine][first]
        return float(rows[first][1]) - UNKNOWN_NAME * (1 - self.known[owner]), right

    def among(self, fitted: Fit, most: int) -> bool:
        """Return whether one of the first ``most`` sentences is evidence."""
        scores = self.stage_rows(fitted.evidence, fitted.confidence) @ fitted.stage
        right = np.array([mark for mine in self.right for mark in mine])
        return bool(right[np.argsort(-scores)[:most]].any())

    def _stood(self, evidence: Row) -> tuple[list[Standing | None], list[list[float]]]:
        logits = [[float(_row(one) @ evidence) for one in mine] for mine in self.inputs]
        return standings(self.question, self.inputs, logits, self.raws), logits


def _row(one: Inputs) -> Row:
    return np.array([*astuple(one), 1.0])


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--limit", type=int, default=400, show_default=True, help="Questions of each set.")
@click.option("--store", type=click.Path(path_type=Path), help="Keep the collections here.")
@click.option("--weights", type=click.Path(path_type=Path), default=FOLDER, help="The reader's.")
@click.option("--write", is_flag=True, help="Write the fitted weights into its config.json.")
def main(data: Path, limit: int, store: Path | None, weights: Path, write: bool) -> None:
    """Print how well each half predicts the other, and all of them the gold set; fit on all."""
    cross_encoder = CrossEncoderReader(weights)
    reads: list[Read] = []
    with tempfile.TemporaryDirectory() as temporary:
        for pool in pools(data, limit):
            dateline = pool.open((store or Path(temporary)) / pool.name)
            for row in pool.rows:
                reads += _read(dateline, cross_encoder, located(dateline, row), pool.name)
            dateline.close()
    judge(reads)
    fitted = fit([read for read in reads if read.set != UNSEEN])
    blend = {
        "evidence": _named(Inputs, fitted.evidence),
        "confidence": _named(Standing, fitted.confidence),
    }
    click.echo(json.dumps(blend, indent=1))
    names = ("reader", "PASSAGE", "RANK", "ANSWER", "WORDS", "NEAR")
    for name, value in zip(names, fitted.stage, strict=True):
        click.echo(f"rag.ask.read: {name} {value:.2f}")
    click.echo(f"rag.ask.read: SCALE {fitted.scale:.2f}, BIAS {fitted.bias:.2f}")
    own = [read for read in reads if read.set != UNSEEN and not read.twin]
    click.echo(f"rag.ask.confidence: MANY_MORE {_many(own, fitted):.2f}")
    if write:
        path = weights / "config.json"
        config = {**json.loads(path.read_text(encoding="utf-8")), "blend": blend}
        path.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def judge(reads: Sequence[Read]) -> None:
    """Print the figures of each half with the weights of the other."""
    questions = list(dict.fromkeys((read.set, read.question) for read in reads))
    half = {key: number % 2 for number, key in enumerate(questions) if key[0] != UNSEEN}
    said: dict[int, float] = {}
    first: dict[int, bool] = {}
    for this in (0, 1, None):
        taught = [r for r in reads if r.set != UNSEEN and half[r.set, r.question] != this]
        weights = fit(taught)
        for number, read in enumerate(reads):
            if half.get((read.set, read.question)) == this:
                logit, first[number] = read.decided(
                    weights.evidence, weights.confidence, weights.stage
                )
                said[number] = _chance(logit)
    for name in dict.fromkeys(read.set for read in reads):
        mine = [n for n, read in enumerate(reads) if read.set == name and not read.twin]
        twins = [n for n, read in enumerate(reads) if read.set == name and read.twin]
        answerable = [reads[n].answerable for n in mine]
        chances, right = [said[n] for n in mine], [first[n] for n in mine]
        yes = [n for n in mine if reads[n].answerable]
        click.echo(
            f"{name}: {len(mine)} questions, "
            f"evidence first {np.mean([first[n] for n in yes]):.3f}, "
            f"AUROC answerable {auroc(chances, answerable):.3f}, "
            f"right {auroc(chances, right):.3f}, calibration error "
            f"{calibration_error(chances, right):.3f}, twins AUROC "
            f"{auroc([said[n] for n in yes + twins], [True] * len(yes) + [False] * len(twins)):.3f}"
        )
        for cut in THRESHOLDS:
            given = [n for n in mine if said[n] >= cut]
            good = sum(first[n] for n in given)
            kept_quiet = sum(said[n] < cut for n in mine if not reads[n].answerable)
            click.echo(
                f"  {cut}: answers {len(given)}, right {good}, "
                f"of {len(yes)} answerable {sum(said[n] >= cut for n in yes)}, "
                f"declines {kept_quiet} of {len(mine) - len(yes)}"
            )


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights; the bias of the first two stands last."""

    evidence: Row
    confidence: Row
    stage: Row
    """Of `stage_rows`; the first is 1."""
    scale: float
    bias: float
    """Make a probability of what the stage weighs."""


def fit(reads: Sequence[Read]) -> Fit:
    """Fit every stage on what the one before says."""
    own = [read for read in reads if not read.twin]
    marks = [np.array([mark for mine in read.right for mark in mine]) for read in own]
    rows = [np.array([_row(one)[:-1] for mine in read.inputs for one in mine]) for read in own]
    choice = _choose(rows, marks)
    said = np.concatenate(rows) @ choice
    scale, bias = _platt(said, np.concatenate(marks))
    evidence = np.append(scale * choice, bias)

    found = [read.best(evidence) for read in reads]
    tops = np.array([_row(best)[:-1] for best, _ in found])
    share = np.array([TWIN if read.twin else 1.0 for read in reads])
    confidence = _weigh(tops, np.array([right for _, right in found]), share)

    stage = _stage(own, evidence, confidence, marks)
    # The twins shape the weights; how sure to be is fitted on the questions as they are asked.
    decided = [read.decided(evidence, confidence, stage) for read in own]
    scale, bias = _platt(np.array([s for s, _ in decided]), np.array([r for _, r in decided]))
    confidence = scale * confidence
    confidence[-1] += bias
    stage = _stage(own, evidence, confidence, marks)
    said = np.concatenate([read.stage_rows(evidence, confidence) @ stage for read in own])
    return Fit(evidence, confidence, stage, *_platt(said, np.concatenate(marks)))


def _many(reads: Sequence[Read], fitted: Fit) -> float:
    """Return what to add to the log-odds where several sentences are quoted: one may be right.

    The confidence is that of the first; of QUOTED, any may be evidence. The slope stays.
    """
    asked = [read for read in reads if kind_of(read.question) in MANY]
    if not asked:
        return 0.0
    logits = np.array(
        [read.decided(fitted.evidence, fitted.confidence, fitted.stage)[0] for read in asked]
    )
    labels = np.array([read.among(fitted, QUOTED) for read in asked])

    def off(more: float) -> float:
        return float(np.mean(1 / (1 + np.exp(-logits - more))) - np.mean(labels))

    return float(brentq(off, -5.0, 5.0))


def _weigh(rows: Row, labels: Row, shares: Row) -> Row:
    """Fit a logistic regression whose weights are not negative, the bias last.

    What speaks for a sentence may not speak against it, though in this data it might: near misses
    are close to their articles' words. Weights of the inputs by their spread, ridge 1.
    """
    spread = rows.std(axis=0) + 1e-6
    scaled = np.hstack([rows / spread, np.ones((len(rows), 1))])

    def loss(weights: Row) -> tuple[float, Row]:
        logits = scaled @ weights
        ridge = np.append(weights[:-1], 0.0)
        missed = np.logaddexp(0.0, logits) - labels * logits
        slope = scaled.T @ (shares * (1 / (1 + np.exp(-logits)) - labels)) + ridge
        return float((shares * missed).sum() + 0.5 * ridge @ ridge), slope

    bounds = [(0.0, None)] * rows.shape[1] + [(None, None)]
    start = np.zeros(rows.shape[1] + 1)
    weights = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return np.append(weights[:-1] / spread, weights[-1])


def _stage(
    own: Sequence[Read],
    evidence: Row,
    confidence: Row,
    marks: Sequence[Row],
) -> Row:
    stage = _choose([read.stage_rows(evidence, confidence) for read in own], marks)
    return np.asarray(stage / stage[0])


def _choose(
    rows: Sequence[Row],
    marks: Sequence[Row],
) -> Row:
    """Fit a conditional logit: of the sentences read for a question, one that is evidence wins.

    McFadden 1974. A regression over all sentences alike would learn which questions are easy.
    """
    given = [(x, y) for x, y in zip(rows, marks, strict=True) if y.any()]

    def loss(weights: Row) -> tuple[float, Row]:
        total, slope = 0.5 * float(weights @ weights), weights.copy()
        for x, y in given:
            logits = x @ weights
            chances = np.exp(logits - logits.max())
            wanted = chances * y
            total -= float(np.log(wanted.sum() / chances.sum()))
            slope += x.T @ (chances / chances.sum() - wanted / wanted.sum())
        return total, slope

    start = np.zeros(rows[0].shape[1])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x)


def _platt(logits: Row, labels: Row) -> tuple[float, float]:
    """Return the scale and the bias that make log-odds of logits (Platt 1999)."""
    model = LogisticRegression(C=100.0).fit(logits[:, None], labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _named(kind: type[Inputs], weights: Row) -> dict[str, float]:
    names = [field.name for field in fields(kind)] + ["bias"]
    return {name: round(float(value), 4) for name, value in zip(names, weights, strict=True)}


def _chance(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


def _read(
    dateline: Dateline,
    cross_encoder: CrossEncoderReader,
    row: dict[str, Any],
    name: str,
) -> list[Read]:
    """Read a question's candidates and, where it is answerable, those of its twin."""
    words = dateline.index.words
    overlap = OverlapReader(dateline.embedder, words.document_frequency, lambda: len(words))
    question = row["question"]
    candidates = dateline.answering.candidates(question, NO_FILTERS, dateline.settings.candidates)
    found = []
    versions = [(False, candidates)]
    if row["answerable"]:
        gone = [
            (item["doc_id"], item["start"], item["end"]) for item in [*row["evidence"], *row["cut"]]
        ]
        versions.append((True, [_without(candidate, gone) for candidate in candidates]))
    known: dict[str, Raw] = {}
    for twin, mine in versions:
        spans = [passage_sentences(candidate) for candidate in mine]
        new = [n for n, candidate in enumerate(mine) if candidate.passage.text not in known]
        raws = cross_encoder.raw(question, [mine[n] for n in new], [spans[n] for n in new])
        known |= {mine[n].passage.text: raw for n, raw in zip(new, raws, strict=True)}
        read = [known[candidate.passage.text] for candidate in mine]
        features = overlap.features(question, mine, spans, None, likely(read), LIKELY)
        wanted = Wanted(question, sentence_texts(mine, spans))
        marks = iter(labelled({**row, "answerable": not twin and row["answerable"]}, mine, spans))
        found.append(
            Read(
                question,
                name,
                bool(row["answerable"]) and not twin,
                twin,
                inputs(question, mine, spans, read, features),
                [[bool(next(marks)) for _ in given] for given in spans],
                read,
                [
                    np.array([_weighed(candidate, span, raw, rank, wanted) for span in given])
                    for rank, (candidate, given, raw) in enumerate(
                        zip(mine, spans, read, strict=True), start=1
                    )
                ],
                [names_known(question, [candidate.article]) for candidate in mine],
            )
        )
    return found


def _weighed(
    candidate: Candidate, span: Span, raw: Raw, rank: int, wanted: Wanted
) -> tuple[float, float, float, float]:
    """Return what `rag.ask.read` adds to the reader's scores of a sentence."""
    (start, end), offset = span, candidate.passage.start
    item = Evidence(
        candidate=candidate,
        sentence=Sentence(start=start, end=end, score=0.0),
        answer=None,
        answerable=0.0,
    )
    holds = raw.answer is not None and (
        start <= raw.answer[0] + offset and raw.answer[1] + offset <= end
    )
    said = candidate.article.text[start:end]
    return 1 / rank, float(holds), wanted.share(said), wanted.share(around(item))


def _without(candidate: Candidate, gone: Sequence[tuple[str, int, int]]) -> Candidate:
    """Return the candidate with these stretches of its article taken out."""
    passage, article = candidate.passage, candidate.article
    kept, at = [], passage.start
    for doc, start, end in sorted(gone):
        if doc == article.id and start < passage.end and end > at:
            kept.append(article.text[at : max(at, start)])
            at = min(passage.end, end)
    kept.append(article.text[at : passage.end])
    text = "".join(kept) if "".join(kept).strip() else "."
    if len(kept) == 1:
        return candidate
    return replace(
        candidate,
        passage=replace(passage, start=0, end=len(text), text=text),
        article=replace(article, text=text),
    )


if __name__ == "__main__":
    main()
