"""Number the citations of what may be said, in reading order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from rag.ask.conflict import Disagreement, sources
from rag.attribution.days import days
from rag.types import (
    AnswerSentence,
    Citation,
    Conflict,
    ConflictSide,
    DraftSentence,
    Evidence,
    Reprint,
)


class Citing:
    """Numbers the citations of sentences in reading order.

    The same words of an article keep one number.
    """

    def __init__(self) -> None:
        self.citations: list[Citation] = []
        self._numbers: dict[tuple[str, int, int, int], int] = {}

    def add(
        self, sentence: DraftSentence, reprints: Mapping[str, tuple[Reprint, ...]]
    ) -> AnswerSentence:
        """Return the next sentence with its numbers.

        ``reprints`` has the articles of each cluster by its id, the cited one among them.
        """
        mine: list[int] = []
        for item in sentence.evidence:
            article, span = item.candidate.article, item.sentence
            key = (article.id, article.version, span.start, span.end)
            if key not in self._numbers:
                number = self._numbers[key] = len(self._numbers) + 1
                self.citations.append(_citation(number, sentence, item, reprints))
            mine.append(self._numbers[key])
        return AnswerSentence(text=sentence.text, citations=tuple(dict.fromkeys(mine)))


def cite(
    kept: Sequence[DraftSentence], reprints: Mapping[str, tuple[Reprint, ...]]
) -> tuple[list[AnswerSentence], list[Citation]]:
    """Return sentences and citations, as ``Citing`` numbers them."""
    citing = Citing()
    return [citing.add(sentence, reprints) for sentence in kept], citing.citations


def conflicts(
    disagreements: Sequence[Disagreement], citations: Sequence[Citation]
) -> tuple[Conflict, ...]:
    """Return the disagreements of which two sides at least are cited."""
    numbers = {(item.article_id, item.start): item.number for item in citations}
    found = []
    for item in disagreements:
        sides = [
            ConflictSide(citations=cited, sources=sources(side))
            for side in item.sides
            if (cited := _numbers(side, numbers))
        ]
        if len(sides) > 1:
            found.append(Conflict(type=item.type, sides=tuple(sides)))
    return tuple(found)


def _numbers(side: Sequence[Evidence], numbers: Mapping[tuple[str, int], int]) -> tuple[int, ...]:
    places = [(item.candidate.article.id, item.sentence.start) for item in side]
    return tuple(numbers[place] for place in places if place in numbers)


def as_text(sentences: Sequence[AnswerSentence]) -> str:
    """Write the sentences as one text with their citation marks."""
    return " ".join(
        sentence.text + "".join(f" [{number}]" for number in sentence.citations)
        for sentence in sentences
    )


def _citation(
    number: int,
    sentence: DraftSentence,
    item: Evidence,
    reprints: Mapping[str, tuple[Reprint, ...]],
) -> Citation:
    article, passage, span = item.candidate.article, item.candidate.passage, item.sentence
    return Citation(
        number=number,
        article_id=article.id,
        version=article.version,
        passage_id=passage.id,
        start=span.start,
        end=span.end,
        quote=article.text[span.start : span.end],
        support=round(span.score, 4),
        speaker=sentence.attribution.speaker,
        quote_type=sentence.attribution.quote_type,
        cue=sentence.attribution.cue,
        denied=sentence.attribution.denied,
        medium=sentence.attribution.medium,
        when=sentence.attribution.when,
        day=_day(sentence.attribution.when, article.published_at),
        title=article.title,
        title_from=article.title_from,
        outlet=article.outlet,
        published_at=article.published_at,
        url=article.url,
        also_in=tuple(
            reprint
            for reprint in reprints.get(article.cluster_id, ())
            if reprint.article_id != article.id
        ),
    )


def _day(when: str | None, published: datetime | None) -> date | None:
    """Return the first day that "on Friday" means in an article of some date."""
    if when is None or published is None:
        return None
    named = days(when, published)
    return named[0].first if named else None
