"""The catalogue: articles, their versions, passages and vectors in one database."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from rag.errors import EmbedderMismatch
from rag.store import changes, clusters, listing
from rag.store.clusters import Reprints
from rag.store.database import Database
from rag.store.rows import (
    CURRENT,
    Changes,
    IndexRow,
    Vectors,
    article_of,
    decode_cursor,
    encode_cursor,
    missing,
    reprint_of,
    same,
    version_values,
)
from rag.store.schema import article, article_version, passage, removal, state, tombstone
from rag.types import Article, Filters, Page, Passage, Reprint, Status, Stored

Span = tuple[int, int]

# Every column of an article's two tables that `article_of` reads.
_ARTICLE = (
    article.c.status,
    article.c.cluster_id,
    article.c.note,
    article.c.version.label("latest_version"),
)

# What every write and search runs is written once: building a statement takes longer than running.
_CURRENT = (
    sa.select(*_ARTICLE, article_version)
    .join(article, CURRENT)
    .where(article.c.id == sa.bindparam("mine"))
)
_OWNERS = (
    sa.select(*_ARTICLE, article_version)
    .join(article_version, CURRENT)
    .where(article.c.id.in_(sa.bindparam("wanted", expanding=True)))
)
_PLACES = sa.select(
    passage.c.id, passage.c.article_id, passage.c.version, passage.c.start, passage.c.end
).where(passage.c.id.in_(sa.bindparam("wanted", expanding=True)))
_ADVANCE = (
    state.update()
    .where(state.c.name == "generation")
    .values(value=sa.cast(sa.cast(state.c.value, sa.BigInteger) + 1, sa.Text))
    .returning(state.c.value)
)
_NEW, _CHANGED = article.insert(), article.update().where(article.c.id == sa.bindparam("mine"))
_VERSION, _PASSAGES = article_version.insert(), passage.insert()
_REPLACED = passage.update().where(passage.c.key == sa.bindparam("mine"))
_BURIED = sa.select(tombstone.c.version).where(tombstone.c.article_id == sa.bindparam("mine"))


class Catalogue:
    """The only truth. Each write is one transaction and moves the generation on by one."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    # ---- write ----------------------------------------------------------------------------------

    def put(
        self,
        new: Article,
        origin: str,
        spans: Sequence[Span],
        vectors: Vectors,
        reprints: Reprints | None = None,
        *,
        durable: bool = True,
    ) -> Stored:
        """Store an article with its passages and their vectors, whole or not at all.

        One that is not ``durable`` is safe from a power cut only after ``flush``.

        ``vectors`` has one row for each span. The same text and metadata again change nothing; any
        difference makes a new version, whose passages replace the old ones. A retracted article
        stays retracted. With ``reprints`` it joins the cluster of those that carry its text.
        """
        with self._db.write(durable=durable) as tx:
            current = self._current(tx, new.id)
            if current is not None and same(current, new):
                return self._unchanged(tx, current)
            generation = _next_generation(tx)
            version = 1 + (_last_version(tx, new.id) if current is None else current.version)
            now = datetime.now(UTC)
            cluster = new.cluster_id
            if reprints is not None:
                cluster = clusters.join(tx, new.id, cluster, new.published_at, reprints)
            values = {"origin": origin, "version": version, "cluster_id": cluster}
            if current is None:
                tx.execute(_NEW, {"id": new.id, "ingested_at": now, "status": "live", **values})
            else:
                _remove_passages(tx, new.id, generation)
                if reprints is not None:
                    clusters.forget(tx, new.id)
                status = "retracted" if current.status == "retracted" else "corrected"
                changed = {"mine": new.id, "status": status, "changed_at": now, **values}
                tx.execute(_CHANGED, changed)
            kept = {"article_id": new.id, "version": version, "ingested_at": now}
            tx.execute(_VERSION, {**kept, **version_values(new)})
            if reprints is not None:
                clusters.remember(tx, new.id, reprints.bands)
            count = 0
            if current is None or current.status != "retracted":
                count = _add_passages(tx, new.id, version, spans, vectors, generation)
            first = clusters.earliest(tx, cluster)
        return Stored(
            id=new.id,
            version=version,
            outcome="added" if current is None else "changed",
            passages=count,
            reprint_of=None if first == new.id else first,
        )

    def flush(self) -> None:
        """Wait until everything that was stored is on the disk."""
        self._db.flush()

    def delete(self, article_id: str) -> None:
        """Remove an article with all its versions; raises ArticleNotFound."""
        with self._db.write() as tx:
            current = self._current(tx, article_id)
            if current is None:
                raise missing(article_id)
            _remove_passages(tx, article_id, _next_generation(tx))
            clusters.forget(tx, article_id)
            tx.execute(article_version.delete().where(article_version.c.article_id == article_id))
            tx.execute(article.delete().where(article.c.id == article_id))
            tx.execute(tombstone.delete().where(tombstone.c.article_id == article_id))
            tx.execute(tombstone.insert().values(article_id=article_id, version=current.version))

    def retract(self, article_id: str, note: str) -> None:
        """Take an article out of every later answer and keep it readable, with the reason.

        Raises ArticleNotFound. A second time only the note changes.
        """
        with self._db.write() as tx:
            if self._current(tx, article_id) is None:
                raise missing(article_id)
            _remove_passages(tx, article_id, _next_generation(tx))
            self._set_status(tx, article_id, "retracted", note)

    def reinstate(
        self, article_id: str, version: int, spans: Sequence[Span], vectors: Vectors
    ) -> bool:
        """Let answers use a retracted article again; False when it changed meanwhile.

        Raises ArticleNotFound.
        """
        with self._db.write() as tx:
            current = self._current(tx, article_id)
            if current is None:
                raise missing(article_id)
            if current.version != version or current.status != "retracted":
                return False
            self._set_status(tx, article_id, "live" if version == 1 else "corrected", None)
            _add_passages(tx, article_id, version, spans, vectors, _next_generation(tx))
        return True

    def _set_status(
        self, tx: Connection, article_id: str, status: Status, note: str | None
    ) -> None:
        tx.execute(
            article.update()
            .where(article.c.id == article_id)
            .values(status=status, note=note, changed_at=datetime.now(UTC))
        )

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

    def identity(self) -> str:
        """Return the name of this catalogue among all others; copies and backups keep it."""
        mine = sa.select(state.c.value).where(state.c.name == "catalogue")
        with self._db.read() as tx:
            known = tx.scalar(mine)
        if known is None:
            with self._db.write() as tx:
                if (known := tx.scalar(mine)) is None:
                    known = uuid.uuid4().hex
                    tx.execute(state.insert().values(name="catalogue", value=known))
        return str(known)

    def replace_vectors(
        self, fingerprint: str, parts: Iterable[tuple[Sequence[int], Vectors]]
    ) -> bool:
        """Exchange every vector for one of another embedder, in one transaction.

        ``parts`` has keys of passages and their vectors. False when a passage is not among them:
        then nothing is changed. Keys of passages that are gone are passed over.
        """
        with self._db.write() as tx:
            generation = _next_generation(tx)
            for keys, vectors in parts:
                tx.execute(
                    _REPLACED,
                    [
                        {"mine": key, "vector": _stored(vector), "generation": generation}
                        for key, vector in zip(keys, vectors, strict=True)
                    ],
                )
            if _count(tx, passage, passage.c.generation != generation):
                tx.rollback()
                return False
            tx.execute(state.delete().where(state.c.name == "embedder"))
            tx.execute(state.insert().values(name="embedder", value=fingerprint))
        return True

    # ---- read -----------------------------------------------------------------------------------

    def embedder(self) -> str | None:
        """Fingerprint of the embedder that made the vectors; None before the first."""
        with self._db.read() as tx:
            return tx.scalar(sa.select(state.c.value).where(state.c.name == "embedder"))

    def generation(self) -> int:
        """How many writes there have been."""
        with self._db.read() as tx:
            return changes.generation(tx)

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
                .join(article_version, CURRENT)
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
            if current is None or not same(current, new):
                return None
            return self._unchanged(tx, current)

    def _unchanged(self, tx: Connection, current: Row[Any]) -> Stored:
        first = clusters.earliest(tx, current.cluster_id)
        return Stored(
            id=current.article_id,
            version=current.version,
            outcome="unchanged",
            passages=_count(tx, passage, passage.c.article_id == current.article_id),
            reprint_of=None if first == current.article_id else first,
        )

    def article(self, article_id: str, version: int | None = None) -> Article:
        """Return one version, the current one by default; raises ArticleNotFound."""
        wanted = article.c.version if version is None else version
        query = (
            sa.select(*_ARTICLE, article_version)
            .join(article_version, article_version.c.article_id == article.c.id)
            .where(article.c.id == article_id, article_version.c.version == wanted)
        )
        with self._db.read() as tx:
            row = tx.execute(query).one_or_none()
        if row is None:
            raise missing(article_id, version)
        return article_of(row)

    def articles(self, limit: int, cursor: str | None = None) -> Page:
        """Return one page of current articles by id; raises CursorError."""
        after = decode_cursor(cursor)
        query = (
            sa.select(*_ARTICLE, article_version.c.article_id.label("id"), article_version)
            .join(article, CURRENT)
            .where(article.c.id > after)
            .order_by(article.c.id)
            .limit(limit + 1)
        )
        with self._db.read() as tx:
            rows = tx.execute(query).all()
            total = _count(tx, article)
            items = listing.with_reprints(tx, rows[:limit])
        more = len(rows) > limit
        return Page(
            items=items,
            next_cursor=encode_cursor(rows[limit - 1].article_id) if more else None,
            total=total,
        )

    def newest(
        self, limit: int, cursor: str | None, filters: Filters, status: Status | None = None
    ) -> Page:
        """Return one page of current articles, the newest first; raises CursorError."""
        return listing.newest(self._db, limit, cursor, filters, status)

    def undated(self) -> int:
        """How many current articles have no date."""
        with self._db.read() as tx:
            return _count(
                tx,
                article.join(article_version, CURRENT),
                article_version.c.published_at.is_(None),
            )

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, Article]]:
        """Return the passages that still exist with their articles, by passage id."""
        found: dict[str, tuple[Passage, Article]] = {}
        with self._db.read() as tx:
            rows = tx.execute(_PLACES, {"wanted": ids}).all()
            owners = {row.article_id for row in rows}
            articles = {
                row.article_id: article_of(row)
                for row in tx.execute(_OWNERS, {"wanted": list(owners)})
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
            .join(article_version, CURRENT)
            .where(article.c.cluster_id.in_(cluster_ids), article.c.status != "retracted")
            .order_by(*clusters.by_date())
        )
        found: dict[str, list[Reprint]] = {}
        with self._db.read() as tx:
            for row in tx.execute(query):
                found.setdefault(row.cluster_id, []).append(reprint_of(row))
        return {cluster: tuple(items) for cluster, items in found.items()}

    def changes(self, since: int) -> Changes:
        """Return what an index of generation ``since`` lacks, seen in one transaction."""
        with self._db.read() as tx:
            generation = changes.generation(tx)
            if generation == since:
                return Changes(generation, (), ())
            removed = tuple(
                tx.scalars(sa.select(removal.c.passage_id).where(removal.c.generation > since))
            )
            # A changed vector keeps its id: it goes before it comes back.
            added = tuple(changes.index_rows(tx, since))
            return Changes(generation, removed + tuple(row.id for row in added), added)

    def passages_behind(self, key: int, limit: int) -> list[IndexRow]:
        """Return the next passages with a greater key, the least keys first."""
        with self._db.read() as tx:
            return changes.rows_behind(tx, key, limit)

    def changes_in_parts(self, since: int) -> Iterator[Changes]:
        """Yield the same in parts that fit in memory, seen in one transaction.

        Every part names the generation that is reached when all are applied; removals come first,
        and a row whose id is there replaces it.
        """
        with self._db.read() as tx:
            yield from changes.parts(tx, since)

    def is_past(self, of: int, count: int, last_key: int, names: Mapping[int, str]) -> bool:
        """Whether an index of generation ``of`` shows this catalogue's own past; see `changes`."""
        with self._db.read() as tx:
            return changes.is_past(tx, of, count, last_key, names)

    def extent(self, of: int, last_key: int) -> int:
        """How many passages such an index shows; see `changes`."""
        with self._db.read() as tx:
            return changes.extent(tx, of, last_key)

    def removals(self, after: int, until: int, last_key: int) -> int:
        """How many passages were removed between two generations; see `changes`."""
        with self._db.read() as tx:
            return changes.removals(tx, after, until, last_key)

    def _current(self, tx: Connection, article_id: str) -> Row[Any] | None:
        return tx.execute(_CURRENT, {"mine": article_id}).one_or_none()


