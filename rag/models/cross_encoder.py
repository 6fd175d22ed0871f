"""The reader that ships: a small cross-encoder; see `docs/reader.md`."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from rag.errors import ModelDamaged, ModelMissing
from rag.models.embedder import default_path, has_bfloat16
from rag.models.reader_input import Row, encode, header
from rag.types import Candidate, Reading, Sentence

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from rag.models.reader_network import ReaderNetwork

Span = tuple[int, int]

NAME = "dateline-reader-minilm"
FOLDER = Path(__file__).parent / "weights" / "reader"
LIMIT = 320
"""Tokens of question, title, date and passage; ingest's passages fit."""
BATCH = 16


@dataclass(frozen=True, slots=True)
class Raw:
    """What the network says about one row, uncalibrated."""

    answerable: float
    span: float
    """Logit of the best span above that of "no span"."""
    sentences: tuple[float, ...]
    """Logits; minus infinity for a sentence that did not fit."""
    answer: Span | None
    """In the passage's text."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How logits become probabilities; fitted on held-out articles."""

    answerable: float = 1.0
    span: float = 0.0
    best: float = 0.0
    """Weight of the highest sentence logit."""
    bias: float = 0.0
    sentence_scale: float = 1.0
    sentence_bias: float = 0.0
    trust: float = 0.0
    """Weight of the sentence's score in the choice of the span."""
    span_floor: float = 0.0
    """A span whose margin over "no span" is lower is not given."""

    def logit(self, raw: Raw) -> float:
        """Return the calibrated log-odds that the passage states the answer."""
        best = max((s for s in raw.sentences if math.isfinite(s)), default=-10.0)
        return (
            self.answerable * raw.answerable + self.span * raw.span + self.best * best + self.bias
        )

    def sentence(self, logit: float) -> float:
        """Return the probability that a sentence is evidence."""
        if not math.isfinite(logit):
            return 0.0
        return sigmoid(self.sentence_scale * logit + self.sentence_bias)


