"""List articles, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from rag.errors import CursorError
from rag.store import clusters
from rag.store.database import Database
from rag.store.rows import CURRENT, decode_cursor, encode_cursor, reprint_of
from rag.store.schema import article, article_version
from rag.types import Filters, ListedArticle, Page, Reprint, Status

MOST_REPRINTS = 20
"""Other articles of a cluster that are named; a wire story may be in hundreds."""
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
        items = with_reprints(tx, shown)
    return Page(
        items=items,
        next_cursor=_cursor(shown[-1].published_at, shown[-1].id) if len(rows) > limit else None,
        total=total,
    )


def with_reprints(tx: Connection, rows: Sequence[Row[Any]]) -> tuple[ListedArticle, ...]:
    """Read articles from rows, each with the others of its cluster that answers may use."""
    cluster = article.c.cluster_id
    ranked = (
        sa.select(
            cluster,
            article_version.c.article_id,
            article_version.c.outlet,
            published,
            article_version.c.url,
            sa.func.row_number()
            .over(partition_by=cluster, order_by=clusters.by_date())
            .label("place"),
            sa.func.count().over(partition_by=cluster).label("size"),
        )
        .select_from(article.join(article_version, CURRENT))
        .where(
            cluster.in_({row.cluster_id for row in rows}),
            article.c.status != "retracted",
        )
        .subquery()
    )
    # One more than are named: the article itself may be among them.
    first = sa.select(ranked).where(ranked.c.place <= MOST_REPRINTS + 1).order_by(ranked.c.place)
    found: dict[str, list[Reprint]] = {}
    sizes: dict[str, int] = {}
    for row in tx.execute(first):
        found.setdefault(row.cluster_id, []).append(reprint_of(row))
        sizes[row.cluster_id] = int(row.size)
    items = []
    for row in rows:
        others = [one for one in found.get(row.cluster_id, ()) if one.article_id != row.id]
        count = sizes.get(row.cluster_id, 0) - (row.status != "retracted")
        items.append(ListedArticle.of(row, others[:MOST_REPRINTS], count))
    return tuple(items)


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
