"""Write an index into a file part by part, in the form that FAISS reads.

FAISS itself writes an index from memory, which would take as much of it as the file is long. The
head of a file is still FAISS's own; only what follows it, codes and rows, is put in its places
here. A test compares the files byte for byte with FAISS's.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from rag.store import segments
from rag.store.columns import Numbers
from rag.store.segments import Codes

Part = tuple[Numbers, Codes, int | None]
"""New rows, their codes, and the list they belong in where that is known."""

# What FAISS writes of lists when there is nothing in them: see write_InvertedLists in
# faiss/impl/index_write.cpp.
_LISTS = struct.Struct("<4sQQ4sQ")


def write_exact(path: Path, dimension: int, count: int, parts: Iterable[Part]) -> None:
    """Write an exact index of ``count`` rows, which are all in ``parts``; raises OSError."""
    index = segments.exact(dimension)
    size = int(index.code_size)
    head = _head(index, count, path)
    # It ends with the number of bytes that follow.
    head = head[:-8] + struct.pack("<Q", count * size)
    with _file(path, head, count * size) as file:
        for rows, codes, _ in parts:
            for first, last in _runs(rows):
                at = len(head) + int(rows[first]) * size
                _put(file, codes[first:last], at)


def write_listed(path: Path, index: Any, lists: Numbers, parts: Iterable[Part]) -> None:
    """Write an index of inverted lists; raises OSError.

    ``index`` is empty and has the centroids, ``lists`` the list of each row, and ``parts`` all rows
    and codes. Within a list they keep their order.
    """
    size, counts = int(index.code_size), np.bincount(lists, minlength=index.nlist)
    head = _head(index, len(lists), path)[: -_LISTS.size]
    head += _LISTS.pack(b"ilar", index.nlist, size, b"full", index.nlist)
    head += counts.astype("<u8").tobytes()
    # Of each list first all codes, then all rows.
    begins = len(head) + np.concatenate([[0], np.cumsum(counts * (size + 8))[:-1]])
    done = np.zeros(index.nlist, np.int64)
    with _file(path, head, len(lists) * (size + 8)) as file:
        for rows, codes, _ in parts:
            mine = lists[rows]
            order = np.argsort(mine, kind="stable")
            for first, last in _groups(mine[order]):
                here, number = order[first:last], int(mine[order[first]])
                at = int(begins[number] + done[number] * size)
                _put(file, codes[here], at)
                at = int(begins[number] + counts[number] * size + done[number] * 8)
                _put(file, rows[here].astype("<i8"), at)
                done[number] += len(here)


def list_of_each(index: Any, count: int, parts: Iterable[Part]) -> Numbers:
    """Return the list that each row belongs in: the one whose centroid is nearest."""
    found = np.empty(count, np.int64)
    for rows, codes, number in parts:
        if number is not None:
            found[rows] = number
        elif len(rows):
            _, nearest = index.quantizer.search(segments.decoded(codes), 1)
            found[rows] = nearest[:, 0]
    return found


def _head(index: Any, count: int, path: Path) -> bytes:
    """Return what FAISS writes of an empty index, with another number of rows."""
    index.ntotal = count
    segments.write(index, path)
    return path.read_bytes()


@contextmanager
def _file(path: Path, head: bytes, more: int) -> Iterator[int]:
    """Give a new file that begins with ``head`` and has room for so many bytes more."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        # A full disk is said here, before seconds of work.
        os.posix_fallocate(file, 0, len(head) + more)
        _put(file, np.frombuffer(head, np.uint8), 0)
        yield file
    finally:
        os.close(file)


def _put(file: int, values: np.ndarray[Any, Any], at: int) -> None:
    rest = np.ascontiguousarray(values).view(np.uint8).reshape(-1).data
    while rest:
        written = os.pwrite(file, rest, at)
        rest, at = rest[written:], at + written


def _runs(rows: Numbers) -> Iterator[tuple[int, int]]:
    """Yield where rows follow each other."""
    return _pieces(np.flatnonzero(np.diff(rows) != 1) + 1, len(rows))


def _groups(lists: Numbers) -> Iterator[tuple[int, int]]:
    """Yield where lists are the same."""
    return _pieces(np.flatnonzero(np.diff(lists)) + 1, len(lists))


def _pieces(cuts: Numbers, count: int) -> Iterator[tuple[int, int]]:
    edges = [0, *cuts.tolist(), count]
    return ((first, last) for first, last in pairwise(edges) if first < last)
