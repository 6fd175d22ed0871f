"""Look for rows of the catalogue that are not what was written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import sqlalchemy as sa

from rag.store.database import Database
from rag.store.rows import is_vector, vector_of
from rag.store.schema import article, article_version, passage

MOST = 20
"""Rows that are named; a file with more is beyond mending one by one."""


def damage(database: Database, dimension: int) -> Iterator[str]:
    """Name what is damaged, at most MOST of each kind: the file, texts, passages, vectors."""
    yield from _file(database)
    yield from _first(_texts(database))
    yield from _first(_passages(database, dimension))


def _first(found: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(found):
        if number == MOST:
            yield "and more of these"
            return
        yield line


def _file(database: Database) -> Iterator[str]:
    with database.read() as tx:
        yield from database.backend.damage(tx, MOST)


def _texts(database: Database) -> Iterator[str]:
    query = sa.select(
        article_version.c.article_id,
        article_version.c.version,
        article_version.c.text,
        article_version.c.text_hash,
    )
    with database.read() as tx:
        for row in tx.execute(query).yield_per(100):
            if hashlib.sha256(row.text.encode()).hexdigest() != row.text_hash:
                yield f"the text of {row.article_id} v{row.version}"
        lost = sa.select(article.c.id).outerjoin(
            article_version,
            (article_version.c.article_id == article.c.id)
            & (article_version.c.version == article.c.version),
        )
        for name in tx.scalars(lost.where(article_version.c.article_id.is_(None))):
            yield f"the current version of {name}, which is missing"


def _passages(database: Database, dimension: int) -> Iterator[str]:
    query = (
        sa.select(passage, sa.func.length(article_version.c.text).label("length"))
        .outerjoin(
            article_version,
            (article_version.c.article_id == passage.c.article_id)
            & (article_version.c.version == passage.c.version),
        )
        .order_by(passage.c.key)
    )
    with database.read() as tx:
        for row in tx.execute(query).yield_per(500):
            if row.length is None or not 0 <= row.start < row.end <= row.length:
                yield f"the place of passage {row.id}"
            elif not is_vector(vector_of(row.vector), dimension):
                yield f"the vector of passage {row.id}"
