"""What the articles tell of a subject, day by day: dated statements and events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from rag.answering import NO_FILTERS, Answering
from rag.ask.read import passage_sentences
from rag.attribution.days import days
from rag.language import terms
from rag.speaking import Speaking
from rag.statement_types import Timeline, TimelineEntry
from rag.statements import by
from rag.store.catalogue import Catalogue
from rag.store.statements import words_hash
from rag.store.statements_query import Stored, Wanted, in_time
from rag.types import Article, Candidate, Filters, Reprint

DEPTH = 100
"""Passages on the subject that are looked at."""
OWN, AROUND = 0.3, 0.6
"""An entry is about the subject when it has this part of the weight of the subject's words itself,
and this part together with its passage and title. Chosen by looking at timelines of 300 articles,
not tuned."""
# A day of no meaning, from which only days with a year of their own can be told.
_ANY = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Told:
    """A statement or an event that may become an entry."""

    article: Article
    start: int
    end: int
    score: float
    days: tuple[date, date] | None
    day_from: Literal["text", "published"]
    said: Stored | None

    @property
    def words(self) -> tuple[str, int]:
        """What an entry has in common with its reprints."""
        quote = self.article.text[self.start : self.end]
        return self.article.cluster_id, words_hash(quote)

    @property
    def speaker(self) -> str | None:
        """Who says it, as the article has the name; None for an event and where none is named."""
        return None if self.said is None else self.said.statement.speaker


class Timelines:
    """Makes timelines; safe for several threads."""

    def __init__(
        self,
        catalogue: Catalogue,
        answering: Answering,
        speaking: Speaking,
        rarity: Callable[[str], float],
    ) -> None:
        self._catalogue = catalogue
        self._answering = answering
        self._speaking = speaking
        self._rarity = rarity

    def of(self, query: str, filters: Filters = NO_FILTERS, limit: int = 20) -> Timeline:
        """Return the ``limit`` statements and events nearest to a subject, the earliest day first.

        A statement is of the day that the article names, else of the day it was published; an
        event needs a day in its sentence. Of given speakers there are statements only. Raises
        QuestionError or FilterError.
        """
        self._answering.check(query, filters)
        stems = {stem: self._rarity(stem) for stem in terms(query)}
        candidates = self._answering.candidates(query, self._answering.narrowed(filters), DEPTH)
        articles = {item.article.id for item in candidates}
        rows: dict[str, list[Stored]] = {}
        for row in self._speaking.query.of_articles(Wanted(spoken=True), articles):
            rows.setdefault(row.article_id, []).append(row)
        speaks = self._speaking.matcher(filters.speakers, filters) if filters.speakers else None
        told: dict[tuple[str, int], _Told] = {}
        for item in candidates:
            for one in _told(item, rows.get(item.article.id, ()), stems):
                if speaks is not None and not (one.speaker and speaks(one.speaker)):
                    continue
                known = told.get(one.words)
                if known is None or _age(one.article) < _age(known.article):
                    told[one.words] = one
        dated = [one for one in told.values() if one.days is not None]
        dated.sort(key=lambda one: (-one.score, one.article.id, one.start))
        dated = _apart(dated)
        return Timeline(
            query=query,
            entries=self._entries(dated[:limit], filters),
            more=max(0, len(dated) - limit),
            undated=sum(one.days is None for one in told.values()),
            unread=self._speaking.statements.waiting(),
            notices=self._answering.notices(filters),
        )

    def _entries(self, told: Sequence[_Told], filters: Filters) -> tuple[TimelineEntry, ...]:
        clusters = {one.article.cluster_id for one in told}
        reprints = self._catalogue.reprints(sorted(clusters))
        names = self._speaking.resolved({name for one in told if (name := one.speaker)})
        entries = [
            _entry(one, _others(one, reprints.get(one.article.cluster_id, ()), filters), names)
            for one in told
        ]
        return tuple(sorted(entries, key=lambda item: (item.day, item.article_id, item.start)))


def _apart(told: Iterable[_Told]) -> list[_Told]:
    """Leave out what overlaps with a better one: two statements of one sentence."""
    kept: list[_Told] = []
    for one in told:
        if not any(
            one.article.id == other.article.id and one.start < other.end and other.start < one.end
            for other in kept
        ):
            kept.append(one)
    return kept


def _told(
    candidate: Candidate, rows: Iterable[Stored], stems: Mapping[str, float]
) -> Iterable[_Told]:
    """Yield what a passage tells of the subject: its statements, then its dated sentences."""
    article, passage = candidate.article, candidate.passage
    context = set(terms(f"{article.given_title or ''} {passage.text}"))
    if _share(stems, context) < AROUND:
        return
    here = [row for row in rows if row.start < passage.end and passage.start < row.end]
    for row in here:
        if (own := _share(stems, set(terms(row.quote)))) >= OWN:
            found = (row.day, row.day_last) if row.day and row.day_last else None
            published = article.published_at
            yield _Told(
                article=article,
                start=row.start,
                end=row.end,
                score=round(own + candidate.score, 4),
                days=found or ((published.date(),) * 2 if published else None),
                day_from="text" if found else "published",
                said=row,
            )
    for start, end in passage_sentences(candidate):
        if any(row.start < end and start < row.end for row in here):
            continue
        sentence = article.text[start:end]
        own = _share(stems, set(terms(sentence)))
        if own < OWN:
            continue
        named = days(sentence, article.published_at or _ANY)
        usable = [day for day in named if article.published_at or day.year_given]
        if named:
            yield _Told(
                article=article,
                start=start,
                end=end,
                score=round(own + candidate.score, 4),
                days=(usable[0].first, usable[0].last) if usable else None,
                day_from="text",
                said=None,
            )


def _entry(one: _Told, others: Sequence[Reprint], names: Mapping[str, str]) -> TimelineEntry:
    article = one.article
    first, last = one.days or (date.min, date.min)
    return TimelineEntry(
        article_id=article.id,
        version=article.version,
        start=one.start,
        end=one.end,
        quote=article.text[one.start : one.end],
        title=article.title,
        title_from=article.title_from,
        outlet=article.outlet,
        published_at=article.published_at,
        url=article.url,
        also_in=tuple(others),
        sources=1,
        day=first,
        day_last=last,
        day_from=one.day_from,
        kind="event" if one.said is None else "statement",
        score=one.score,
        by=None if one.said is None else by(one.said, names),
    )


def _others(one: _Told, reprints: Iterable[Reprint], filters: Filters) -> list[Reprint]:
    return [
        item
        for item in reprints
        if item.article_id != one.article.id and in_time(filters, item.published_at)
    ]


def _age(article: Article) -> tuple[bool, float, str]:
    at = article.published_at
    return at is None, at.timestamp() if at else 0.0, article.id


def _share(stems: Mapping[str, float], have: set[str]) -> float:
    total = sum(stems.values())
    return sum(weight for stem, weight in stems.items() if stem in have) / total if total else 0.0
