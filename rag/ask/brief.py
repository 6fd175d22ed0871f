"""Say the answer in a few words, where it has a few."""

from __future__ import annotations

from collections.abc import Sequence

from rag.ask.kinds import Kind
from rag.ask.short import fits
from rag.language import terms
from rag.types import DraftSentence


def brief(kept: Sequence[DraftSentence], kind: Kind, question: str) -> str | None:
    """Return the few words that answer: a list of them where several things are asked for.

    A question of yes or no has none besides its verdict; who said something is told by the speaker.
    Words of the question are none, and what is of the sort that is asked for goes before the rest.
    """
    if kind == "yes_no":
        return None
    if kind == "speaker" and (speaker := kept[0].attribution.speaker):
        return speaker
    spans = [
        (item.sentence.score, _bare(item.candidate.article.text[slice(*item.answer)]))
        for sentence in kept
        for item in sentence.evidence
        if item.answer is not None
    ]
    asked = set(terms(question))
    spans = [(score, text) for score, text in spans if not (said := terms(text)) or {*said} - asked]
    spans = [(score, text) for score, text in spans if fits(question, text)] or spans
    if kind == "several":
        return "; ".join(dict.fromkeys(text for _, text in spans)) or None
    return max(spans, key=lambda span: span[0])[1] if spans else None


def _bare(text: str) -> str:
    """Take off the marks that a span happens to begin or end with."""
    return text.strip().strip('"“”‘,;:').strip() or text
