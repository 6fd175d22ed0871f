"""Vectors kept in a file of their own until all of them are there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from rag.errors import DataFolderError
from rag.store.rows import Vectors

PART = 1_000
"""Vectors that are read back at a time: a megabyte and a half."""


class VectorSpool:
    """Keys with their vectors, in the order they came; the file has no name and goes with us.

    Raises DataFolderError when the folder cannot be written.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._row = np.dtype([("key", "<i8"), ("vector", "<f4", (dimension,))])
        try:
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by close()
        except OSError as error:
            raise self._unwritable(error) from error

    def add(self, keys: Sequence[int], vectors: Vectors) -> None:
        """Append vectors, (n, dimension), under their keys."""
        rows = np.empty(len(keys), self._row)
        rows["key"], rows["vector"] = keys, vectors
        try:
            self._file.write(rows.tobytes())
            self._file.flush()
        except OSError as error:
            raise self._unwritable(error) from error

    def parts(self) -> Iterator[tuple[list[int], Vectors]]:
        """Yield keys and vectors, PART at a time."""
        self._file.seek(0)
        while data := self._file.read(PART * self._row.itemsize):
            rows = np.frombuffer(data, self._row)
            yield rows["key"].tolist(), rows["vector"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def _unwritable(self, error: OSError) -> DataFolderError:
        return DataFolderError(
            f"The new vectors cannot be kept in {self._folder}: {error.strerror}. The old ones are "
            "still in use.",
            remedy="Free some disk space, or check the permissions of the data folder.",
        )
