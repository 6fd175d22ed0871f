"""Say the answer in a few words, where it has a few."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from rag.ask.attribute import REJECTS, denied
from rag.ask.identity import asked_name, asked_role, holder, identity, is_name
from rag.ask.kinds import Kind
from rag.ask.shape import shaped
from rag.ask.short import fits
from rag.ask.split import Parse
from rag.language import terms
from rag.types import DraftSentence, Evidence

NEARLY = 0.5
"""A short answer is taken from a sentence with at least this part of the best one's score. On 315
unseen questions that costs nothing; .6 loses some, .8 many."""
_WHO = re.compile(r"^\W*(?:(?:and|but|so)\s+)?(?:\w+\s)?who(?:m)?\b", re.IGNORECASE)
_AT_LENGTH = re.compile(
    r"""
    ^\W*(?:(?:please|now)\s+)?(?:compare|contrast|summari[sz]e|trace|describe|put|set|lay)\b |
    ^\W*(?:(?:and|so)\ )?how\ (?:has|have|had|did|do|does)\ .*
        \b(?:chang|develop|evolv|shift|differ)\w* |
    \b(?:side\ by\ side|over\ time)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def brief(kept: Sequence[DraftSentence], kind: Kind, question: str, parse: Parse) -> str | None:
    """Return the few words that answer: a list of them where several things are asked for.

    A question of yes or no has none besides its verdict; who said something is told by the speaker.
    Words of the question are none, and what is of the sort that is asked for goes before the rest.
    Who somebody is, is told by what stands beside the name and by nothing else. What is to be
    compared or summed up has no answer in a few words.
    """
    if kind == "yes_no" or _AT_LENGTH.search(question):
        return None
    if (role := asked_role(question)) and (found := _told(kept, partial(holder, role))):
        return found
    if name := asked_name(question):
        found = _told(kept, partial(identity, name))
        if found or is_name(name):
            return found
    if kind == "speaker" and (speaker := kept[0].attribution.speaker):
        return speaker
    read = [item for sentence in kept for item in sentence.evidence]
    best = max((item.sentence.score for item in read), default=0.0)
    least = 0.0 if kind == "several" else NEARLY * best
    near = [
        item
        for item in read
        if item.answer and item.sentence.score >= least and not _denied(item, question)
    ]
    asked = set(terms(question))
    told = [(item, text) for item in near if _says(text := _answer(item), asked)]
    told = [(item, text) for item, text in told if not _asked_of(text, question)] or told
    told = [(item, text) for item, text in told if fits(question, text)] or told
    if kind == "several":
        return "; ".join(dict.fromkeys(text for _, text in told)) or None
    told.sort(key=lambda pair: -pair[0].sentence.score)
    return next(filter(None, (_shaped(item, question, parse) for item, _ in told)), None)


def _denied(item: Evidence, question: str) -> bool:
    """Whether a short answer is told only to be rejected, and no rejection is asked for."""
    if item.answer is None or REJECTS.search(question):
        return False
    span = (item.sentence.start, item.sentence.end)
    spans = denied(item.candidate.article.text, *span)
    return any(start <= item.answer[0] < end for start, end in spans)


def _says(text: str, asked: set[str]) -> bool:
    """Whether an answer has more than the words of the question."""
    said = set(terms(text))
    return not said or bool(said - asked)


def _asked_of(text: str, question: str) -> bool:
    """Whether an answer to "who" is somebody whom the question names: "Steven Witkoff"."""
    last = text.split()[-1:]
    return bool(_WHO.search(question) and last) and last[0] in re.findall(r"[A-Z][\w-]+", question)


def _answer(item: Evidence) -> str:
    return "" if item.answer is None else bare(item.candidate.article.text, *item.answer)


def _shaped(item: Evidence, question: str, parse: Parse) -> str | None:
    if item.answer is None:
        return None
    begin = item.sentence.start
    text = item.candidate.article.text[begin : item.sentence.end]
    answer = (item.answer[0] - begin, item.answer[1] - begin)
    span = shaped(question, text, answer, parse)
    return bare(text, *span) if span else None


def _told(kept: Sequence[DraftSentence], find: Callable[[str], str | None]) -> str | None:
    """Return what is found in the first sentence that has it."""
    texts = (
        item.candidate.article.text[item.sentence.start : item.sentence.end]
        for sentence in kept
        for item in sentence.evidence
    )
    return next(filter(None, map(find, texts)), None)


_EDGES = '"“”‘,;: \n'
_STOPS = ",.?!"


def bare(text: str, start: int, end: int) -> str:
    """Return ``text[start:end]`` without the marks that it happens to begin or end with.

    A quotation that begins or ends within it keeps both of its marks, where they stand beside it.
    """
    while start < end and text[start] in _EDGES:
        start += 1
    while start < end and text[end - 1] in _EDGES:
        end -= 1
    opened, closed = _unpaired(text[start:end])
    straight = text.count('"', start, end) % 2
    if start and ((closed and text[start - 1] == "“") or (straight and text[start - 1] == '"')):
        start, straight = start - 1, 0
    if opened or straight:
        mark = "”" if opened else '"'
        at = end + (text[end : end + 1] in _STOPS and text[end : end + 1] != "")
        if text[at : at + 1] == mark:
            end = at + 1
    if text.count("(", start, end) > text.count(")", start, end) and text[end : end + 1] == ")":
        end += 1
    return text[start:end]


def _unpaired(text: str) -> tuple[int, int]:
    """Count the curly marks that open and are not closed, and that close and were not opened."""
    opened = closed = 0
    for mark in text:
        if mark == "“":
            opened += 1
        elif mark == "”" and opened:
            opened -= 1
        elif mark == "”":
            closed += 1
    return opened, closed
