"""What the tokens of language models cost by day, in millionths of the prices' currency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    cost = sa.Column("cost", sa.BigInteger, nullable=False, server_default="0")
    with op.batch_alter_table("llm_use") as table:
        table.add_column(cost)
