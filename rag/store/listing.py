"""List articles, the newest first."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from rag.errors import CursorError
from rag.store.database import Database
from rag.store.rows import CURRENT, decode_cursor, encode_cursor
from rag.store.schema import article, article_version
from rag.types import ArticleSummary, Filters, Page, Status

published = article_version.c.published_at
_UNDATED = "undated"


def newest(
    database: Database, limit: int, cursor: str | None, filters: Filters, status: Status | None
) -> Page:
    """Return one page of current articles, the undated ones last; raises CursorError.

    Of ``filters`` the dates and the outlets count, as for questions. ``total`` counts what passes.
    """
    passes = _passing(filters, status)
    joined = article.join(article_version, CURRENT)
    query = (
        sa.select(article.c.status, article.c.cluster_id, article_version)
        .add_columns(article.c.id.label("id"))
        .select_from(joined)
        .where(*passes)
        # What is undated comes last on every database.
        .order_by(published.is_(None), published.desc(), article.c.id)
        .limit(limit + 1)
    )
    if cursor:
        query = query.where(_behind(cursor))
    with database.read() as tx:
        rows = tx.execute(query).all()
        counted = sa.select(sa.func.count()).select_from(joined).where(*passes)
        total = int(tx.execute(counted).scalar_one())
    shown = rows[:limit]
    return Page(
        items=tuple(ArticleSummary.of(row) for row in shown),
        next_cursor=_cursor(shown[-1].published_at, shown[-1].id) if len(rows) > limit else None,
        total=total,
    )


def _passing(filters: Filters, status: Status | None) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if filters.as_of is not None:
        found.append(published <= filters.as_of)
    if filters.after is not None:
        found.append(published >= filters.after)
    if filters.before is not None:
        found.append(published < filters.before)
    if filters.outlets:
        # SQLite folds the case of ASCII alone: a name as it is written is found anyway.
        outlet, names = article_version.c.outlet, [name.lower() for name in filters.outlets]
        found.append(outlet.in_(filters.outlets) | sa.func.lower(outlet).in_(names))
    if status is not None:
        found.append(article.c.status == status)
    return found


def _behind(cursor: str) -> sa.ColumnElement[bool]:
    moment, _, last = decode_cursor(cursor).partition(" ")
    if moment == _UNDATED:
        return published.is_(None) & (article.c.id > last)
    try:
        at = datetime.fromisoformat(moment).astimezone(UTC)
    except ValueError as error:
        raise CursorError(
            f"{cursor[:60]!r} is not a cursor of this list.",
            remedy="Use `next_cursor` of the last page.",
        ) from error
    return published.is_(None) | (published < at) | ((published == at) & (article.c.id > last))


def _cursor(at: datetime | None, last: str) -> str:
    return encode_cursor(f"{_UNDATED if at is None else at.isoformat()} {last}")
