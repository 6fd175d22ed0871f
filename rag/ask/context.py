"""Bring the neighbour without which a sentence would mislead, or could not be understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.ask.read import passage_sentences
from rag.ask.select import place, quote
from rag.types import Evidence, Sentence

_REPORT = (
    r"(?:reports?|rumou?rs?|claims?|allegations?|accusations?|suggestions?|speculation|assertions?|"
    r"stories|story|charges?|notion|information|conjectures?)"
)
# "media reports claiming that", "rumors of", "allegations against"
_TOLD = re.compile(
    rf"\b{_REPORT}\b,? (?:that|of|about|against|as to|said|say|saying|claim(?:ed|ing)?|"
    r"suggest(?:ed|ing)?|alleg(?:ed|ing))\b|"
    r"\b(?:alleged|allegedly|reportedly|rumou?red|purported(?:ly)?|accus(?:ed|es|ing))\b",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|dismiss(?:es|ed|ing)?|refut(?:e|es|ed|ing)|reject(?:s|ed|ing)?|"
    r"rebuff(?:s|ed)?|rebut(?:s|ted)?|disput(?:e|es|ed|ing)|debunk(?:s|ed)?|contradict(?:s|ed)|"
    r"inaccurate|untrue|not true|false|fakes?|lies?|baseless|unfounded|absurd|nonsense|"
    r"groundless)\b",
    re.IGNORECASE,
)
# A denial that says what is denied by pointing back to it.
_BACK = re.compile(
    rf"\b(?:the|these|those|that|this|such|it|them|any such|both)\b(?: \w+)? {_REPORT}\b|"
    rf"^[\"“‘']?(?:that|this|it|they|these|those)\b.{{0,40}}\b(?:{_DENIES.pattern})",
    re.IGNORECASE,
)


# A sentence that says of what it speaks only by pointing back. (Of "he" and "she" the speaker's
# name is put in brackets.)
_REFERS = re.compile(r"[\"“‘']?(?:That|This|These|Those|They|It|Such)\b")
_QUOTED = re.compile(r"[\"“«]")
_QUOTES = re.compile(r"\W*[\"“«]\w")
# A sentence that takes back part of the one before it.
_TURNS = re.compile(r"(?:However|But|Yet|Nevertheless|Nonetheless|Instead)\b")


def in_context(
    chosen: Sequence[Evidence], limit: int | None = None, *, own_words: bool = False
) -> list[Evidence]:
    """Return what was chosen with the neighbours in the article that it must not stand without.

    These are the denial of a report that is told undenied, and the report that is denied; a
    "However" that follows; and what "this" or "they" at the beginning points back to. On 200
    newsdesk questions they make the precision of the citations .82 for .84, and the recall .91 for
    .90. Asked for somebody's ``own_words``, the quotation that goes on from a sentence without one
    is among them. With a ``limit`` neighbours take the room that is left.
    """
    places = {place(item) for item in chosen}
    room = len(chosen) if limit is None else limit - len(chosen)
    found: list[Evidence] = []
    for item in chosen:
        pair = _pair(item, own_words=own_words)
        new = sum(place(one) not in places for one in pair)
        if new > room:
            pair = [item]
        else:
            room -= new
        found += pair
    return _once(found)


def _pair(item: Evidence, *, own_words: bool) -> list[Evidence]:
    """Return a sentence with the neighbour it needs, in the order of the article."""
    before, after = _neighbours(item)
    said = quote(item)
    if after is not None and (_denied_by(said, quote(after)) or _TURNS.match(quote(after))):
        return [item, after]
    # "He dismissed the reports." is followed by how he put it.
    if own_words and after is not None and _QUOTES.match(quote(after)) and not _QUOTED.search(said):
        return [item, after]
    if before is not None:
        denied = _answers(said) and _TOLD.search(quote(before))
        if denied or _REFERS.match(said):
            return [before, item]
    return [item]


def denied_after(item: Evidence) -> bool:
    """Whether a sentence tells a report that the next one denies."""
    _, after = _neighbours(item)
    return after is not None and _denied_by(quote(item), quote(after))


def _denied_by(said: str, after: str) -> bool:
    return bool(_TOLD.search(said)) and not _DENIES.search(said) and _answers(after)


def _once(items: Iterable[Evidence]) -> list[Evidence]:
    """Keep the reading of a sentence that was chosen, where it is there as a neighbour too."""
    best: dict[tuple[str, int], Evidence] = {}
    for item in items:
        key = place(item)
        if key not in best or best[key].sentence.score < item.sentence.score:
            best[key] = item
    return list(best.values())


def _answers(said: str) -> bool:
    """Whether a sentence denies what the one before it tells."""
    return bool(_DENIES.search(said) and _BACK.search(said))


def _neighbours(item: Evidence) -> tuple[Evidence | None, Evidence | None]:
    """Return the sentences before and after, where they are in the same passage."""
    spans = passage_sentences(item.candidate)
    at = next((n for n, span in enumerate(spans) if span[0] == item.sentence.start), None)
    if at is None:
        return None, None
    beside = [spans[n] if 0 <= n < len(spans) else None for n in (at - 1, at + 1)]
    before, after = (None if span is None else _at(item, span) for span in beside)
    return before, after


def _at(item: Evidence, span: tuple[int, int]) -> Evidence:
    """Return another sentence of the same passage; what is known of the first does not hold."""
    sentence = Sentence(start=span[0], end=span[1], score=0.0)
    return replace(item, sentence=sentence, answer=None)
