from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.config import Settings
from rag.ingest.clean import clean
from rag.store.border import PassageIndex, open_index
from rag.store.catalogue import Catalogue, Vectors
from rag.store.database import Database
from rag.store.milvus import Milvus
from rag.store.milvus_rows import Rows
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
def database(url: str) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture
def catalogue(database: Database) -> Iterator[Catalogue]:
    opened = Catalogue(database)
    yield opened
    opened.close()


@pytest.fixture
def rows(milvus_url: str) -> Iterator[Rows]:
    """Rows of an archive of their own on the server that all tests share."""
    milvus = Milvus(milvus_url, None, 5.0)
    made = Rows(milvus, uuid.uuid4().hex, DIMENSION)
    made.make()
    yield made
    milvus.close()


Open = Callable[[], PassageIndex]


@pytest.fixture(params=["faiss", "milvus"])
def opening(
    request: pytest.FixtureRequest, catalogue: Catalogue, database: Database, tmp_path: Path
) -> Iterator[Open]:
    """Open the index of a store; what was opened is closed."""
    vectors = "faiss" if request.param == "faiss" else request.getfixturevalue("milvus_url")
    settings = Settings(data=tmp_path, vectors=vectors)
    opened: list[PassageIndex] = []

    def make() -> PassageIndex:
        opened.append(open_index(settings, catalogue, database, DIMENSION))
        return opened[-1]

    yield make
    for index in opened:
        index.close()


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
