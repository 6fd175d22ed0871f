"""Find stored statements: by speaker, time, outlet and article, reprints beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from rag.attribution import Statement
from rag.attribution.roles import Fit, fit, words_of
from rag.store.database import Database
from rag.store.rows import CURRENT
from rag.store.schema import article, article_version, statement
from rag.store.statements import decoded
from rag.types import Filters, Reprint, TitleOrigin

MOST_ARTICLES = 2_000
"""Articles in one condition; SQLite takes 32,766 values."""
MOST_TWINS = 500
"""Articles that carry the same words and are looked at: more are counted as if they did not."""


EVERYTHING = Filters()
NO_OUTLET = ("",)
"""In the place of outlets that no article has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One statement with what is shown of its article."""

    key: int
    article_id: str
    version: int
    start: int
    end: int
    quote: str
    title: str
    title_from: TitleOrigin
    outlet: str | None
    published_at: datetime | None
    url: str | None
    cluster_id: str
    statement: Statement
    namesake: str | None
    role: str | None
    day: date | None
    day_last: date | None
    words: int

    @property
    def reprint(self) -> Reprint:
        """The article, as it is listed beside another one with the same words."""
        return Reprint(
            article_id=self.article_id,
            outlet=self.outlet,
            published_at=self.published_at,
            url=self.url,
        )

    @property
    def age(self) -> tuple[bool, float, str, int]:
        """Orders statements by publication, undated ones last."""
        at = self.published_at
        return at is None, at.timestamp() if at else 0.0, self.article_id, self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which statements are asked for; everything is optional."""

    filters: Filters = EVERYTHING
    names: frozenset[str] | None = None
    """Only by speakers with one of these names in their article; all of them are of `namesakes`."""
    namesakes: frozenset[str] = frozenset()
    quote_type: str | None = None
    spoken: bool = False
    """Leave out what somebody only thinks, wants or shows."""


EVERY = Wanted()
_COLUMNS = (
    statement.c.key,
    statement.c.article_id,
    statement.c.version,
    statement.c.start,
    statement.c.end,
    statement.c.body,
    statement.c.namesake,
    statement.c.role,
    statement.c.day,
    statement.c.day_last,
    statement.c.words,
    article.c.cluster_id,
    article_version.c.title,
    article_version.c.title_from,
    article_version.c.outlet,
    article_version.c.published_at,
    article_version.c.url,
    # Both count code points, SQLite and PostgreSQL.
    sa.func.substr(
        article_version.c.text, statement.c.start + 1, statement.c.end - statement.c.start
    ).label("quote"),
)
_VALID = (
    (statement.c.article_id == article.c.id)
    & (statement.c.version == article.c.version)
    & (article.c.status != "retracted")
)


