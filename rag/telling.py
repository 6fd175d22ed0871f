"""An answer as it is told, sentence by sentence; nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from rag.types import Answer, AnswerSentence, Citation


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that was verified, with the citations that come with it for the first time."""

    sentence: AnswerSentence
    citations: tuple[Citation, ...]


Steps = Generator[Said, None, Answer]
"""Yields sentences and returns the whole answer, which has the same sentences and citations."""


@dataclass(frozen=True, slots=True)
class Telling:
    """An answer that is being made."""

    id: str
    """The answer's, known before there is anything else of it."""
    steps: Steps


def again(answer: Answer) -> Iterator[Said]:
    """Yield the sentences of an answer that is there already."""
    known: set[int] = set()
    by_number = {item.number: item for item in answer.citations}
    for sentence in answer.sentences:
        new = [number for number in sentence.citations if number not in known]
        known.update(new)
        yield Said(sentence, tuple(by_number[number] for number in new))


def retold(answer: Answer) -> Steps:
    """Tell an answer that is there already."""
    yield from again(answer)
    return answer


def whole(steps: Steps) -> Answer:
    """Go to the end; return the answer."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            answer: Answer = end.value
            return answer
