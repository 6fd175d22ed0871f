"""The catalogue: articles, their versions, passages and vectors in one database."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from rag.errors import ArticleNotFound, CursorError, EmbedderMismatch
from rag.store.database import Database
from rag.store.schema import article, article_version, passage, removal, state, tombstone
from rag.types import Article, ArticleSummary, Page, Passage, Reprint, Stored

Vectors = np.ndarray[Any, np.dtype[np.float32]]
Span = tuple[int, int]

_VERSION_FIELDS = (
    "title", "title_from", "outlet", "author", "published_at", "published_from", "language", "url",
    "place", "text", "text_hash",
)  # fmt: skip
_CURRENT = (article_version.c.article_id == article.c.id) & (
    article_version.c.version == article.c.version
)
_BATCH = 500


@dataclasses.dataclass(frozen=True, slots=True)
class IndexRow:
    """A passage as the derived indexes need it."""

    key: int
    id: str
    article_id: str
    title: str | None
    text: str
    outlet: str | None
    published_at: datetime | None
    vector: Vectors


@dataclasses.dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two generations."""

    generation: int
    removed: tuple[str, ...]
    added: tuple[IndexRow, ...]


class Catalogue:
    """The only truth. Each write is one transaction and moves the generation on by one."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    # ---- write ----------------------------------------------------------------------------------

    def put(self, new: Article, origin: str, spans: Sequence[Span], vectors: Vectors) -> Stored:
        """Store an article with its passages and their vectors, whole or not at all.

        ``vectors`` has one row for each span. The same text and metadata again change nothing; any
        difference makes a new version, whose passages replace the old ones.
        """
        with self._db.write() as tx:
            current = self._current(tx, new.id)
            if current is not None and _same(current, new):
                return Stored(
                    id=new.id,
                    version=current.version,
                    outcome="unchanged",
                    passages=_count(tx, passage, passage.c.article_id == new.id),
                )
            generation = _next_generation(tx)
            version = 1 + (_last_version(tx, new.id) if current is None else current.version)
            now = datetime.now(UTC)
            values = {
                "origin": origin,
                "version": version,
                "status": "live" if current is None else "corrected",
                "cluster_id": new.cluster_id,
            }
            if current is None:
                tx.execute(article.insert().values(id=new.id, ingested_at=now, **values))
            else:
                _remove_passages(tx, new.id, generation)
                tx.execute(article.update().where(article.c.id == new.id).values(**values))
            tx.execute(
                article_version.insert().values(
                    article_id=new.id,
                    version=version,
                    ingested_at=now,
                    **{name: getattr(new, name) for name in _VERSION_FIELDS},
                )
            )
            rows = [
                {
                    "id": f"{new.id}:{version}:{start}-{end}",
                    "article_id": new.id,
                    "version": version,
                    "start": start,
                    "end": end,
                    "vector": np.ascontiguousarray(vector, dtype="<f4").tobytes(),
                    "generation": generation,
                }
                for (start, end), vector in zip(spans, vectors, strict=True)
            ]
            if rows:
                tx.execute(passage.insert(), rows)
        return Stored(
            id=new.id,
            version=version,
            outcome="added" if current is None else "changed",
            passages=len(rows),
        )

    def delete(self, article_id: str) -> None:
        """Remove an article with all its versions; raises ArticleNotFound."""
        with self._db.write() as tx:
            current = self._current(tx, article_id)
            if current is None:
                raise _missing(article_id)
            _remove_passages(tx, article_id, _next_generation(tx))
            tx.execute(article_version.delete().where(article_version.c.article_id == article_id))
            tx.execute(article.delete().where(article.c.id == article_id))
            tx.execute(tombstone.delete().where(tombstone.c.article_id == article_id))
            tx.execute(tombstone.insert().values(article_id=article_id, version=current.version))

    def claim_embedder(self, fingerprint: str) -> None:
        """Note which embedder makes the vectors, or raise EmbedderMismatch."""
        known = self.embedder()
        if known is None:
            with self._db.write() as tx:
                if not _count(tx, state, state.c.name == "embedder"):
                    tx.execute(state.insert().values(name="embedder", value=fingerprint))
            known = self.embedder()
        if known != fingerprint:
            raise EmbedderMismatch(
                f"The vectors in the catalogue were made by {known}, not by {fingerprint}.",
                remedy="Set DATELINE_EMBEDDER back, or run `dateline reindex` to embed all anew.",
            )

    def replace_vectors(self, fingerprint: str, keys: Sequence[int], vectors: Vectors) -> None:
        """Exchange every vector for one of another embedder, in one transaction."""
        with self._db.write() as tx:
            if sorted(keys) != sorted(tx.scalars(sa.select(passage.c.key))):
                raise EmbedderMismatch(
                    "Articles changed while they were embedded anew.", remedy="Run it again."
                )
            generation = _next_generation(tx)
            for key, vector in zip(keys, vectors, strict=True):
                tx.execute(
                    passage.update()
                    .where(passage.c.key == key)
                    .values(vector=vector.astype("<f4").tobytes(), generation=generation)
                )
            tx.execute(state.delete().where(state.c.name == "embedder"))
            tx.execute(state.insert().values(name="embedder", value=fingerprint))

    # ---- read -----------------------------------------------------------------------------------

    def embedder(self) -> str | None:
        """Fingerprint of the embedder that made the vectors; None before the first."""
        with self._db.read() as tx:
            return tx.scalar(sa.select(state.c.value).where(state.c.name == "embedder"))

    def generation(self) -> int:
        """How many writes there have been."""
        with self._db.read() as tx:
            return _generation(tx)

    def counts(self) -> dict[str, int]:
        """Number of articles, versions and passages."""
        with self._db.read() as tx:
            return {
                "articles": _count(tx, article),
                "versions": _count(tx, article_version),
                "passages": _count(tx, passage),
            }

    def free_id(self, proposed: str, origin: str, text_hash: str) -> str:
        """Return the id for an article whose id was made from a name.

        A name that another origin already took for another text gets a suffix made of the origin.
        """
        suffixed = f"{proposed}-{hashlib.sha256(origin.encode()).hexdigest()[:8]}"
        with self._db.read() as tx:
            query = (
                sa.select(article.c.origin, article_version.c.text_hash)
                .join(article_version, _CURRENT)
                .where(article.c.id == proposed)
            )
            taken = tx.execute(query).one_or_none()
        if taken is None or taken.origin == origin or taken.text_hash == text_hash:
            return proposed
        return suffixed

    def has(self, new: Article) -> Stored | None:
        """Return what is stored when the article is already there unchanged."""
        with self._db.read() as tx:
            current = self._current(tx, new.id)
            if current is None or not _same(current, new):
                return None
            passages = _count(tx, passage, passage.c.article_id == new.id)
        return Stored(id=new.id, version=current.version, outcome="unchanged", passages=passages)

    def article(self, article_id: str, version: int | None = None) -> Article:
        """Return one version, the current one by default; raises ArticleNotFound."""
        wanted = article.c.version if version is None else version
        query = (
            sa.select(article.c.status, article.c.cluster_id, article_version)
            .join(article_version, article_version.c.article_id == article.c.id)
            .where(article.c.id == article_id, article_version.c.version == wanted)
        )
        with self._db.read() as tx:
            row = tx.execute(query).one_or_none()
        if row is None:
            raise _missing(article_id, version)
        return _article(row)

    def articles(self, limit: int, cursor: str | None = None) -> Page:
        """Return one page of current articles by id; raises CursorError."""
        after = _decode(cursor)
        query = (
            sa.select(article_version)
            .join(article, _CURRENT)
            .where(article.c.id > after)
            .order_by(article.c.id)
            .limit(limit + 1)
        )
        with self._db.read() as tx:
            rows = tx.execute(query).all()
            total = _count(tx, article)
        more = len(rows) > limit
        return Page(
            items=tuple(_summary(row) for row in rows[:limit]),
            next_cursor=_encode(rows[limit - 1].article_id) if more else None,
            total=total,
        )

    def undated(self) -> int:
        """How many current articles have no date."""
        with self._db.read() as tx:
            return _count(
                tx,
                article.join(article_version, _CURRENT),
                article_version.c.published_at.is_(None),
            )

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, Article]]:
        """Return the passages that still exist with their articles, by passage id."""
        found: dict[str, tuple[Passage, Article]] = {}
        with self._db.read() as tx:
            rows = tx.execute(sa.select(passage).where(passage.c.id.in_(ids))).all()
            owners = {row.article_id for row in rows}
            articles = {
                row.article_id: _article(row)
                for row in tx.execute(
                    sa.select(article.c.status, article.c.cluster_id, article_version)
                    .join(article_version, _CURRENT)
                    .where(article.c.id.in_(owners))
                )
            }
        for row in rows:
            owner = articles[row.article_id]
            found[row.id] = (
                Passage(
                    id=row.id,
                    article_id=row.article_id,
                    version=row.version,
                    start=row.start,
                    end=row.end,
                    text=owner.text[row.start : row.end],
                ),
                owner,
            )
        return found

    def reprints(self, cluster_ids: Sequence[str]) -> dict[str, tuple[Reprint, ...]]:
        """Return the current articles of each cluster, the earliest published first."""
        query = (
            sa.select(article.c.cluster_id, article_version)
            .join(article_version, _CURRENT)
            .where(article.c.cluster_id.in_(cluster_ids))
            .order_by(
                article_version.c.published_at.is_(None),
                article_version.c.published_at,
                article.c.id,
            )
        )
        found: dict[str, list[Reprint]] = {}
        with self._db.read() as tx:
            for row in tx.execute(query):
                found.setdefault(row.cluster_id, []).append(
                    Reprint(
                        article_id=row.article_id,
                        outlet=row.outlet,
                        published_at=row.published_at,
                        url=row.url,
                    )
                )
        return {cluster: tuple(items) for cluster, items in found.items()}

    def changes(self, since: int) -> Changes:
        """Return what an index of generation ``since`` lacks, seen in one transaction."""
        with self._db.read() as tx:
            generation = _generation(tx)
            if generation == since:
                return Changes(generation, (), ())
            removed = tuple(
                tx.scalars(sa.select(removal.c.passage_id).where(removal.c.generation > since))
            )
            # A changed vector keeps its id: it goes before it comes back.
            added = tuple(self._index_rows(tx, since))
            return Changes(generation, removed + tuple(row.id for row in added), added)

    def _index_rows(self, tx: Connection, since: int) -> Iterator[IndexRow]:
        query = (
            sa.select(
                passage.c.key,
                passage.c.id,
                passage.c.article_id,
                passage.c.vector,
                article_version.c.title,
                article_version.c.title_from,
                article_version.c.outlet,
                article_version.c.published_at,
                # Both count code points, SQLite and PostgreSQL.
                sa.func.substr(
                    article_version.c.text, passage.c.start + 1, passage.c.end - passage.c.start
                ).label("text"),
            )
            .join(
                article_version,
                (article_version.c.article_id == passage.c.article_id)
                & (article_version.c.version == passage.c.version),
            )
            .where(passage.c.generation > since)
            .order_by(passage.c.key)
        )
        for row in tx.execute(query).yield_per(_BATCH):
            yield IndexRow(
                key=row.key,
                id=row.id,
                article_id=row.article_id,
                title=None if row.title_from == "derived" else row.title,
                text=row.text,
                outlet=row.outlet,
                published_at=row.published_at,
                vector=np.frombuffer(row.vector, dtype="<f4"),
            )

    def _current(self, tx: Connection, article_id: str) -> Row[Any] | None:
        return tx.execute(
            sa.select(article_version).join(article, _CURRENT).where(article.c.id == article_id)
        ).one_or_none()


def _same(current: Row[Any], new: Article) -> bool:
    return all(getattr(current, name) == getattr(new, name) for name in _VERSION_FIELDS)


def _generation(tx: Connection) -> int:
    value = tx.scalar(sa.select(state.c.value).where(state.c.name == "generation"))
    return int(value or 0)


def _next_generation(tx: Connection) -> int:
    """Take the next generation; on PostgreSQL the row lock queues the writers."""
    row = state.c.name == "generation"
    number = sa.cast(state.c.value, sa.BigInteger) + 1
    tx.execute(state.update().where(row).values(value=sa.cast(number, sa.Text)))
    return _generation(tx)


def _last_version(tx: Connection, article_id: str) -> int:
    """Return the last version of an article that was deleted, 0 when there never was one."""
    query = sa.select(tombstone.c.version).where(tombstone.c.article_id == article_id)
    return int(tx.scalar(query) or 0)


def _remove_passages(tx: Connection, article_id: str, generation: int) -> None:
    mine = passage.c.article_id == article_id
    tx.execute(
        removal.insert().from_select(
            ["key", "passage_id", "generation"],
            sa.select(passage.c.key, passage.c.id, sa.literal(generation)).where(mine),
        )
    )
    tx.execute(passage.delete().where(mine))


def _count(tx: Connection, what: sa.FromClause, where: sa.ColumnElement[bool] | None = None) -> int:
    query = sa.select(sa.func.count()).select_from(what)
    return int(tx.scalar(query if where is None else query.where(where)) or 0)


def _article(row: Row[Any]) -> Article:
    return Article(
        id=row.article_id,
        version=row.version,
        cluster_id=row.cluster_id,
        status=row.status,
        **{name: getattr(row, name) for name in _VERSION_FIELDS},
    )


def _summary(row: Row[Any]) -> ArticleSummary:
    return ArticleSummary(
        id=row.article_id,
        version=row.version,
        title=row.title,
        title_from=row.title_from,
        outlet=row.outlet,
        published_at=row.published_at,
        url=row.url,
    )


def _missing(article_id: str, version: int | None = None) -> ArticleNotFound:
    which = f"version {version} of the article" if version else "article"
    return ArticleNotFound(
        f"There is no {which} {article_id[:200]!r}.", remedy="GET /v1/articles lists the articles."
    )


def _encode(article_id: str) -> str:
    return base64.urlsafe_b64encode(article_id.encode()).decode()


def _decode(cursor: str | None) -> str:
    if not cursor:
        return ""
    try:
        return base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise CursorError(
            f"{cursor[:60]!r} is not a cursor.", remedy="Use `next_cursor` of the last page."
        ) from error
