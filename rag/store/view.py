"""What a query of the vector store sees: rows, pieces of the index, and which rows live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from llama_index.core.vector_stores.types import MetadataFilters

from rag.store import segments
from rag.store.columns import Columns, Mask, Metadata, Numbers
from rag.store.ids import Ids
from rag.store.segments import Codes, Segment, Vectors


class Rows:
    """What is known of each row besides its vector; rows are only ever appended."""

    def __init__(self) -> None:
        self.columns = Columns()
        self.ids = Ids()

    def append(self, ids: Sequence[str], metadata: Sequence[Metadata]) -> None:
        """Add rows; of equal ids the last one's is kept."""
        self.columns.append(metadata)
        self.ids.append(ids)

    def shorten(self, count: int, live: Mask) -> None:
        """Forget what is beyond the first ``count`` rows, of which ``live`` says which live."""
        self.columns.shorten(count)
        self.ids.shorten(count, live)


@dataclass(frozen=True, slots=True)
class View:
    """What one query sees, however long it takes: of its rows nothing is ever changed."""

    rows: Rows
    pieces: tuple[Segment, ...]
    live: Mask


def nearest(
    view: View, vector: Vectors, limit: int, mask: Mask, *, exact: bool = False
) -> list[tuple[float, int]]:
    """Return similarity and row of the nearest of the mask, best first."""
    found: list[tuple[float, int]] = []
    for piece in view.pieces:
        mine = mask[piece.start : piece.start + piece.count]
        scores, rows = piece.search(vector, limit, None if mine.all() else mine, exact=exact)
        found += zip(scores.tolist(), rows.tolist(), strict=True)
    found.sort(key=lambda item: (-item[0], item[1]))
    return found[:limit]


def named(view: View, node_ids: Sequence[str] | None, filters: MetadataFilters | None) -> Numbers:
    """Return the living rows that have one of the ids and pass the filters, where given."""
    mask = view.live if node_ids is None else view.live & of_nodes(view, node_ids)
    narrowed = view.rows.columns.mask(filters, len(mask))
    return np.flatnonzero(mask if narrowed is None else mask & narrowed)


def of_nodes(view: View, node_ids: Sequence[str]) -> Mask:
    """Return which rows have one of the ids."""
    count = len(view.live)
    mask = np.zeros(count, np.bool_)
    rows = (view.rows.ids.row(id_) for id_ in node_ids)
    mask[[row for row in rows if row is not None and row < count]] = True
    return mask


def parts(view: View) -> Iterator[tuple[Numbers, Codes]]:
    """Yield rows and half-precision vectors of all pieces, deleted ones among them."""
    return (part for piece in view.pieces for part in piece.parts())


def sampled(view: View, rows: Numbers, count: int) -> Vectors:
    """Return the vectors of some of the rows, always the same ones: (n, dimension)."""
    count = min(count, len(rows))
    picked = np.zeros(len(view.live), np.bool_)
    picked[np.random.default_rng(0).choice(rows, count, replace=False)] = True
    found, at = np.empty((count, view.pieces[0].index.d if count else 0), np.float32), 0
    for old, codes in parts(view):
        mine = segments.decoded(codes[picked[old]])
        found[at : at + len(mine)] = mine
        at += len(mine)
    return found
