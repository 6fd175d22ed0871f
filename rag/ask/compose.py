"""Write an answer from evidence without a language model: the articles' own sentences, attributed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.language import quoted
from rag.types import Attribution, DraftSentence, Evidence

# A sentence that begins with one of these does not say who it is about.
_SUBJECT = re.compile(
    r"(?:He|She|The (?:[\w-]+ ){0,2}?(?:spokes(?:man|woman|person)|official|envoy|minister|leader|"
    r"senator|secretary|ambassador|president|diplomat))\b(?= (?:\w+ ){0,2}?\w+)"
)


def compose(
    evidence: Sequence[Evidence], attribute: Callable[[str, int, int], Attribution]
) -> list[DraftSentence]:
    """Return one sentence for each piece of evidence, the best article's first, in reading order."""
    order: dict[str, int] = {}
    for item in evidence:
        order.setdefault(item.candidate.article.id, len(order))
    ordered = sorted(
        evidence, key=lambda item: (order[item.candidate.article.id], item.sentence.start)
    )
    return [_sentence(item, attribute) for item in ordered]


def _sentence(item: Evidence, attribute: Callable[[str, int, int], Attribution]) -> DraftSentence:
    article = item.candidate.article
    said = article.text[item.sentence.start : item.sentence.end]
    attribution = attribute(article.text, item.sentence.start, item.sentence.end)
    text = said
    if attribution.speaker is not None:
        named = attribution.speaker.split()[-1] in _outside_quotes(said)
        if not named:
            text = _with_speaker(said, attribution)
    return DraftSentence(text=text, evidence=(item,), attribution=attribution)


def _with_speaker(said: str, attribution: Attribution) -> str:
    """Put the speaker's name where the sentence has none."""
    if match := _SUBJECT.match(said):
        return f"[{attribution.speaker}]{said[match.end() :]}"
    spans = quoted(said)
    if attribution.quote_type == "direct" and spans and not attribution.denied:
        parts = [said[start:end].strip().rstrip(",") for start, end in spans]
        return f"{attribution.speaker}: " + " … ".join(f"“{part}”" for part in parts if part)
    if attribution.quote_type == "direct" and not spans:
        # One sentence out of a longer quotation.
        return f"{attribution.speaker}: “{said}”"
    return f"[{attribution.speaker}:] {said}"


def _outside_quotes(said: str) -> str:
    outside, last = [], 0
    for start, end in quoted(said):
        outside.append(said[last:start])
        last = end
    return "".join([*outside, said[last:]])
