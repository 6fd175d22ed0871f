"""Say a draft sentence by sentence: each is verified, then numbered and cited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rag.ask import cite, compose, verify
from rag.ask.polarity import Verdict
from rag.telling import Said
from rag.types import AnswerSentence, DraftSentence, Dropped, Reprint

Reprints = Callable[[Sequence[str]], Mapping[str, tuple[Reprint, ...]]]
"""Returns the articles of clusters."""


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
