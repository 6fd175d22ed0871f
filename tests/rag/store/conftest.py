from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from rag.ingest.clean import clean
from rag.store.catalogue import Catalogue, Vectors
from rag.store.database import Database
from rag.types import Source, Stored

DIMENSION = 8


def vectors_for(texts: list[str]) -> Vectors:
    """Unit vectors that depend on nothing but the text."""
    rows = [
        np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)).normal(
            size=DIMENSION
        )
        for text in texts
    ]
    made = np.asarray(rows, dtype=np.float32).reshape(len(texts), DIMENSION)
    return made / np.linalg.norm(made, axis=1, keepdims=True) if len(texts) else made


@pytest.fixture
def catalogue(url: str) -> Iterator[Catalogue]:
    opened = Catalogue(Database(url))
    yield opened
    opened.close()


Put = Callable[..., Stored]


@pytest.fixture
def put(catalogue: Catalogue) -> Put:
    """Store an article of one passage a line."""

    def store(text: str, **fields: object) -> Stored:
        article, _ = clean(Source(text=text, origin="test", **fields), 10**6)
        spans, start = [], 0
        for line in article.text.splitlines(keepends=True):
            if line.strip():
                spans.append((start, start + len(line.rstrip())))
            start += len(line)
        texts = [article.text[a:b] for a, b in spans]
        return catalogue.put(article, "test", spans, vectors_for(texts))

    return store
