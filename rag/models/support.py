"""Whether a passage carries a claim: the reader's network with its third head.

What a judge says is one check among several; numbers, names and negations that differ are told by
rules (`rag/ask/consistency.py`), which see what a small network overlooks.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.errors import ModelMissing
from rag.language import sentences
from rag.models.reader import Claim, Support
from rag.models.reader_input import header
from rag.models.scorer import Input, Scorer

CLAIM_TOKENS = 128
"""A longer claim is not judged: it is not supported."""
MAX_CLAIM = 2_000
MAX_PASSAGE = 8_000
"""Code points; what is beyond is not read, so that hostile input costs no time."""


class NetworkJudge:
    """Judges with the network of the reader, which is loaded once for both.

    Raises ModelMissing when the weights lack the head for claims.
    """

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    @property
    def fingerprint(self) -> str:
        """Name and checksum of the weights."""
        return self._scorer.fingerprint

    def support(self, claims: Sequence[Claim]) -> list[Support]:
        """Return the probabilities for each claim, in order.

        A claim of more than CLAIM_TOKENS tokens or MAX_CLAIM code points is `not_stated`.
        """
        if not claims:
            return []
        if not self._scorer.judges:
            raise ModelMissing(
                "The reader's weights have no head that judges claims.",
                remedy="Install the package again; it carries weights with that head.",
            )
        inputs = [_input(claim) for claim in claims]
        calibration = self._scorer.calibration
        raws = self._scorer.score(inputs, CLAIM_TOKENS)
        return [
            Support(*calibration.verdict(raw.verdict))
            if raw.question_read and len(claim.text) <= MAX_CLAIM
            else Support(0.0, 0.0, 1.0)
            for claim, raw in zip(claims, raws, strict=True)
        ]


def _input(claim: Claim) -> Input:
    passage = _encodable(claim.passage[:MAX_PASSAGE])
    spans = sentences(passage)
    head = header(claim.title, claim.published_at)
    return Input(_encodable(claim.text[:MAX_CLAIM]), head, passage, spans)


def _encodable(text: str) -> str:
    """Replace lone surrogates, which a writer's JSON may hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
