"""Check each drafted sentence against what it cites, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.language import normalise, quoted, terms
from rag.types import DraftSentence, Dropped, Evidence

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def verify(draft: Sequence[DraftSentence]) -> tuple[list[DraftSentence], list[Dropped]]:
    """Return what may be said and what must not be, with the reason."""
    kept: list[DraftSentence] = []
    dropped: list[Dropped] = []
    for sentence in draft:
        reason = _objection(sentence)
        if reason is None:
            kept.append(sentence)
        else:
            dropped.append(Dropped(text=sentence.text, reason=reason))
    return kept, dropped


def _objection(sentence: DraftSentence) -> str | None:
    """Say what is wrong with a sentence, None if nothing."""
    if not sentence.evidence:
        return "no_citation"
    if any(not _whole(item) for item in sentence.evidence):
        return "not_in_article"
    cited = [_quote(item) for item in sentence.evidence]
    for start, end in quoted(sentence.text):
        if not any(sentence.text[start:end] in quote for quote in cited):
            return "quote_not_verbatim"
    speaker = sentence.attribution.speaker or ""
    supported = " ".join([*cited, speaker])
    if set(_NUMBER.findall(sentence.text)) - set(_NUMBER.findall(supported)):
        return "number_not_in_evidence"
    if set(terms(normalise(sentence.text))) - set(terms(normalise(supported))):
        return "word_not_in_evidence"
    if speaker and not any(_names(item, speaker) for item in sentence.evidence):
        return "speaker_not_in_article"
    if sentence.attribution.denied and (sentence.attribution.cue or "") not in sentence.text:
        return "denial_as_assertion"
    return None


def _whole(item: Evidence) -> bool:
    """Whether the sentence lies in its passage and the passage is where it claims to be."""
    passage, text = item.candidate.passage, item.candidate.article.text
    return (
        item.candidate.article.id == passage.article_id
        and item.candidate.article.version == passage.version
        and text[passage.start : passage.end] == passage.text
        and passage.start <= item.sentence.start < item.sentence.end <= passage.end
    )


def _names(item: Evidence, speaker: str) -> bool:
    return speaker in item.candidate.article.text


def _quote(item: Evidence) -> str:
    return item.candidate.article.text[item.sentence.start : item.sentence.end]
