"""Tell an answer sentence by sentence, each as soon as it is verified."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.ask import cite, compose, verify
from rag.ask.polarity import Verdict
from rag.types import Answer, AnswerSentence, Citation, DraftSentence, Dropped, Reprint

Reprints = Callable[[Sequence[str]], Mapping[str, tuple[Reprint, ...]]]
"""Returns the articles of clusters."""


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


class Saying:
    """Verifies and cites drafted sentences one after the other."""

    def __init__(self, verdict: Verdict | None, reprints: Reprints) -> None:
        self.verdict = verdict
        self.kept: list[DraftSentence] = []
        self.dropped: list[Dropped] = []
        self.sentences: list[AnswerSentence] = []
        self.citing = cite.Citing()
        self.clusters: set[str] = set()
        self._reprints = reprints

    def check(self, drafted: DraftSentence) -> DraftSentence | None:
        """Return a sentence as it may be said, or None.

        The first one drafted decides; where it must not be said there is no verdict.
        """
        kept, failed = verify.verify([drafted])
        self.dropped += failed
        if not self.kept and not kept:
            self.verdict = None
        if not kept:
            return None
        (found,) = kept if self.kept else compose.lead(kept, self.verdict)
        self.kept.append(found)
        return found

    def say(self, kept: DraftSentence) -> Said:
        """Number what a sentence cites."""
        clusters = sorted({item.candidate.article.cluster_id for item in kept.evidence})
        self.clusters.update(clusters)
        known = len(self.citing.citations)
        sentence = self.citing.add(kept, self._reprints(clusters))
        self.sentences.append(sentence)
        return Said(sentence, tuple(self.citing.citations[known:]))


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
