"""Write an answer without a language model: the articles' own sentences, attributed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.language import quoted
from rag.types import Attribution, DraftSentence, Evidence

ABSTENTION = "The articles do not answer this question."

# Who speaks without being named: a pronoun or a role right before the reporting word.
_UNNAMED = (
    r"\b(?:[Hh]e|[Ss]he|[Tt]hey|[Tt]he (?:[\w-]+ ){0,3}?(?:spokes(?:man|woman|person)|officials?|"
    r"envoy|minister|leader|senator|secretary|ambassador|president|diplomat))\b"
)


def compose(
    evidence: Sequence[Evidence], attribute: Callable[[str, int, int], Attribution]
) -> list[DraftSentence]:
    """Return one sentence for each piece of evidence, in the order given."""
    return [_sentence(item, attribute) for item in evidence]


def lead(kept: Sequence[DraftSentence], verdict: str | None) -> list[DraftSentence]:
    """Put the verdict on a yes-or-no question before the first sentence, which decides it."""
    if verdict is None or not kept:
        return list(kept)
    return [replace(kept[0], text=f"{verdict}. {kept[0].text}"), *kept[1:]]


def _sentence(item: Evidence, attribute: Callable[[str, int, int], Attribution]) -> DraftSentence:
    article = item.candidate.article
    said = article.text[item.sentence.start : item.sentence.end]
    attribution = attribute(article.text, item.sentence.start, item.sentence.end)
    return DraftSentence(text=named(said, attribution), evidence=(item,), attribution=attribution)


def named(said: str, attribution: Attribution) -> str:
    """Return a sentence with its speaker's name, put in where it is missing."""
    if attribution.speaker is None:
        return said
    if attribution.speaker.split()[-1] in _outside_quotes(said):
        return said
    return _with_speaker(said, attribution)


def _with_speaker(said: str, attribution: Attribution) -> str:
    """Put the speaker's name where the sentence has none, in square brackets."""
    spans = quoted(said)
    if attribution.cue is not None:
        pattern = re.compile(rf"({_UNNAMED})(?= (?:\w+ ){{0,3}}?{re.escape(attribution.cue)}\b)")
        for match in pattern.finditer(said):
            if not any(start <= match.start() < end for start, end in spans):
                return f"{said[: match.end()]} [{attribution.speaker}]{said[match.end() :]}"
    elif attribution.quote_type == "direct":
        # A quotation, or a sentence out of one, without reporting words.
        whole = not spans
        parts = [said] if whole else [said[start:end].strip().rstrip(",") for start, end in spans]
        return f"{attribution.speaker}: " + " … ".join(f"“{part}”" for part in parts if part)
    return f"[{attribution.speaker}:] {said}"


def _outside_quotes(said: str) -> str:
    outside, last = [], 0
    for start, end in quoted(said):
        outside.append(said[last:start])
        last = end
    return "".join([*outside, said[last:]])
