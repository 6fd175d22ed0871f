"""Immutable pieces of the vector index: exact in half precision, or inverted lists of the same."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from rag.store.columns import Mask, Numbers

Vectors = np.ndarray[Any, np.dtype[np.float32]]
Codes = np.ndarray[Any, np.dtype[np.uint8]]

# Half precision: on 300,000 vectors drawn like MiniLM's it found .999 of the exact ten nearest, one
# byte a dimension .991, and was no slower. See docs/decisions/0006-the-size-of-the-index.md.
_CODE = faiss.ScalarQuantizer.QT_fp16
PROBES = 64
"""Lists that are looked into: .99 of the exact ten nearest among 300,000; see the same page."""
FEW = 3_000
"""A filter that lets so many rows through has each of them compared, wherever it lies: of 300,000,
1,200 in .25 ms and 3,000 in .5, where looking through all lists for them takes .7 ms."""
_SAMPLE_PER_LIST = 40  # fewer, and FAISS warns that the centroids are poor
_ROUNDS = 8
_WORD = 8
_PART = 8_192


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows ``start`` to ``start + count`` of the store; never changed once made."""

    index: Any
    start: int
    mapped: bool = False
    """Whether it lies in a snapshot's file, whose pages all processes share."""
    places: Places | None = None
    """Where each row's code lies; only inverted lists need it."""

    @classmethod
    def from_file(cls, path: Path) -> Segment:
        """Map what ``write`` wrote, as the first rows; raises ValueError when it cannot be read."""
        index = read(path)
        listed = isinstance(index, faiss.IndexIVF) and index.ntotal > 0
        fitting = listed and index.code_size % _WORD == 0
        return cls(index, 0, mapped=True, places=Places(index) if fitting else None)

    @property
    def count(self) -> int:
        """How many rows, deleted ones among them."""
        return int(self.index.ntotal)

    @property
    def approximate(self) -> bool:
        """Whether a search may miss some of the nearest."""
        return isinstance(self.index, faiss.IndexIVF)

    def search(
        self, vector: Vectors, limit: int, mask: Mask | None, *, exact: bool = False
    ) -> tuple[Vectors, Numbers]:
        """Return similarities and rows of the nearest among those of the mask, best first.

        ``vector`` is (1, dimension) and ``mask`` has ``count`` entries; None lets all pass.
        """
        selected = self.count if mask is None else int(np.count_nonzero(mask))
        limit = min(limit, selected)
        if limit <= 0:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        if mask is not None and self.places is not None and selected <= FEW:
            mine = np.flatnonzero(mask)
            few = exact_from_codes(self.index.d, self.places.codes(mine))
            scores, places = few.search(vector, limit)
            return scores[0], mine[places[0]] + self.start
        selector = None
        if mask is not None:
            selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))  # type: ignore[call-arg, arg-type]  # its stub is of C++'s
        for probes in self._probes(selected, exact):
            scores, rows = self.index.search(
                vector, limit, params=self._parameters(selector, probes)
            )
            found = rows[0] >= 0
            if int(found.sum()) == limit:
                break
        return scores[0][found], rows[0][found] + self.start

    def parts(self) -> Iterator[tuple[Numbers, Codes]]:
        """Yield the rows of the store and their codes, some thousand or one list at a time."""
        if self.approximate:
            for number in range(self.index.nlist):
                rows, codes = _list(self.index, number)
                yield rows + self.start, codes
            return
        codes = faiss.rev_swig_ptr(self.index.codes.data(), self.count * self.index.code_size)
        codes = codes.reshape(self.count, -1)
        for at in range(0, self.count, _PART):
            end = min(at + _PART, self.count)
            yield np.arange(self.start + at, self.start + end), codes[at:end]

    def _probes(self, selected: int, exact: bool) -> tuple[int, ...]:
        """How many lists to look into, and then how many when that found too few.

        The nearest of a part of the rows lie further away: with lists in inverse proportion to the
        part's square root as many of them are found as without a filter (see the same page). A
        narrow filter needs them all, which makes the search exact and costs a look at each bit.
        """
        if not self.approximate:
            return (0,)
        lists = int(self.index.nlist)
        wanted = math.ceil(PROBES * math.sqrt(self.count / max(selected, 1)))
        return (lists,) if exact or wanted >= lists else (wanted, lists)

    def _parameters(self, selector: Any, probes: int) -> Any:
        if self.approximate:
            return faiss.IVFSearchParameters(sel=selector, nprobe=probes)  # type: ignore[call-arg]  # its stub lacks both
        return faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # its stub lacks it


