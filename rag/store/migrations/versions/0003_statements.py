"""Statements: who says what in each article, and which articles were read for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "statement",
        sa.Column(
            "key",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
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
        sa.Column("published_at", sa.DateTime, index=True),
        sa.Column("speaker", sa.String(300)),
        sa.Column("namesake", sa.String(200)),
        sa.Column("role", sa.String(300)),
        sa.Column("quote_type", sa.String(10), nullable=False),
        sa.Column("spoken", sa.Boolean, nullable=False),
        sa.Column("day", sa.Date),
        sa.Column("day_last", sa.Date),
        sa.Column("words", sa.BigInteger, nullable=False, index=True),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_statement_speaker", "statement", ["namesake", "speaker"])
    op.create_index("ix_statement_role", "statement", ["role"])
    op.create_table(
        "attribution",
        sa.Column(
            "article_id",
            sa.String(200),
            sa.ForeignKey("article.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("rules", sa.String(20), nullable=False),
        sa.Column("error", sa.Text),
    )
