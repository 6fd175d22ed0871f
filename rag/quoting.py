"""Find where quoted words stand in the collection, who says them, and who prints them too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rag.answering import NO_FILTERS, Answering, check_utf8
from rag.attribution import covering
from rag.attribution.quotes import Match, find
from rag.errors import ArticleNotFound
from rag.speaking import Speaking
from rag.statement_types import FoundQuote, QuoteDifference, QuoteLookup, SaidBy
from rag.statements import by
from rag.store.border import PassageIndex
from rag.store.catalogue import Catalogue
from rag.store.statements_query import Stored, Wanted, in_time
from rag.types import Article, Filters, Reprint

PASSAGES = 48
"""Passages with most of the quotation's phrases whose articles are compared with it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A match and its article."""

    match: Match[str]
    article: Article

    @property
    def age(self) -> tuple[float, bool, float, str]:
        """Orders places: the most similar, then the earliest published."""
        at = self.article.published_at
        return -self.match.similarity, at is None, at.timestamp() if at else 0.0, self.article.id


class Quoting:
    """Looks quotations up; safe for several threads."""

    def __init__(
        self,
        catalogue: Catalogue,
        index: PassageIndex,
        answering: Answering,
        speaking: Speaking,
    ) -> None:
        self._catalogue = catalogue
        self._index = index
        self._answering = answering
        self._speaking = speaking

    def lookup(self, quote: str, filters: Filters = NO_FILTERS, limit: int = 10) -> QuoteLookup:
        """Return where a quotation stands, or that it stands nowhere.

        Punctuation and case do not count; a changed, missing or added word in six is forgiven and
        marked. Raises QuestionError for one without words or too long, and FilterError.
        """
        check_utf8(quote, "quotation")
        self._answering.check("any", filters)
        articles: dict[str, Article] = {}

        def search(parts: Sequence[str], most: int) -> Iterable[tuple[str, str]]:
            self._index.follow()
            hits = self._index.words.search_phrases(parts, filters, PASSAGES)
            found = self._catalogue.passages([passage for passage, _ in hits])
            for passage, _ in hits:
                if passage in found and len(articles) < most:
                    article = found[passage][1]
                    articles.setdefault(article.id, article)
            return [(name, article.text) for name, article in articles.items()]

        places = [_Place(match, articles[match.key]) for match in find(quote, search)]
        groups = self._grouped(sorted(places, key=lambda item: item.age), quote, filters)
        shown = groups[:limit]
        said = self._said([place for place, _ in shown])
        return QuoteLookup(
            quote=quote,
            found=bool(groups),
            matches=tuple(
                _shown(place, others, said.get(place.article.id)) for place, others in shown
            ),
            sources=len(groups),
            unread=self._speaking.statements.waiting(),
            notices=self._answering.notices(filters),
        )

    def _grouped(
        self, places: Sequence[_Place], quote: str, filters: Filters
    ) -> list[tuple[_Place, list[Reprint]]]:
        """Fold reprints: the best place of each cluster, with the others that have the words."""
        groups: dict[str, list[_Place]] = {}
        for place in places:
            groups.setdefault(place.article.cluster_id, []).append(place)
        reprints = self._catalogue.reprints(sorted(groups))
        return [
            (members[0], self._others(members, reprints.get(cluster, ()), quote, filters))
            for cluster, members in groups.items()
        ]

    def _others(
        self,
        members: Sequence[_Place],
        reprints: Sequence[Reprint],
        quote: str,
        filters: Filters,
    ) -> list[Reprint]:
        """Return the reprints that have the words too and may be told of."""
        have = {place.article.id for place in members}
        first = members[0].article.id
        return [
            item
            for item in reprints
            if item.article_id != first
            and in_time(filters, item.published_at)
            and (item.article_id in have or self._has(item.article_id, quote))
        ]

    def _has(self, article_id: str, quote: str) -> bool:
        try:
            text = self._catalogue.article(article_id).text
        except ArticleNotFound:
            return False  # removed a moment ago
        return bool(find(quote, lambda _parts, _most: [(article_id, text)]))

    def _said(self, places: Sequence[_Place]) -> dict[str, SaidBy]:
        """Return who says the words in each article, where its statements are read."""
        rows: dict[str, list[Stored]] = {}
        for row in self._speaking.query.of_articles(
            Wanted(), [place.article.id for place in places]
        ):
            rows.setdefault(row.article_id, []).append(row)
        found: dict[str, Stored] = {}
        for place in places:
            mine = rows.get(place.article.id, [])
            said = covering([row.statement for row in mine], *place.match.span)
            if said is not None:
                found[place.article.id] = next(row for row in mine if row.statement is said)
        names = self._speaking.resolved(
            {row.statement.speaker for row in found.values() if row.statement.speaker}
        )
        return {
            name: replace(by(row, names), quote_type=row.statement.type_at(*span))
            for name, row in found.items()
            for span in [next(p.match.span for p in places if p.article.id == name)]
        }


def _shown(place: _Place, others: Sequence[Reprint], said: SaidBy | None) -> FoundQuote:
    match, article = place.match, place.article
    start, end = match.span
    return FoundQuote(
        article_id=article.id,
        version=article.version,
        start=start,
        end=end,
        quote=article.text[start:end],
        title=article.title,
        title_from=article.title_from,
        outlet=article.outlet,
        published_at=article.published_at,
        url=article.url,
        also_in=tuple(others),
        sources=1,
        parts=match.spans,
        exact=not match.differences,
        similarity=match.similarity,
        differences=tuple(
            QuoteDifference(
                kind=item.kind,
                quoted=item.quoted,
                written=item.written,
                start=item.span[0],
                end=item.span[1],
            )
            for item in match.differences
        ),
        by=said,
    )