def _next_generation(tx: Connection) -> int:
    """Take the next generation; on PostgreSQL the row lock queues the writers."""
    return int(tx.execute(_ADVANCE).scalar_one())


def _last_version(tx: Connection, article_id: str) -> int:
    """Return the last version of an article that was deleted, 0 when there never was one."""
    return int(tx.scalar(_BURIED, {"mine": article_id}) or 0)


def _remove_passages(tx: Connection, article_id: str, generation: int) -> None:
    mine = passage.c.article_id == article_id
    tx.execute(
        removal.insert().from_select(
            ["key", "passage_id", "generation"],
            sa.select(passage.c.key, passage.c.id, sa.literal(generation)).where(mine),
        )
    )
    tx.execute(passage.delete().where(mine))


def _add_passages(
    tx: Connection,
    article_id: str,
    version: int,
    spans: Sequence[Span],
    vectors: Vectors,
    generation: int,
) -> int:
    rows = [
        {
            "id": f"{article_id}:{version}:{start}-{end}",
            "article_id": article_id,
            "version": version,
            "start": start,
            "end": end,
            "vector": _stored(vector),
            "generation": generation,
        }
        for (start, end), vector in zip(spans, vectors, strict=True)
    ]
    if rows:
        tx.execute(_PASSAGES, rows)
    return len(rows)


def _stored(vector: Vectors) -> bytes:
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()


def _count(tx: Connection, what: sa.FromClause, where: sa.ColumnElement[bool] | None = None) -> int:
    query = sa.select(sa.func.count()).select_from(what)
    return int(tx.scalar(query if where is None else query.where(where)) or 0)
