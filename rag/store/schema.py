"""The catalogue's tables. A change here needs a migration in migrations/versions/."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class Moment(TypeDecorator[datetime]):
    """A UTC time; stored without zone, so that every database sorts it alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Write an aware time as naive UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read naive UTC as an aware time."""
        return None if value is None else value.replace(tzinfo=UTC)


# SQLite counts only an INTEGER primary key up by itself.
Counter = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

# Small facts of the whole catalogue: its generation, the embedder that made the vectors.
state = Table(
    "state",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

article = Table(
    "article",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("origin", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("cluster_id", String(40), nullable=False, index=True),
    Column("ingested_at", Moment, nullable=False),
)

article_version = Table(
    "article_version",
    metadata,
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_from", String(20), nullable=False),
    Column("outlet", Text),
    Column("author", Text),
    Column("published_at", Moment),
    Column("published_from", String(20), nullable=False),
    Column("language", Text),
    Column("url", Text),
    Column("place", Text),
    Column("text", Text, nullable=False),
    Column("text_hash", String(64), nullable=False),
    Column("ingested_at", Moment, nullable=False),
)

# Only current versions have passages. `key` is the id in the FAISS index: it never comes back.
passage = Table(
    "passage",
    metadata,
    Column("key", Counter, primary_key=True, autoincrement=True),
    Column("id", String(300), nullable=False, unique=True),
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("generation", BigInteger, nullable=False, index=True),
    sqlite_autoincrement=True,
)

# Passages that are gone, so that an index can be caught up from any earlier generation.
removal = Table(
    "removal",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("passage_id", String(300), nullable=False),
    Column("generation", BigInteger, nullable=False),
    Index("ix_removal_generation", "generation"),
)

# The last version of a deleted article: when it comes back it goes on counting from there, so that
# an old citation can never point into a new text.
tombstone = Table(
    "tombstone",
    metadata,
    Column("article_id", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
)
