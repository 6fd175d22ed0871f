"""What one store of a collection costs; `eval.capacity` measures each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from llama_index.core.vector_stores.types import VectorStoreQuery

from eval.fit import Figures
from eval.lite import served
from eval.postgres import Server
from eval.processes import memory, processor
from rag.config import Settings
from rag.language import terms
from rag.models.embedder import Embedder
from rag.store.border import PassageIndex, open_index
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.schema import passage
from rag.store.transfer import transfer
from rag.types import Filters

STORES = ("sqlite", "postgresql", "faiss", "milvus")
QUESTIONS = "questions.json"
"""File beside the catalogue with the questions that are searched for."""
DEPTH = 100
"""Passages that each search is asked for, as for an answer."""
LOADS, AT_ONCE = 50, 10
COUNTS = 10
"""Words of the questions whose passages are counted."""
_ALL = (os.getpid(),)
"""This process, with its children: the servers that it starts."""


def measure(store: str, data: Path) -> Figures:
    """Return disk, memory, processor seconds and latency of one store."""
    if store == "sqlite":
        database = Database(f"sqlite:///{data / 'catalogue.db'}")
        found = _of_catalogue(database)
        database.close()
        return {"disk, MB": (data / "catalogue.db").stat().st_size / 1e6, **found}
    if store == "postgresql":
        with _postgresql() as server:
            return _of_postgresql(data, server)
    if store == "faiss":
        shutil.rmtree(data / "index", ignore_errors=True)
        return _of_index(Settings(data=data), data / "index")
    shutil.rmtree(data / "lite", ignore_errors=True)
    with served(data / "lite") as lite:
        settings = Settings(data=data, vectors=lite.url, vectors_seconds=60.0)
        return _of_index(settings, data / "lite", lite.process.pid)


def _of_postgresql(data: Path, server: Server) -> Figures:
    source, target = Database(f"sqlite:///{data / 'catalogue.db'}"), Database(server.url())
    before, spent, begun = memory(_ALL), processor(_ALL), time.perf_counter()
    transfer(source, target)
    copied = {
        "copying and comparing, s": time.perf_counter() - begun,
        "copying and comparing, s of processor": processor(_ALL) - spent,
    }
    server.execute("CHECKPOINT")
    with target.read() as tx:
        size = tx.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0
    found = _of_catalogue(target)
    copied["memory, MB"] = memory(_ALL) - before
    source.close()
    target.close()
    return {"disk, MB": size / 1e6, **copied, **found}


def _of_catalogue(database: Database) -> Figures:
    with database.read() as tx:
        total = tx.scalar(sa.select(sa.func.count()).select_from(passage)) or 0
        step = max(1, total // (LOADS * AT_ONCE))
        # From all over the collection, in the order of their hashes.
        spread = sa.select(passage.c.id).where(passage.c.key % step == 0).order_by(passage.c.id)
        ids = list(tx.scalars(spread.limit(LOADS * AT_ONCE)))
    catalogue = Catalogue(database)
    return _times(
        f"loading {AT_ONCE} passages",
        LOADS,
        lambda at: catalogue.passages(ids[at * AT_ONCE :][:AT_ONCE]),
    )


def _of_index(settings: Settings, folder: Path, *servers: int) -> Figures:
    embedder = Embedder()
    questions = json.loads((settings.data / QUESTIONS).read_text())
    vectors = embedder.embed(questions).tolist()
    database = Database(settings.database_url)
    catalogue = Catalogue(database)
    before = memory(_ALL)
    found = _filling(settings, servers)
    index = open_index(settings, catalogue, database, embedder.dimension)
    if index.generation != catalogue.generation():
        raise RuntimeError(f"the index is at {index.generation}: {index.trouble}")
    for name, count, work in _searches(index, questions, vectors):
        found |= _times(name, count, work)
    found["memory, MB"] = memory(_ALL) - before
    found["disk, MB"] = sum(file.stat().st_size for file in _files(folder)) / 1e6
    index.close()
    database.close()
    return found


def fill(data: Path, vectors: str) -> Figures:
    """Fill an index, and return what that took of this process."""
    settings = Settings(data=data, vectors=vectors, vectors_seconds=60.0)
    dimension = Embedder().dimension
    database = Database(settings.database_url)
    begun, spent = time.perf_counter(), time.process_time()
    index = open_index(settings, Catalogue(database), database, dimension)
    index.save()
    found = {
        "filling, s": time.perf_counter() - begun,
        "filling, s of processor": time.process_time() - spent,
    }
    index.close()
    database.close()
    return found


def _filling(settings: Settings, servers: Sequence[int]) -> Figures:
    """Fill in another process, so that what filling leaves in memory is not the index's."""
    command = [sys.executable, "-m", "eval.capacity_store", "fill", str(settings.data)]
    spent = processor(servers)
    done = subprocess.run(  # noqa: S603  our own command
        [*command, settings.vectors], stdout=subprocess.PIPE, text=True, check=True
    )
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    found["filling, s of processor"] += processor(servers) - spent
    return found


def _searches(
    index: PassageIndex, questions: Sequence[str], vectors: Sequence[list[float]]
) -> Iterator[tuple[str, int, Callable[[int], object]]]:
    """Yield what is timed; what is made at the first search is made before."""
    words = list(dict.fromkeys(term for question in questions for term in terms(question)))

    def by_vector(at: int) -> object:
        asked = VectorStoreQuery(query_embedding=vectors[at], similarity_top_k=DEPTH)
        return index.vectors.query(asked)

    def by_words(at: int) -> object:
        return index.words.search(questions[at], Filters(), DEPTH)

    for name, work in (("vectors", by_vector), ("words", by_words)):
        work(0)
        yield name, len(questions), work
    yield (
        "counting a word",
        min(COUNTS, len(words)),
        lambda at: index.words.document_frequency(words[at]),
    )


def _times(name: str, count: int, work: Callable[[int], object]) -> Figures:
    taken, spent = [], processor(_ALL)
    for at in range(count):
        begun = time.perf_counter()
        work(at)
        taken.append(time.perf_counter() - begun)
    p50, p95 = np.percentile(taken, (50, 95)) * 1000
    return {
        f"{name}, p50 ms": float(p50),
        f"{name}, p95 ms": float(p95),
        # On a machine that others use, the processor's own time is what can be compared.
        f"{name}, ms of processor": (processor(_ALL) - spent) / count * 1000,
    }


def _files(folder: Path) -> list[Path]:
    # Working copies are second names for the snapshot's files.
    return [
        file
        for file in folder.rglob("*")
        if file.is_file() and not any(part.startswith("live-") for part in file.parts)
    ]


@contextmanager
def _postgresql() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="dateline-capacity-"))
    server = Server(folder, ())
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    what, where, *more = sys.argv[1:]
    print(json.dumps(fill(Path(where), *more) if what == "fill" else measure(what, Path(where))))
