"""Open one collection and search it: the part of `eval.bench_index` that needs its own process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from llama_index.core.vector_stores.types import VectorStoreQuery

from rag.ask.retrieve import DEPTH, retrieve
from rag.models.embedder import Embedder, Vectors
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.index import Index
from rag.types import Filters

Figures = dict[str, float]

LIMIT = 10
WRITE_SECONDS = 10
# Stores articles of eight passages as fast as it can, as a second process beside the server does.
_WRITER = """
import sys, time
from pathlib import Path
import numpy as np
from rag.ingest.clean import clean
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.types import Source

catalogue = Catalogue(Database(f"sqlite:///{Path(sys.argv[1]) / 'catalogue.db'}"))
random, end, number = np.random.default_rng(), time.time() + float(sys.argv[2]), 0
line = "The minister said on Monday that the talks about the budget had not ended. " * 8
while time.time() < end:
    name = f"bench-{number % 50}"
    article, _ = clean(Source(text=f"{number} {time.time()}. {line}", origin=name, id=name), 10**6)
    vectors = random.normal(size=(8, int(sys.argv[3]))).astype("f4")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    catalogue.put(article, name, [(at, at + 75) for at in range(8)], vectors)
    number += 1
for at in range(min(number, 50)):
    catalogue.delete(f"bench-{at}")
print(number)
"""


def measure(data: Path, questions: Sequence[str]) -> Figures:
    """Return start, memory, times of search in milliseconds and recall of one collection."""
    embedder = Embedder()
    vectors = embedder.embed(questions)
    before, begun = _memory(), time.perf_counter()
    catalogue = Catalogue(Database(f"sqlite:///{data / 'catalogue.db'}"))
    index = Index(catalogue, embedder.dimension, data / "index")
    ready = time.perf_counter() - begun
    size = catalogue.counts()["passages"]
    found: Figures = {"index ready, s": ready, "built anew": float(index.rebuilt is not None)}

    def search(at: int, filters: Filters, vector: Vectors | None = None) -> object:
        index.follow()
        return retrieve(
            questions[at],
            vectors[at] if vector is None else vector,
            filters,
            LIMIT,
            words=index.words.search,
            vectors=index.vectors,
            load=catalogue.passages,
        )

    narrow = _some_articles(index, vectors)
    for name, filters in (
        ("search", Filters()),
        ("as of mid-2021", Filters(as_of=datetime(2021, 7, 1, tzinfo=UTC))),
        ("one month", _month()),
        ("in 20 articles", Filters(articles=narrow)),
    ):
        for at in range(len(questions)):
            # A server has been asked before: what a question reads lies in the machine's memory.
            search(at, filters)
        whole = lambda at, f=filters: search(at, f, embedder.embed([questions[at]])[0])  # noqa: E731
        found |= _times(name, len(questions), whole)
        given = lambda at, f=filters: search(at, f)  # noqa: E731
        found |= _times(f"{name}, its vector given", len(questions), given)
    for name, work in (
        ("embedding the question", lambda at: embedder.embed([questions[at]])),
        ("words alone", lambda at: index.words.search(questions[at], Filters(), DEPTH)),
        ("vectors alone", lambda at: _nearest(index, vectors[at])),
    ):
        found |= _times(name, len(questions), work)
    private, shared = (after - was for after, was in zip(_memory(), before, strict=True))
    found |= {
        "own memory, MB per 100,000": private / size * 1e5,
        "memory shared with other processes, MB per 100,000": shared / size * 1e5,
        "recall of the 10 nearest passages to a passage": index.vectors.recall(100, 10) or 1.0,
        "recall of the 10 nearest passages to a question": index.vectors.recall_of(vectors, 10),
    }
    writer = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", _WRITER, str(data), str(WRITE_SECONDS), str(embedder.dimension)],
        stdout=subprocess.PIPE,
    )
    while catalogue.generation() == index.generation:
        time.sleep(0.01)
    meanwhile = lambda at: search(at, Filters())  # noqa: E731
    found |= _times("search while articles are stored", len(questions), meanwhile)
    written, _ = writer.communicate()
    found["articles stored a second meanwhile"] = int(written) / WRITE_SECONDS
    index.close()
    catalogue.close()
    return found


def _nearest(index: Index, vector: Vectors) -> list[str]:
    query = VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=DEPTH)
    return index.vectors.query(query).ids or []


def _some_articles(index: Index, vectors: Vectors) -> tuple[str, ...]:
    """Name the articles of twenty passages that the questions find."""
    return tuple({_nearest(index, vector)[0].rsplit(":", 2)[0] for vector in vectors[:20]})


def _month() -> Filters:
    return Filters(after=datetime(2021, 3, 1, tzinfo=UTC), before=datetime(2021, 4, 1, tzinfo=UTC))


def _times(name: str, count: int, work: Callable[[int], object]) -> Figures:
    spent, used = [], []
    for at in range(count):
        begun, idle = time.perf_counter(), time.process_time()
        work(at)
        spent.append(time.perf_counter() - begun)
        used.append(time.process_time() - idle)
    p50, p95 = np.percentile(spent, (50, 95)) * 1000
    # On a machine that others use, the processor's own time is what can be compared.
    return {
        f"{name}, p50 ms": float(p50),
        f"{name}, p95 ms": float(p95),
        f"{name}, p50 ms of processor": float(np.median(used)) * 1000,
    }


def _memory() -> tuple[float, float]:
    """Return this process's own memory and what lies in mapped files, in MB."""
    values = {}
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("RssAnon", "RssFile"):
            values[name] = int(rest.split()[0]) / 1024
    return values["RssAnon"], values["RssFile"]


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))))
