"""Which articles are reprints of one text, found and written inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from rag.store.rows import CURRENT, Vectors, is_vector, vector_of
from rag.store.schema import article, article_version, band, passage

WINDOW = timedelta(days=30)
"""Reprints are published at most this far apart; one without a date may be of any day."""
MOST = 50
"""Neighbours that are looked at, those with most bands in common: a text printed more often than
this is found through any of them."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An article whose shingles look like those of the one that is stored."""

    article_id: str
    outlet: str | None
    text: str
    vectors: Vectors
    """One row for each of its passages."""


@dataclass(frozen=True, slots=True)
class Reprints:
    """How the reprints of an article are found."""

    bands: Sequence[int]
    """One hash for each band of its MinHash signature, 64 bits, signed."""
    confirm: Callable[[Neighbour], bool]
    """Whether a neighbour really carries the same text."""


def join(
    tx: Connection,
    article_id: str,
    own: str,
    published_at: datetime | None,
    reprints: Reprints,
) -> str:
    """Return the cluster for an article; clusters that it shows to be one are merged.

    ``own`` is the cluster it makes when it is alone. The result does not depend on the order in
    which reprints come in: clusters are the connected parts of the confirmed pairs.
    """
    clusters = [
        cluster
        for neighbour, cluster in _neighbours(tx, article_id, published_at, reprints.bands)
        if reprints.confirm(neighbour)
    ]
    if not clusters:
        return own
    kept, others = min(clusters), set(clusters) - {min(clusters)}
    if others:
        tx.execute(article.update().where(article.c.cluster_id.in_(others)).values(cluster_id=kept))
    return kept


def forget(tx: Connection, article_id: str) -> None:
    """Remove an article's bands, before it goes or gets others."""
    tx.execute(_FORGET, {"mine": article_id})


def remember(tx: Connection, article_id: str, bands: Sequence[int]) -> None:
    """Store the bands by which later reprints find this article."""
    if bands:
        tx.execute(
            _BANDS,
            [
                {"article_id": article_id, "number": number, "hash": value}
                for number, value in enumerate(bands)
            ],
        )


def earliest(tx: Connection, cluster_id: str) -> str | None:
    """Return the article of a cluster that was published first; undated ones come last."""
    return tx.scalar(_EARLIEST, {"cluster": cluster_id})


def by_date() -> tuple[sa.ColumnElement[Any], ...]:
    """Order articles by date of publication, undated ones last, the same every time."""
    return (
        article_version.c.published_at.is_(None),
        article_version.c.published_at,
        article.c.id,
    )


# Statements are written once: building one takes longer than running it.
_EARLIEST = (
    sa.select(article.c.id)
    .join(article_version, CURRENT)
    .where(article.c.cluster_id == sa.bindparam("cluster"), article.c.status != "retracted")
    .order_by(*by_date())
    .limit(1)
)
_BANDS = band.insert()
_FORGET = band.delete().where(band.c.article_id == sa.bindparam("mine"))
_NEAR = (
    sa.select(band.c.article_id, sa.func.count().label("common"))
    .join(article, article.c.id == band.c.article_id)
    .join(article_version, CURRENT)
    .where(
        # The index knows the hashes; a hash counts only in its own band.
        band.c.hash.in_(sa.bindparam("hashes", expanding=True)),
        sa.tuple_(band.c.number, band.c.hash).in_(sa.bindparam("bands", expanding=True)),
        article.c.id != sa.bindparam("mine"),
    )
    .group_by(band.c.article_id)
    .order_by(sa.desc("common"), band.c.article_id)
    .limit(MOST)
)
_NEAR_IN_TIME = _NEAR.where(
    sa.or_(
        article_version.c.published_at.is_(None),
        article_version.c.published_at.between(sa.bindparam("from"), sa.bindparam("to")),
    )
)
_ONE = (
    sa.select(article.c.cluster_id, article_version.c.outlet, article_version.c.text)
    .join(article_version, CURRENT)
    .where(article.c.id == sa.bindparam("one"))
)
_VECTORS = sa.select(passage.c.vector).where(passage.c.article_id == sa.bindparam("one"))


def _neighbours(
    tx: Connection, article_id: str, published_at: datetime | None, bands: Sequence[int]
) -> Iterator[tuple[Neighbour, str]]:
    if not bands:
        return
    near: dict[str, Any] = {
        "hashes": list(bands),
        "bands": list(enumerate(bands)),
        "mine": article_id,
    }
    if published_at is None:
        found = tx.scalars(_NEAR, near).all()
    else:
        window = {"from": published_at - WINDOW, "to": published_at + WINDOW}
        found = tx.scalars(_NEAR_IN_TIME, {**near, **window}).all()
    for near_id in found:
        row = tx.execute(_ONE, {"one": near_id}).one()
        vectors = [vector_of(vector) for vector in tx.scalars(_VECTORS, {"one": near_id})]
        # Damaged ones decide nothing.
        vectors = [vector for vector in vectors if is_vector(vector, len(vectors[0]))]
        neighbour = Neighbour(
            article_id=near_id,
            outlet=row.outlet,
            text=row.text,
            vectors=np.stack(vectors) if vectors else np.empty((0, 0), dtype="<f4"),
        )
        yield neighbour, row.cluster_id
