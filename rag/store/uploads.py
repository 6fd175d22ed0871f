"""What was uploaded for jobs, where the one that does them may be on another host."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from rag.errors import DataFolderError
from rag.store.database import Database
from rag.store.schema import upload

PART = 1 << 20
"""Bytes in a row."""
KEPT = timedelta(days=7)
"""What no job ever took is removed after so long."""


class Uploads:
    """Folders of files, kept in the catalogue's database while their jobs wait."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def keep(self, folder: Path) -> None:
        """Store a folder's files under its name, all of them or none; raises DataFolderError."""
        try:
            with self._db.write("uploads") as tx:
                now = self._db.now(tx)
                tx.execute(upload.delete().where(upload.c.at < now - KEPT))
                for path in sorted(folder.iterdir()):
                    with path.open("rb") as file:
                        for number in range(path.stat().st_size // PART + 1):
                            row = {"spool": folder.name, "path": path.name, "number": number}
                            tx.execute(upload.insert(), {**row, "at": now, "data": file.read(PART)})
        except OSError as error:
            raise _unusable(folder, error) from error

    def fetch(self, folder: Path) -> None:
        """Write the files that are stored under a folder's name; raises DataFolderError."""
        query = (
            sa.select(upload.c.path, upload.c.data)
            .where(upload.c.spool == folder.name)
            .order_by(upload.c.path, upload.c.number)
        )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for left in folder.iterdir():
                left.unlink()
            with self._db.read() as tx:
                for path, data in tx.execute(query.execution_options(yield_per=4)):
                    with (folder / path).open("ab") as file:
                        file.write(data)
        except OSError as error:
            raise _unusable(folder, error) from error

    def discard(self, spool: str) -> None:
        """Remove what is stored under a name."""
        with self._db.write("uploads") as tx:
            tx.execute(upload.delete().where(upload.c.spool == spool))


def _unusable(folder: Path, error: OSError) -> DataFolderError:
    return DataFolderError(
        f"Uploads cannot be kept in {folder}: {error.strerror}.",
        remedy="Free some disk space, or check the permissions of the data folder.",
    )
