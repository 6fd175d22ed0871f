"""The first catalogue: articles, versions, passages with vectors, removals, state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    state = op.create_table(
        "state",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "article",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("cluster_id", sa.String(40), nullable=False, index=True),
        sa.Column("ingested_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "article_version",
        sa.Column(
            "article_id",
            sa.String(200),
            sa.ForeignKey("article.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("title_from", sa.String(20), nullable=False),
        sa.Column("outlet", sa.Text),
        sa.Column("author", sa.Text),
        sa.Column("published_at", sa.DateTime),
        sa.Column("published_from", sa.String(20), nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("place", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("text_hash", sa.String(64), nullable=False),
        sa.Column("ingested_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "passage",
        sa.Column("key", Counter, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(300), nullable=False, unique=True),
        sa.Column(
            "article_id",
            sa.String(200),
            sa.ForeignKey("article.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False, index=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "removal",
        sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("passage_id", sa.String(300), nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_removal_generation", "removal", ["generation"])
    op.create_table(
        "tombstone",
        sa.Column("article_id", sa.String(200), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.bulk_insert(state, [{"name": "generation", "value": "0"}])
