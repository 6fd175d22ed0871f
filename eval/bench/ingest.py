"""Ingest beside other programs: the same articles in one run, taking turns."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np

from eval.bench.timing import Timing, timed
from eval.bench.workload import write
from eval.folder import RunFolder
from eval.score import score
from eval.suite import Suite
from rag.config import load_settings
from rag.dateline import Dateline
from rag.models.embedder import Embedder, Vectors, default_path
from rag.preparing import embedded_text

PEERS = ("llama_index", "haystack", "txtai", "newsrag")
PEER_SECONDS = 3600
COMPARED = 400
"""Passages whose vectors are compared with float32."""


class Rate(NamedTuple):
    """What one program did in one turn."""

    articles: float
    """A second."""
    passages: float
    """A second."""
    work: float
    """Articles in a second of processor time, all threads together: what a busy machine spares."""
    search: float = 0.0
    """Milliseconds, the median of its questions; 0 where none was asked."""


def ours(suite: Suite, folder: Path) -> Rate:
    """Ingest into a new collection, the models warm."""
    dateline = Dateline(load_settings(data=folder))
    dateline.embedder.warm()
    begun = time.process_time()
    seconds = timed(lambda: dateline.add(suite.articles))
    work = time.process_time() - begun
    passages = dateline.catalogue.counts()["passages"]
    dateline.close()
    return Rate(len(suite.articles) / seconds, passages / seconds, len(suite.articles) / work)


class _Remembering(Embedder):
    """Gives vectors that were made before, so that everything but making them can be timed."""

    def __init__(self, known: Mapping[str, Vectors]) -> None:
        super().__init__()
        self._vectors = known

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Return one vector for each text; raises KeyError for one that nobody embedded."""
        made = np.stack([self._vectors[text] for text in texts])
        if progress is not None:
            progress(len(texts))
        return made


def without_the_model(suite: Suite, made: Path, folder: Path) -> list[Timing]:
    """Ingest what is in the collection ``made`` once more, with the vectors that are there."""
    before = Dateline(load_settings(data=made))
    known = {
        embedded_text(row.title, row.text): row.vector
        for part in before.catalogue.changes_in_parts(0)
        for row in part.added
    }
    before.close()
    dateline = Dateline(load_settings(data=folder))
    dateline.ingesting.embedder = _Remembering(known)
    dateline.add(suite.articles[:1])  # what is loaded at the first article
    rest = suite.articles[1:]
    begun = time.process_time()
    seconds = timed(lambda: dateline.add(rest))
    work = time.process_time() - begun
    dateline.close()
    return [
        Timing("ingest without the model", len(rest) / seconds, "articles/s"),
        Timing("ingest without the model, of processor time", len(rest) / work, "articles/s"),
    ]


def theirs(peer: str, suite: Suite, folder: Path) -> Rate:
    """Let a peer ingest and search, in a process and an environment of its own.

    Raises ClickException with what it said when it fails.
    """
    corpus, out = folder / "workload", folder / f"{peer}-run"
    write(suite, corpus)
    shutil.rmtree(out, ignore_errors=True)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", f"eval.peers.{peer}_peer", f"beir:{corpus}", "--out", str(out)],
        capture_output=True, text=True, check=False, timeout=PEER_SECONDS,
    )  # fmt: skip
    if done.returncode:
        raise click.ClickException(f"{peer} failed; --no-peers leaves it out.\n{done.stderr}")
    return rate_of(RunFolder(out))


def rate_of(run: RunFolder) -> Rate:
    """Read what a peer did from the run that it left."""
    summary, _ = score(run)
    if summary.failed:
        raise click.ClickException(f"{run.path}: {summary.failed} questions failed.")
    ingest = summary.info["ingest"]
    seconds = ingest["seconds"]
    median = next(item.p50 for item in summary.latency if item.stage == "question to answer")
    work = ingest["articles"] / ingest["processor_seconds"]
    return Rate(ingest["articles"] / seconds, ingest["passages"] / seconds, work, median)


def take_turns(
    suite: Suite, folder: Path, peers: Sequence[str], rounds: int
) -> tuple[list[Rate], dict[str, list[Rate]]]:
    """Ingest by ourselves and by each peer, ``rounds`` times in turn.

    Our first collection stays in ``folder / "data"``.
    """
    mine: list[Rate] = []
    others: dict[str, list[Rate]] = {peer: [] for peer in peers}
    for turn in range(rounds):
        mine.append(ours(suite, folder / ("data" if not turn else f"data-{turn}")))
        for peer in peers:
            others[peer].append(theirs(peer, suite, folder))
    return mine, others


def rates(mine: Sequence[Rate], others: Mapping[str, Sequence[Rate]]) -> list[Timing]:
    """Write the rates and how many times theirs ours is: the median over the turns."""
    lines = [
        Timing("ingest", _median([r.articles for r in mine]), "articles/s"),
        Timing("passages embedded", _median([r.passages for r in mine]), "passages/s"),
    ]
    for peer, found in others.items():
        turns = list(zip(mine, found, strict=True))
        lines += [
            Timing(f"ingest, {peer}", _median([r.articles for r in found]), "articles/s"),
            Timing(f"passages embedded, {peer}", _median([r.passages for r in found]),
                   "passages/s"),
            Timing(f"ingest, ours over {peer}'s", _median([m.articles / t.articles
                                                           for m, t in turns]), "x"),
            Timing(f"ingest, ours over {peer}'s, by processor time",
                   _median([m.work / t.work for m, t in turns]), "x"),
        ]  # fmt: skip
    return lines


def agreement(folder: Path) -> list[Timing]:
    """Compare stored vectors with what sentence-transformers itself gives in float32: cosines."""
    from sentence_transformers import SentenceTransformer

    dateline = Dateline(load_settings(data=folder))
    rows = dateline.catalogue.changes(0).added
    dateline.close()
    rows = rows[:: max(1, len(rows) // COMPARED)]
    model = SentenceTransformer(
        str(default_path()), device="cpu", local_files_only=True,
        model_kwargs={"dtype": "float32"},
    )  # fmt: skip
    exact = model.encode([embedded_text(row.title, row.text) for row in rows], batch_size=32,
                         normalize_embeddings=True, show_progress_bar=False)  # fmt: skip
    stored = np.stack([row.vector for row in rows])
    # Rounded to sixteen bits, a stored vector is a thousandth longer or shorter than one.
    stored /= np.linalg.norm(stored, axis=1, keepdims=True)
    cosines = np.sum(stored * exact, axis=1)
    return [
        Timing("cosine of stored vectors to float32, lowest", float(cosines.min()), ""),
        Timing("cosine of stored vectors to float32, mean", float(cosines.mean()), ""),
    ]


def _median(values: Sequence[float]) -> float:
    return float(statistics.median(values))