class CrossEncoderReader:
    """Reads question and passage together; the weights are loaded at the first use.

    Raises ModelMissing when there are no weights and ModelDamaged when they cannot be loaded.
    """

    def __init__(self, folder: Path = FOLDER, precision: str = "auto", threads: int = 0) -> None:
        self.name = NAME
        self._folder = folder
        self._precision = precision
        self._threads = threads
        self._lock = Lock()
        self._network: ReaderNetwork | None = None
        self._tokeniser: Tokenizer | None = None
        self._calibration = Calibration()

    @property
    def fingerprint(self) -> str:
        """Name and checksum of the weights."""
        weights = self._weights()
        return f"{self.name}@{_sha256(str(weights), weights.stat().st_mtime_ns)[:12]}"

    def warm(self) -> None:
        """Load the weights and run them once."""
        self.score("ready?", [("", "Ready.", [(0, 6)])])

    def read(
        self, question: str, candidates: Sequence[Candidate], spans: Sequence[Sequence[Span]]
    ) -> list[Reading]:
        """Return one reading for each candidate, in order.

        ``spans[i]`` are the sentences of candidate ``i``'s passage, as offsets in its article.
        A sentence beyond what fits in LIMIT tokens scores 0.
        """
        inputs: list[tuple[str, str, Sequence[Span]]] = []
        for candidate, given in zip(candidates, spans, strict=True):
            passage, article = candidate.passage, candidate.article
            inside = [(start - passage.start, end - passage.start) for start, end in given]
            title = article.title if article.title_from != "derived" else None
            inputs.append((header(title, article.published_at), passage.text, inside))
        readings = []
        for candidate, given, raw in zip(
            candidates, spans, self.score(question, inputs), strict=True
        ):
            offset = candidate.passage.start
            sentences = tuple(
                Sentence(start=start, end=end, score=self._calibration.sentence(logit))
                for (start, end), logit in zip(given, raw.sentences, strict=True)
            )
            answer = None
            if raw.answer is not None and raw.span >= self._calibration.span_floor:
                answer = (raw.answer[0] + offset, raw.answer[1] + offset)
            probability = sigmoid(self._calibration.logit(raw))
            readings.append(Reading(answerable=probability, sentences=sentences, answer=answer))
        return readings

    def score(self, question: str, inputs: Sequence[tuple[str, str, Sequence[Span]]]) -> list[Raw]:
        """Return the raw scores of (header, passage, sentence spans in the passage), in order."""
        with self._lock:
            network, tokeniser = self._load()
            rows = [
                encode(tokeniser, question, head, passage, sorted(spans), LIMIT)
                for head, passage, spans in inputs
            ]
            order = sorted(range(len(rows)), key=lambda index: len(rows[index].ids))
            found: dict[int, Raw] = {}
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                counts = [len(inputs[index][2]) for index in batch]
                raws = _run(
                    network, [rows[index] for index in batch], counts, self._calibration.trust
                )
                found.update(zip(batch, raws, strict=True))
        return [_unsorted(found[index], inputs[index][2]) for index in range(len(inputs))]

    def _load(self) -> tuple[ReaderNetwork, Tokenizer]:
        if self._network is None or self._tokeniser is None:
            weights = self._weights()
            config = _config(self._folder / "config.json")
            import torch
            from tokenizers import Tokenizer

            from rag.models.reader_network import Sizes, load

            if self._threads:
                torch.set_num_threads(self._threads)
            bfloat16 = self._precision == "bfloat16" or (
                self._precision == "auto" and has_bfloat16()
            )
            try:
                network = load(
                    str(weights),
                    Sizes(**config["sizes"]),
                    torch.bfloat16 if bfloat16 else torch.float32,
                )
                self._calibration = Calibration(**config.get("calibration", {}))
                tokeniser = Tokenizer.from_file(str(default_path() / "tokenizer.json"))
            except Exception as error:
                raise ModelDamaged(
                    f"The reader in {self._folder} cannot be loaded: {error}",
                    remedy="Install the package again.",
                ) from error
            tokeniser.no_truncation()
            tokeniser.no_padding()
            self._network, self._tokeniser = network, tokeniser
        return self._network, self._tokeniser

    def _weights(self) -> Path:
        weights = self._folder / "model.safetensors"
        if not weights.is_file():
            raise ModelMissing(
                f"There is no model.safetensors in {self._folder}.",
                remedy="Install the package again; it carries the reader's weights.",
            )
        return weights


def sigmoid(logit: float) -> float:
    """Return the probability of log-odds, without overflow."""
    return 0.5 * (1.0 + math.tanh(0.5 * logit))


def _run(
    network: ReaderNetwork, rows: Sequence[Row], counts: Sequence[int], trust: float
) -> list[Raw]:
    import torch

    from rag.models.reader_network import collate, spans

    batch = collate(rows, counts)
    with torch.inference_mode():
        scores = network(batch)
        first, last, margin = spans(scores, batch, trust)
    raws = []
    for number, row in enumerate(rows):
        logits = [
            float(scores.sentences[number, index]) if batch.present[number, index] else -math.inf
            for index in range(counts[number])
        ]
        answer = None
        if row.offsets and any(map(math.isfinite, logits)):
            start = row.offsets[int(first[number]) - row.first][0]
            answer = (start, row.offsets[int(last[number]) - row.first][1])
        raws.append(
            Raw(float(scores.answerable[number]), float(margin[number]), tuple(logits), answer)
        )
    return raws


def _unsorted(raw: Raw, spans: Sequence[Span]) -> Raw:
    """Return the sentence logits in the order in which the sentences were given."""
    order = sorted(range(len(spans)), key=lambda index: spans[index])
    logits = dict(zip(order, raw.sentences, strict=True))
    given = tuple(logits[index] for index in range(len(spans)))
    return Raw(raw.answerable, raw.span, given, raw.answer)


def _config(path: Path) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelDamaged(
            f"{path} cannot be read: {error}", remedy="Install the package again."
        ) from error
    return found


@lru_cache(maxsize=4)
def _sha256(path: str, _modified: int) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
