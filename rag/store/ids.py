"""The ids of rows: those of a snapshot stay in its files, only newer ones take memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.store.columns import Mask, Numbers

Hashes = np.ndarray[Any, np.dtype[np.uint64]]

_TEXT, _ENDS, _HASHES, _ROWS = "ids.txt", "id-ends.npy", "id-hashes.npy", "id-rows.npy"
FILES = (_TEXT, _ENDS, _HASHES, _ROWS)
_HASH = 8
_WRITTEN = 10_000


class Ids:
    """The id of each row and the row of each id; rows are only ever appended.

    The first rows may lie in files, 40 bytes and an id each, whose pages all processes share: the
    ids end to end, where each ends, and their hashes in order with their rows. An id may come
    again: its row is the last one that was appended and not removed.
    """

    def __init__(self, kept: Kept | None = None) -> None:
        self._kept = kept or Kept.none()
        self._newer: list[str] = []
        self._row_of: dict[str, int] = {}
        self._gone: set[int] = set()
        """Rows of the files whose id went, or came again."""

    def __len__(self) -> int:
        """How many ids there are, those that went not among them."""
        return len(self._kept) - len(self._gone) + len(self._row_of)

    def __contains__(self, id_: str) -> bool:
        return self.row(id_) is not None

    def __getitem__(self, row: int) -> str:
        """Return the id of a row, whether or not it went."""
        newer = row - len(self._kept)
        return self._newer[newer] if newer >= 0 else self._kept[row]

    def row(self, id_: str) -> int | None:
        """Return the row of an id, None where it is not there."""
        row = self._row_of.get(id_)
        if row is None:
            row = self._kept.row(id_)
            if row in self._gone:
                row = None
        return row

    def append(self, ids: Sequence[str]) -> None:
        """Add rows."""
        start = len(self._kept) + len(self._newer)
        for id_ in ids:
            row = self._kept.row(id_)
            if row is not None:
                self._gone.add(row)
        self._newer.extend(ids)
        self._row_of.update(zip(ids, range(start, start + len(ids)), strict=True))

    def remove(self, row: int) -> None:
        """Forget which row the id of this row, which has not gone, belongs to."""
        if row < len(self._kept):
            self._gone.add(row)
        else:
            del self._row_of[self[row]]

    def shorten(self, count: int, live: Mask) -> None:
        """Forget what is beyond the first ``count`` rows, of which ``live`` says which live."""
        kept = len(self._kept)
        del self._newer[max(0, count - kept) :]
        self._gone = set(np.flatnonzero(~live[:kept]).tolist())
        self._row_of = {self[row]: row for row in (np.flatnonzero(live[kept:]) + kept).tolist()}

    def write(self, rows: Numbers, folder: Path) -> None:
        """Write the ids of some rows, numbered anew from 0 in their order; raises OSError."""
        ends = np.empty(len(rows), np.int64)
        hashes = np.empty(len(rows), np.uint64)
        size = at = 0
        with (folder / _TEXT).open("wb") as file:
            for start in range(0, len(rows), _WRITTEN):
                for row in rows[start : start + _WRITTEN].tolist():
                    written = self[row].encode()
                    size += file.write(written)
                    ends[at], hashes[at] = size, _hash(written)
                    at += 1
        order = np.argsort(hashes, kind="stable")
        for name, values in ((_ENDS, ends), (_HASHES, hashes[order]), (_ROWS, order)):
            np.save(folder / name, values, allow_pickle=False)


class Kept:
    """Ids in a snapshot's files, each one once."""

    def __init__(self, text: Any, ends: Numbers, hashes: Hashes, rows: Numbers) -> None:
        self._text, self._ends, self._hashes, self._rows = text, ends, hashes, rows

    @classmethod
    def none(cls) -> Kept:
        """Return no ids."""
        numbers = np.empty(0, np.int64)
        return cls(np.empty(0, np.uint8), numbers, np.empty(0, np.uint64), numbers)

    @classmethod
    def open(cls, folder: Path, count: int) -> Kept:
        """Map what ``Ids.write`` wrote; raises OSError or ValueError when it cannot be read."""
        if not count:
            return cls.none()
        text = np.memmap(folder / _TEXT, np.uint8, mode="r")
        ends, hashes, rows = (
            np.load(folder / name, mmap_mode="r") for name in (_ENDS, _HASHES, _ROWS)
        )
        for name, values, kind in (
            (_ENDS, ends, np.int64),
            (_HASHES, hashes, np.uint64),
            (_ROWS, rows, np.int64),
        ):
            if values.shape != (count,) or values.dtype != kind:
                raise ValueError(f"{name} is not {count} numbers")
        if ends[-1] != len(text) or rows.min() < 0 or rows.max() >= count:
            raise ValueError(f"{_ENDS} or {_ROWS} points beyond the ids")
        return cls(text, ends, hashes, rows)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, row: int) -> str:
        start = self._ends[row - 1] if row else 0
        return bytes(self._text[start : self._ends[row]]).decode()

    def row(self, id_: str) -> int | None:
        """Return the row of an id."""
        if not len(self):
            return None
        wanted = _hash(id_.encode())
        for at in _places(self._hashes, wanted):
            row = int(self._rows[at])
            if self[row] == id_:
                return row
        return None


def _places(hashes: Hashes, wanted: np.uint64) -> Iterator[int]:
    """Yield where a hash stands among sorted ones: two ids may have the same."""
    at = int(np.searchsorted(hashes, wanted))
    while at < len(hashes) and hashes[at] == wanted:
        yield at
        at += 1


def _hash(written: bytes) -> np.uint64:
    """Return the first 64 bits of BLAKE2b, the same in every process and release."""
    return np.uint64(int.from_bytes(hashlib.blake2b(written, digest_size=_HASH).digest()))
