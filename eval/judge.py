"""A case, what was said to it, and where its gold evidence lies: what every metric looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from eval.cases import Case
from eval.folder import RunFolder
from eval.locate import locate
from eval.record import Cited, Ranked, Record, Reply

CURRENT = 0
"""Stands for the current version of an article among the texts."""


class Place(NamedTuple):
    """A stretch of an article, in code points, end exclusive."""

    article: str
    start: int
    end: int

    def overlap(self, other: Place) -> int:
        """Return how many code points both have."""
        if self.article != other.article:
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class Judged:
    """One case with its record and the places of its evidence."""

    case: Case
    record: Record
    groups: tuple[tuple[Place, ...], ...]
    """Where each group of evidence is; an empty group is one that no article holds."""
    texts: Mapping[tuple[str, int], str]

    @property
    def reply(self) -> Reply | None:
        """What was answered; None when the system failed or was not asked for an answer."""
        return self.record.reply

    @property
    def failed(self) -> bool:
        """Whether the system said nothing at all."""
        said = (self.record.reply, self.record.verdict, self.record.attributed)
        return all(item is None for item in said)

    @property
    def answered(self) -> bool:
        """Whether there is an answer."""
        return self.reply is not None and not self.reply.abstained

    @property
    def citations(self) -> tuple[Cited, ...]:
        """The citations of the answer, none when there is no answer."""
        return self.reply.citations if self.reply is not None else ()

    @property
    def quoted(self) -> bool:
        """Whether the gold evidence is sentences, not articles alone."""
        return bool(self.case.evidence) and all(
            gold.quote for group in self.case.evidence for gold in group
        )

    def exact(self, cited: Cited) -> bool:
        """Whether the article has exactly this quote exactly there."""
        text = self.texts.get((cited.article, cited.version))
        inside = 0 <= cited.start < cited.end
        return text is not None and inside and text[cited.start : cited.end] == cited.quote

    def supports(self, cited: Cited, group: tuple[Place, ...]) -> bool:
        """Whether a citation and a gold sentence of the group share half of the shorter one."""
        return covers(Place(cited.article, cited.start, cited.end), group)


def covers(mine: Place, group: tuple[Place, ...]) -> bool:
    """Whether a citation and a gold sentence of the group share half of the shorter one."""
    return any(
        2 * mine.overlap(gold) >= max(1, min(mine.end - mine.start, gold.end - gold.start))
        for gold in group
    )


def holds(passage: Ranked, group: tuple[Place, ...]) -> bool:
    """Whether a passage has a whole gold sentence of the group."""
    return any(
        passage.article == gold.article and passage.start <= gold.start and gold.end <= passage.end
        for gold in group
    )


def judge(folder: RunFolder) -> list[Judged]:
    """Read a run: one entry for each case, in order; a case without a record counts as failed."""
    texts = folder.texts()
    records = folder.records()
    return [
        Judged(
            case=case,
            record=records.get(case.id) or Record(case=case.id, reply=None, error="no record"),
            groups=places(case, texts),
            texts=texts,
        )
        for case in folder.cases()
    ]


def places(case: Case, texts: Mapping[tuple[str, int], str]) -> tuple[tuple[Place, ...], ...]:
    """Locate the gold sentences of a case in the articles as they are in the collection."""
    return tuple(
        tuple(
            Place(gold.article, *span)
            for gold in group
            if gold.quote
            for span in locate(gold.quote, texts.get((gold.article, CURRENT), ""))
        )
        for group in case.evidence
    )
