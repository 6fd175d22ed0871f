"""Keep the pieces of the vector index few, and write the living rows as one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rag.store import listed, segments
from rag.store.columns import Numbers
from rag.store.listed import Part
from rag.store.segments import Segment
from rag.store.view import View, sampled

EXACT_UP_TO = 50_000
"""A snapshot of more rows than this has inverted lists; measured in the same place as PROBES."""
# Centroids serve until there are so many times the rows they were made from.
_OUTGROWN = 4
# A newer piece joins an older one that is less than so many times its size.
_JOIN = 2


def settled(pieces: tuple[Segment, ...], dimension: int) -> tuple[Segment, ...]:
    """Join the last pieces while the newer is not much smaller, so that there are never many."""
    while len(pieces) > 1:
        older, newer = pieces[-2:]
        if older.mapped or older.count >= _JOIN * newer.count:
            break
        codes = np.concatenate([part for piece in (older, newer) for _, part in piece.parts()])
        joined = Segment(segments.exact_from_codes(dimension, codes), older.start)
        pieces = (*pieces[:-2], joined)
    return pieces


def write(view: View, rows: Numbers, dimension: int, path: Path) -> None:
    """Write one index of the given rows, which are numbered anew from 0 in their order.

    Raises OSError. Takes some 20 bytes of memory a row, however many there are, and where centroids
    are made anew the vectors they are made from.
    """
    place = np.full(len(view.live), -1)
    place[rows] = np.arange(len(rows))
    if len(rows) <= EXACT_UP_TO:
        listed.write_exact(path, dimension, len(rows), _placed(view, place))
        return
    served = next((piece.index for piece in view.pieces if piece.approximate), None)
    lists = segments.lists_for(len(rows))
    # Twice the square root of four times the rows is twice the lists.
    if served is not None and lists <= served.nlist * math.isqrt(_OUTGROWN):
        made = segments.emptied(served)
    else:
        served = None
        made = segments.trained(sampled(view, rows, segments.sample_size(lists)), lists)
    belongs = listed.list_of_each(made, len(rows), _placed(view, place, served))
    listed.write_listed(path, made, belongs, _placed(view, place))


def _placed(view: View, place: Numbers, served: Any = None) -> Iterator[Part]:
    """Yield the new rows and codes of what is kept.

    Lists with the centroids of ``served`` are copied as they are, without asking where each row
    belongs.
    """
    for piece in view.pieces:
        known = served is not None and piece.index is served
        for number, (old, codes) in enumerate(piece.parts()):
            kept = place[old] >= 0
            yield place[old[kept]], codes[kept], number if known else None
