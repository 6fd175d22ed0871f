"""Runs the reader's network over rows of text; reader and judge share one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from rag.errors import ModelDamaged, ModelMissing
from rag.models.calibration import Calibration
from rag.models.embedder import default_path, has_bfloat16
from rag.models.fingerprint import sha256
from rag.models.lanes import lanes
from rag.models.raw import Raw, Span
from rag.models.reader_input import QUESTION_TOKENS, Row, encode

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from rag.models.reader_network import FastReader, PlainReader

    Network = FastReader | PlainReader

NAME = "dateline-reader-minilm"
FOLDER = Path(__file__).parent / "weights" / "reader"
LIMIT = 320
"""Tokens of question, title, date and passage; ingest's passages fit."""
BATCH = 16


@dataclass(frozen=True, slots=True)
class Input:
    """One row to read."""

    question: str
    """Or a claim."""
    head: str
    """Title and date, see `reader_input.header`."""
    passage: str
    spans: Sequence[Span]
    """The sentences, as offsets in ``passage``, in any order."""


class Scorer:
    """The network with its tokeniser and calibration, loaded at the first use.

    Raises ModelMissing when there are no weights and ModelDamaged when they cannot be loaded.
    """

    def __init__(self, folder: Path = FOLDER, precision: str = "auto", threads: int = 0) -> None:
        self.folder = folder
        self._precision = precision
        self._threads = threads
        self._lock = Lock()
        self._network: Network | None = None
        self._tokeniser: Tokenizer | None = None
        self._calibration = Calibration()

    @property
    def fingerprint(self) -> str:
        """Name and checksum of the weights."""
        weights = self._weights()
        return f"{NAME}@{sha256(str(weights), weights.stat().st_mtime_ns)[:12]}"

    @property
    def config(self) -> Mapping[str, Any]:
        """What `config.json` says; raises ModelDamaged when it cannot be read."""
        path = self.folder / "config.json"
        return _config(path, path.stat().st_mtime_ns if path.is_file() else 0)

    @property
    def calibration(self) -> Calibration:
        """What belongs to the weights."""
        with self._lock:
            self._load()
            return self._calibration

    @property
    def judges(self) -> bool:
        """Whether the weights have the head that judges claims."""
        with self._lock:
            return self._load()[0].judges

    def score(self, inputs: Sequence[Input], question_tokens: int = QUESTION_TOKENS) -> list[Raw]:
        """Return what the network says of each row, in order.

        A question is read up to ``question_tokens``, a row up to LIMIT tokens.
        """
        with self._lock:
            network, tokeniser = self._load()
            rows = [
                encode(
                    tokeniser,
                    given.question,
                    given.head,
                    given.passage,
                    sorted(given.spans),
                    LIMIT,
                    question_tokens,
                )
                for given in inputs
            ]
            side_by_side = lanes()

            def work(batch: list[int]) -> list[Raw]:
                counts = [len(inputs[index].spans) for index in batch]
                own = [rows[index] for index in batch]
                return _run(network, own, counts, self._calibration.trust)

            batches = _batches([len(row.ids) for row in rows], side_by_side.count)
            found: dict[int, Raw] = {}
            for batch, raws in zip(batches, side_by_side.map(work, batches), strict=True):
                found.update(zip(batch, raws, strict=True))
        return [_unsorted(found[index], given.spans) for index, given in enumerate(inputs)]

    def _load(self) -> tuple[Network, Tokenizer]:
        if self._network is None or self._tokeniser is None:
            weights = self._weights()
            config = self.config
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
                    f"The reader in {self.folder} cannot be loaded: {error}",
                    remedy="Install the package again.",
                ) from error
            tokeniser.no_truncation()
            tokeniser.no_padding()
            self._network, self._tokeniser = network, tokeniser
        return self._network, self._tokeniser

    def _weights(self) -> Path:
        weights = self.folder / "model.safetensors"
        if not weights.is_file():
            raise ModelMissing(
                f"There is no model.safetensors in {self.folder}.",
                remedy="Install the package again; it carries the reader's weights.",
            )
        return weights


def _batches(lengths: Sequence[int], least: int) -> list[list[int]]:
    """Return the numbers of the rows in batches of like work, of at most BATCH rows.

    There are ``least`` of them, where there are as many rows.
    """
    count = max(-(-len(lengths) // BATCH), min(least, len(lengths)))
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    return [order[start::count] for start in range(count)]


def _run(network: Network, rows: Sequence[Row], counts: Sequence[int], trust: float) -> list[Raw]:
    import torch

    from rag.models.reader_network import collate, spans

    batch = collate(rows, counts)
    with torch.inference_mode():
        scores = network(rows, batch)
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
        verdict = () if scores.verdict is None else tuple(map(float, scores.verdict[number]))
        raws.append(
            Raw(
                answerable=float(scores.answerable[number]),
                span=float(margin[number]),
                sentences=tuple(logits),
                answer=answer,
                verdict=verdict,
                question_read=row.question_read,
            )
        )
    return raws


def _unsorted(raw: Raw, spans: Sequence[Span]) -> Raw:
    """Return the sentence logits in the order in which the sentences were given."""
    order = sorted(range(len(spans)), key=lambda index: spans[index])
    logits = dict(zip(order, raw.sentences, strict=True))
    return replace(raw, sentences=tuple(logits[index] for index in range(len(spans))))


@lru_cache(maxsize=8)
def _config(path: Path, _modified: int) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelDamaged(
            f"{path} cannot be read: {error}", remedy="Install the package again."
        ) from error
    return found