class StatementQuery:
    """Reads statements of the current versions of articles that are not retracted."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def newest(
        self, wanted: Wanted, limit: int, after: tuple[datetime | None, int] | None = None
    ) -> list[Stored]:
        """Return statements, the latest published first and undated ones last.

        ``after`` is date and key of the last one of the page before.
        """
        at, key = statement.c.published_at, statement.c.key
        wanted = self._spelt(wanted)
        if wanted.filters.outlets == NO_OUTLET:
            return []
        # Keys first: sorting whole rows of a frequent speaker would read every article's text.
        query = _matching(wanted, [key]).order_by(at.desc().nulls_last(), key)
        if after is not None:
            moment, last = after
            if moment is None:
                query = query.where(at.is_(None), key > last)
            else:
                query = query.where(
                    sa.or_(at < moment, at.is_(None), sa.and_(at == moment, key > last))
                )
        with self._db.read() as tx:
            keys = tx.scalars(query.limit(limit)).all()
            rows = _matching(EVERY).where(key.in_(keys))
            return _read(tx, rows.order_by(at.desc().nulls_last(), key))

    def of_articles(self, wanted: Wanted, articles: Collection[str]) -> list[Stored]:
        """Return all matching statements of some articles, in reading order."""
        wanted = self._spelt(wanted)
        found: list[Stored] = []
        ids = sorted(articles)
        with self._db.read() as tx:
            for begin in range(0, len(ids), MOST_ARTICLES):
                part = ids[begin : begin + MOST_ARTICLES]
                query = _matching(wanted).where(statement.c.article_id.in_(part))
                found += _read(tx, query.order_by(statement.c.key))
        return found

    def articles(self, wanted: Wanted) -> list[str]:
        """Return the articles that have a matching statement."""
        query = _matching(self._spelt(wanted), [statement.c.article_id]).distinct()
        with self._db.read() as tx:
            return list(tx.scalars(query))

    def twins(self, found: Iterable[Stored]) -> dict[int, list[Stored]]:
        """Return the statements with the same words as some, themselves among them, by hash."""
        hashes = sorted({item.words for item in found})
        if not hashes:
            return {}
        query = _matching(EVERY).where(statement.c.words.in_(hashes))
        query = query.order_by(statement.c.key).limit(MOST_TWINS * len(hashes))
        grouped: dict[int, list[Stored]] = {}
        with self._db.read() as tx:
            for item in _read(tx, query):
                grouped.setdefault(item.words, []).append(item)
        return grouped

    def names(self, namesakes: Collection[str]) -> dict[str, dict[str, int]]:
        """Return how often each name speaks, grouped by what namesakes share."""
        query = (
            sa.select(statement.c.namesake, statement.c.speaker, sa.func.count().label("count"))
            .where(statement.c.namesake.in_(sorted(namesakes)))
            .group_by(statement.c.namesake, statement.c.speaker)
        )
        found: dict[str, dict[str, int]] = {}
        with self._db.read() as tx:
            for row in tx.execute(query):
                found.setdefault(row.namesake, {})[row.speaker] = int(row[2])
        return found

    def holders(self, role: str, filters: Filters) -> dict[str, dict[Fit, int]]:
        """Return the names that articles introduce with a role: in how many statements, how well.

        For the fit see ``rag.attribution.roles.fit``.
        """
        wanted = words_of(role)
        described = sa.select(statement.c.role).where(statement.c.role.is_not(None)).distinct()
        narrowed = self._spelt(Wanted(filters=filters))
        columns = [statement.c.speaker, statement.c.role, sa.func.count().label("count")]
        found: dict[str, dict[Fit, int]] = {}
        with self._db.read() as tx:
            fits = {text: how for text in tx.scalars(described) if (how := fit(text, wanted))}
            roles = sorted(fits)
            for begin in range(0, len(roles), MOST_ARTICLES):
                query = (
                    _matching(narrowed, columns)
                    .where(statement.c.role.in_(roles[begin : begin + MOST_ARTICLES]))
                    .where(statement.c.speaker.is_not(None))
                    .group_by(statement.c.speaker, statement.c.role)
                )
                for row in tx.execute(query):
                    mine = found.setdefault(row.speaker, {})
                    mine[fits[row.role]] = mine.get(fits[row.role], 0) + int(row[2])
        return found

    def _spelt(self, wanted: Wanted) -> Wanted:
        """Write the outlets as the articles do: databases fold letters each in its own way."""
        if not wanted.filters.outlets:
            return wanted
        asked = {outlet.casefold() for outlet in wanted.filters.outlets}
        with self._db.read() as tx:
            known = tx.scalars(sa.select(article_version.c.outlet).distinct()).all()
        outlets = tuple(name for name in known if name and name.casefold() in asked)
        return replace(wanted, filters=replace(wanted.filters, outlets=outlets or NO_OUTLET))


def matches(wanted: Wanted, item: Stored) -> bool:
    """Whether a statement is one of those asked for."""
    said, filters = item.statement, wanted.filters
    outlets = {outlet.casefold() for outlet in filters.outlets}
    return (
        (wanted.names is None or said.speaker in wanted.names)
        and (wanted.quote_type is None or said.quote_type == wanted.quote_type)
        and (said.spoken or not wanted.spoken)
        and (not filters.articles or item.article_id in filters.articles)
        and (not outlets or (item.outlet or "").casefold() in outlets)
        and in_time(filters, item.published_at)
    )


def in_time(filters: Filters, at: datetime | None) -> bool:
    """Whether a date passes the filters on time."""
    if at is None:
        return not filters.dated
    return not (
        (filters.as_of is not None and at > filters.as_of)
        or (filters.after is not None and at < filters.after)
        or (filters.before is not None and at >= filters.before)
    )


def _matching(wanted: Wanted, columns: Sequence[Any] = _COLUMNS) -> sa.Select[Any]:
    filters, at = wanted.filters, statement.c.published_at
    query = sa.select(*columns).select_from(statement).join(article, _VALID)
    if columns is _COLUMNS or filters.outlets:
        query = query.join(article_version, CURRENT)
    if wanted.names is not None:
        query = query.where(
            statement.c.namesake.in_(sorted(wanted.namesakes)),
            statement.c.speaker.in_(sorted(wanted.names)),
        )
    if wanted.quote_type is not None:
        query = query.where(statement.c.quote_type == wanted.quote_type)
    if wanted.spoken:
        query = query.where(statement.c.spoken)
    if filters.articles:
        query = query.where(statement.c.article_id.in_(filters.articles))
    if filters.outlets:
        query = query.where(article_version.c.outlet.in_(filters.outlets))
    if filters.as_of is not None:
        query = query.where(at <= filters.as_of)
    if filters.after is not None:
        query = query.where(at >= filters.after)
    if filters.before is not None:
        query = query.where(at < filters.before)
    return query


def _read(tx: Connection, query: sa.Select[Any]) -> list[Stored]:
    return [_stored(row) for row in tx.execute(query)]


def _stored(row: Row[Any]) -> Stored:
    fields = dict(row._mapping)
    shown = {name: fields[name] for name in Stored.__slots__ if name != "statement"}
    return Stored(statement=decoded(row.body), **shown)
