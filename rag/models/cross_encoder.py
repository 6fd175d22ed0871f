"""The reader that ships: a small cross-encoder; see `docs/reader.md`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag.models.calibration import sigmoid
from rag.models.raw import Raw, Span
from rag.models.reader import Vector
from rag.models.reader_input import header
from rag.models.scorer import FOLDER, NAME, Input, Scorer
from rag.types import Article, Candidate, Reading, Sentence


class CrossEncoderReader:
    """Reads question and passage together; the weights are loaded at the first use.

    Raises ModelMissing when there are no weights and ModelDamaged when they cannot be loaded.
    """

    def __init__(self, folder: Path = FOLDER, precision: str = "auto", threads: int = 0) -> None:
        self.name = NAME
        self.scorer = Scorer(folder, precision, threads)

    @property
    def fingerprint(self) -> str:
        """Name and checksum of the weights."""
        return self.scorer.fingerprint

    def warm(self) -> None:
        """Load the weights and run them once."""
        self.scorer.score([Input("ready?", "", "Ready.", [(0, 6)])])

    def read(
        self,
        question: str,
        candidates: Sequence[Candidate],
        spans: Sequence[Sequence[Span]],
        vector: Vector | None = None,  # noqa: ARG002 - it reads words
    ) -> list[Reading]:
        """Return one reading for each candidate, in order.

        ``spans[i]`` are the sentences of candidate ``i``'s passage, as offsets in its article.
        A sentence beyond what fits in LIMIT tokens scores 0.
        """
        raws = self.raw(question, candidates, spans)
        return [
            self.reading(candidate, given, raw)
            for candidate, given, raw in zip(candidates, spans, raws, strict=True)
        ]

    def reading(self, candidate: Candidate, spans: Sequence[Span], raw: Raw) -> Reading:
        """Turn the scores of a candidate into probabilities."""
        calibration, offset = self.scorer.calibration, candidate.passage.start
        sentences = tuple(
            Sentence(start=start, end=end, score=calibration.sentence(logit))
            for (start, end), logit in zip(spans, raw.sentences, strict=True)
        )
        answer = None
        if raw.answer is not None and raw.span >= calibration.span_floor:
            answer = (raw.answer[0] + offset, raw.answer[1] + offset)
        probability = sigmoid(calibration.logit(raw))
        return Reading(answerable=probability, sentences=sentences, answer=answer)

    def raw(
        self, question: str, candidates: Sequence[Candidate], spans: Sequence[Sequence[Span]]
    ) -> list[Raw]:
        """Return the uncalibrated scores of the candidates, in order."""
        inputs = []
        for candidate, given in zip(candidates, spans, strict=True):
            passage = candidate.passage
            inside = [(start - passage.start, end - passage.start) for start, end in given]
            inputs.append(Input(question, head(candidate.article), passage.text, inside))
        return self.scorer.score(inputs)


def head(article: Article) -> str:
    """Return what the network is told of an article: its title, unless derived, and its date."""
    return header(article.given_title, article.published_at)