class Places:
    """Where in a mapped file of inverted lists the code of each row lies: 4 bytes a row.

    FAISS has a map of the same kind, but only decodes one row after the other through it, which
    takes .8 microseconds a row.
    """

    def __init__(self, index: Any) -> None:
        # The lists own the memory; as long as they are here it stays mapped.
        self._lists, size = index.invlists, int(index.code_size)
        # An empty list lies nowhere.
        starts = np.asarray([int(self._lists.get_codes(n) or 0) for n in range(index.nlist)])
        counts = np.asarray([int(self._lists.list_size(n)) for n in range(index.nlist)])
        used = np.flatnonzero(counts)
        low = int(starts[used].min())
        high = int((starts + counts * size)[used].max())
        # Codes, ids and lengths of lists all have a multiple of eight bytes.
        words = (high - low) // _WORD
        self._words = np.ctypeslib.as_array((ctypes.c_uint64 * words).from_address(low))
        self._at = np.zeros(index.ntotal, np.uint32 if words < 1 << 32 else np.uint64)
        for number in used.tolist():
            rows = faiss.rev_swig_ptr(self._lists.get_ids(number), int(counts[number]))
            first, step = (int(starts[number]) - low) // _WORD, size // _WORD
            self._at[rows] = first + step * np.arange(len(rows))
        self._span = np.arange(size // _WORD)

    def codes(self, rows: Numbers) -> Codes:
        """Copy the codes of some rows."""
        found = self._words[self._at[rows].astype(np.int64)[:, None] + self._span]
        return np.asarray(found.view(np.uint8))


def exact(dimension: int, vectors: Vectors | None = None) -> Any:
    """Make an index that compares a query with every vector."""
    index = faiss.IndexScalarQuantizer(dimension, _CODE, faiss.METRIC_INNER_PRODUCT)
    if vectors is not None and len(vectors):
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return index


def exact_from_codes(dimension: int, codes: Codes) -> Any:
    """Make an exact index of what others hold."""
    index = exact(dimension)
    if len(codes):
        index.add_sa_codes(np.ascontiguousarray(codes))
    return index


def lists_for(count: int) -> int:
    """How many inverted lists serve so many rows: twice the square root, as was measured."""
    return max(1, 2 * math.isqrt(count))


def trained(sample: Vectors, lists: int) -> Any:
    """Make an empty index of inverted lists whose centroids come from the sample."""
    dimension = sample.shape[1]
    clustering = faiss.Kmeans(
        dimension,
        lists,
        niter=_ROUNDS,
        spherical=True,
        max_points_per_centroid=_SAMPLE_PER_LIST,
        min_points_per_centroid=1,
        seed=1,
    )
    clustering.train(sample)
    return _inverted(np.asarray(clustering.centroids))


def emptied(index: Any) -> Any:
    """Make an empty index with the centroids of another."""
    return _inverted(index.quantizer.reconstruct_n(0, index.nlist))


def sample_size(lists: int) -> int:
    """How many vectors the centroids of so many lists are made from."""
    return _SAMPLE_PER_LIST * lists


def decoded(codes: Codes) -> Vectors:
    """Read half-precision codes as float32 vectors."""
    return codes.view(np.float16).astype(np.float32)


def encoded(vectors: Vectors) -> Codes:
    """Write vectors as half-precision codes; NumPy rounds halves the other way than FAISS."""
    wanted = np.ascontiguousarray(vectors, dtype=np.float32)
    return np.asarray(exact(wanted.shape[1]).sa_encode(wanted))


def write(index: Any, path: Path) -> None:
    """Write an index to a file; raises OSError."""
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def read(path: Path) -> Any:
    """Map an index from a file; raises ValueError when it cannot be read."""
    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise ValueError(f"{path} is not a readable snapshot: {error}") from error
    if not isinstance(index, faiss.IndexScalarQuantizer | faiss.IndexIVFScalarQuantizer):
        raise ValueError(f"{path} holds an index of another kind")  # noqa: TRY004
    return index


def _inverted(centroids: Vectors) -> Any:
    lists, dimension = centroids.shape
    quantizer = faiss.IndexFlatIP(dimension)
    quantizer.add(np.ascontiguousarray(centroids))
    index = faiss.IndexIVFScalarQuantizer(
        quantizer, dimension, lists, _CODE, faiss.METRIC_INNER_PRODUCT, False
    )
    # Half precision has nothing to train beyond the centroids.
    index.is_trained = True
    return index


def _list(index: Any, number: int) -> tuple[Numbers, Codes]:
    lists, size = index.invlists, int(index.invlists.list_size(number))
    if not size:
        return np.empty(0, np.int64), np.empty((0, int(index.code_size)), np.uint8)
    rows = faiss.rev_swig_ptr(lists.get_ids(number), size).copy()
    codes = faiss.rev_swig_ptr(lists.get_codes(number), size * int(index.code_size))
    return rows, codes.reshape(size, -1)
