"""On PostgreSQL, order texts by code point, as SQLite and Python do, whatever the locale."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    tx = op.get_bind()
    if tx.dialect.name != "postgresql":
        return
    found = sa.inspect(tx)
    for table in found.get_table_names():
        for column in found.get_columns(table):
            if isinstance(column["type"], sa.String) and table != "alembic_version":
                kind = column["type"].compile(tx.dialect)
                name, of = (
                    tx.dialect.identifier_preparer.quote(x) for x in (column["name"], table)
                )
                op.execute(f'ALTER TABLE {of} ALTER COLUMN {name} TYPE {kind} COLLATE "C"')
