"""Compare both indexes with the catalogue, row by row."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from rag.store import segments
from rag.store.border import AuditedVectors, AuditedWords
from rag.store.rows import Changes

SAMPLE, NEAREST = 100, 10
"""Recall is measured with so many stored vectors, over so many nearest of each."""


@dataclass
class Audit:
    """What is wrong, counted by kind, each with a first example."""

    passages: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def note(self, kind: str, ids: Iterable[str]) -> None:
        """Count passages that have something wrong."""
        for id_ in ids:
            self.wrong[kind] += 1
            self.examples.setdefault(kind, id_)

    @property
    def said(self) -> str:
        """One clause for each kind."""
        return "; ".join(
            f"{count} {kind}, first {self.examples[kind]}" for kind, count in self.wrong.items()
        )


def audit(
    parts: Iterable[Changes], vectors: AuditedVectors, words: AuditedWords, *, deep: bool
) -> Audit:
    """Compare ids and keys; with ``deep`` every vector's bytes and every text's words too."""
    found = Audit()
    stored = _stored(vectors, deep=deep)
    texts = set(words.ids())
    for part in parts:
        for row, wanted in zip(part.added, _wanted(part, deep=deep), strict=True):
            found.passages += 1
            key, digest = stored.pop(row.id, (None, b""))
            if key is None:
                found.note("without a vector", [row.id])
            elif (key, digest) != (row.key, wanted):
                found.note("with another vector", [row.id])
            if row.id not in texts:
                found.note("without a text", [row.id])
            elif deep and not words.holds(row):
                found.note("with another text", [row.id])
            texts.discard(row.id)
    found.note("vectors too many", stored)
    found.note("texts too many", texts)
    return found


def _stored(vectors: AuditedVectors, *, deep: bool) -> dict[str, tuple[int | None, bytes]]:
    found: dict[str, tuple[int | None, bytes]] = {}
    for keys, ids, codes in vectors.contents():
        for at, id_ in enumerate(ids):
            found[id_] = keys[at], _digest(codes[at]) if deep else b""
    return found


def _wanted(part: Changes, *, deep: bool) -> list[bytes]:
    if not deep or not part.added:
        return [b""] * len(part.added)
    return [_digest(codes) for codes in segments.encoded(np.stack([r.vector for r in part.added]))]


def _digest(codes: segments.Codes) -> bytes:
    return hashlib.blake2b(codes.tobytes(), digest_size=16).digest()
