"""Tell reprints of a text from other articles about the same event.

Agencies' copy is printed by many outlets: under another headline, cut, with a line of their own on
top. Two steps: MinHash bands (Broder 1997; datasketch) propose neighbours, then the share of common
shingles and the likeness of the passages' embeddings decide.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np
from datasketch import MinHash

from rag.language import Span

Shingles = frozenset[tuple[str, ...]]
Vectors = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

WORDS = 4
"""Words in a shingle."""
LEAD = 80
"""Words at the head of an article that are signed once more by themselves: outlets cut from the
end, so the lead of a shortened reprint is whole where the full text agrees little."""
ROWS, FULL_BANDS, LEAD_BANDS = 3, 24, 8
"""Two texts with Jaccard similarity j share one of n bands of r rows with 1 - (1 - j^r)^n: for 24
bands .93 at j = .5 and .17 at j = .2."""
LEAST = 12
"""A text with fewer shingles is no article that could be told from another."""
SHARED = 0.55
"""Least share of the shorter text's shingles found in the longer one; see eval/syndication.py."""
SHARED_AT_HOME = 0.9
"""The same within one outlet: it prints updates of its own stories, which are news."""
_SCHEME = "affine32"
ALIKE = 0.8
"""Least mean cosine of the shorter text's passages to their nearest in the longer one."""


def news(text: str, spans: Sequence[Span]) -> str:
    """Return what is news in a text; appeals and credits would make strangers look alike."""
    return "\n".join(text[start:end] for start, end in spans)


def shingles(text: str) -> Shingles:
    """Return the runs of WORDS words, in any case, without marks; a shorter text is one run."""
    words = _words(text)
    if len(words) < WORDS:
        return frozenset([tuple(words)] if words else [])
    return frozenset(zip(*(words[start:] for start in range(WORDS)), strict=False))


def bands(text: str) -> tuple[int, ...]:
    """Return one signed 64-bit hash for each band; nothing for a text that is too short."""
    words = _words(text)
    if len(words) < LEAST + WORDS - 1:
        return ()
    # The runs are slices of one line of words.
    line = " ".join(words).encode()
    ends = list(accumulate(len(word.encode()) + 1 for word in words))
    runs = zip([0, *ends], ends[WORDS - 1 :], strict=False)
    hashes = [zlib.crc32(line[start : end - 1]) for start, end in runs]
    full = _signature(hashes, FULL_BANDS)
    return full + _signature(hashes[: LEAD - WORDS + 1], LEAD_BANDS)


def is_reprint(one: Shingles, other: Shingles, *, at_home: bool) -> bool:
    """Whether two texts are prints of one; ``at_home`` when one outlet published both."""
    shorter = min(len(one), len(other))
    least = SHARED_AT_HOME if at_home else SHARED
    return shorter >= LEAST and len(one & other) >= least * shorter


def alike(one: Vectors, other: Vectors) -> bool:
    """Whether the passages of the one with fewer all have their like in the other."""
    if not len(one) or not len(other):
        return True
    few, many = sorted((one, other), key=len)
    return float((few @ many.T).max(axis=1).mean()) >= ALIKE


def _signature(hashes: Sequence[int], count: int) -> tuple[int, ...]:
    signer = MinHash(
        num_perm=ROWS * count, scheme=_SCHEME, permutations=_permutations(count), hashfunc=int
    )
    signer.update_batch(set(hashes))
    rows = signer.hashvalues.astype(np.uint64).reshape(count, ROWS)
    # Three times 32 bits mixed into 64: bands of different texts are hardly ever equal by chance.
    packed = (rows[:, 0] << np.uint64(42)) ^ (rows[:, 1] << np.uint64(21)) ^ rows[:, 2]
    return tuple(packed.astype(np.int64).tolist())


@lru_cache(maxsize=2)
def _permutations(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint32]]:
    """Return the random choices, always the same ones: bands are compared with stored ones."""
    return np.asarray(MinHash(num_perm=ROWS * count, seed=1, scheme=_SCHEME).permutations)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
