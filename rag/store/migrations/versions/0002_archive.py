"""An archive: updates, sections, origins, retractions, reprints, answers, jobs, feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("article", sa.Column("note", sa.Text))
    op.add_column("article", sa.Column("changed_at", sa.DateTime))
    op.add_column("article_version", sa.Column("updated_at", sa.DateTime))
    op.add_column("article_version", sa.Column("section", sa.Text))
    op.add_column(
        "article_version", sa.Column("origins", sa.Text, nullable=False, server_default="{}")
    )
    op.create_table(
        "band",
        sa.Column(
            "article_id",
            sa.String(200),
            sa.ForeignKey("article.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_band_hash", "band", ["hash"])
    op.create_table(
        "answer",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("asked_at", sa.DateTime, nullable=False, index=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("abstained", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "answer_citation",
        sa.Column(
            "answer_id",
            sa.String(40),
            sa.ForeignKey("answer.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("article_id", sa.String(200), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    )
    op.create_index("ix_answer_citation_article", "answer_citation", ["article_id", "version"])
    op.create_table(
        "job",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False, index=True),
        sa.Column("started_at", sa.DateTime),
        sa.Column("finished_at", sa.DateTime),
        sa.Column("heartbeat_at", sa.DateTime),
        sa.Column("owner", sa.String(80)),
        sa.Column("cancelling", sa.Boolean, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("error_code", sa.String(60)),
        sa.Column("error", sa.Text),
    )
    op.create_table(
        "job_item",
        sa.Column(
            "job_id", sa.String(40), sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("article_id", sa.String(200)),
        sa.Column("version", sa.Integer),
        sa.Column("code", sa.String(60)),
        sa.Column("message", sa.Text),
    )
    op.create_table(
        "feed",
        sa.Column("url", sa.String(2_000), primary_key=True),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("fetched_at", sa.DateTime, nullable=False),
    )
