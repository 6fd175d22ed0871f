"""Ingest an archive for real and watch memory and rate: `python -m eval.bench_ingest FILE FOLDER`.

FILE is anything that `dateline ingest` reads, FOLDER a data folder that is made. Each row is taken
after so many articles; what must not grow is the memory that belongs to the process alone.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from eval.origin import commit, machine, versions
from rag.config import load_settings
from rag.dateline import Dateline
from rag.errors import InputError
from rag.ingest import load
from rag.ingesting import FeedMemory
from rag.models.embedder import Embedder, Vectors
from rag.types import Refused, Source, Stored

MB = 1 << 20


class Row(NamedTuple):
    """What was seen after so many articles."""

    articles: int
    passages: int
    refused: int
    rate: float
    """Articles a second since the row before."""
    work: float
    """Articles a second of processor time since the row before."""
    own: float
    """MB of memory that is this process's alone (anonymous)."""
    mapped: float
    """MB of mapped files: shared, and given back when others need it."""
    peak: float
    """MB, the most that was ever resident."""
    disk: float
    """MB of the data folder."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--count", default=5_000, show_default=True, help="Articles that are ingested.")
@click.option("--every", default=500, show_default=True, help="Articles between two rows.")
@click.option("--drawn", is_flag=True, help="Draw the vectors, to leave the model out of it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def main(file: Path, folder: Path, count: int, every: int, drawn: bool, as_json: bool) -> None:
    """Ingest the first articles of FILE into FOLDER and print rate and memory on the way."""
    rows = list(watched(file, folder, count, every, drawn=drawn, quiet=as_json))
    if as_json:
        about = {"commit": commit(), "versions": versions(), "machine": machine()}
        click.echo(json.dumps({**about, "rows": [row._asdict() for row in rows]}, indent=1))
        return
    table = Table(title=f"{machine()['cpus']} processors, load {machine()['load']:.1f}")
    for name in ("articles", "passages", "refused", "a second", "of work", "own MB", "mapped",
                 "peak", "on disk"):  # fmt: skip
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*(f"{value:,.0f}" for value in row[:3]), f"{row.rate:.1f}",
                      f"{row.work:.1f}", *(f"{value:,.0f}" for value in row[5:]))  # fmt: skip
    Console().print(table)


class _Drawn(Embedder):
    """Unit vectors drawn at random: what the rest takes without the model."""

    def __init__(self) -> None:
        super().__init__()
        self._random = np.random.default_rng(0)

    def warm(self) -> None:
        """Nothing to load."""

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Return a vector for each text, (n, dimension) float32."""
        del progress
        shape = len(texts), self.dimension
        vectors = self._random.standard_normal(shape, dtype=np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def watched(
    file: Path, folder: Path, count: int, every: int, *, drawn: bool, quiet: bool
) -> Iterator[Row]:
    """Ingest and yield a row after every so many articles and at the end."""
    dateline = Dateline(load_settings(data=folder))
    if drawn:
        dateline.ingesting.embedder = _Drawn()
    dateline.ingesting.embedder.warm()
    options = dateline.ingesting.options(FeedMemory(dateline.ingesting.feeds))
    sources: Iterator[Source | InputError] = islice(load.sources(file, options), count)
    done = refused = last = 0
    begun, worked = time.perf_counter(), time.process_time()

    def row() -> Row:
        seconds, work = time.perf_counter() - begun, time.process_time() - worked
        own, mapped = memory()
        return Row(
            done, dateline.catalogue.counts()["passages"], refused, (done - last) / seconds,
            (done - last) / work, own, mapped,
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MB,
        )  # fmt: skip

    for outcome in dateline.ingesting.run(sources):
        done += isinstance(outcome, Stored)
        refused += isinstance(outcome, Refused)
        if isinstance(outcome, Stored) and done % every == 0:
            found = row()
            if not quiet:
                click.echo(f"{found.articles:,} articles, {found.own:,.0f} MB", err=True)
            yield found
            begun, worked, last = time.perf_counter(), time.process_time(), done
    if done != last:
        yield row()
    dateline.close()


def memory() -> tuple[float, float]:
    """Return this process's anonymous memory and its mapped files in MB; Linux alone tells."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    found = {name: value for name, _, value in (line.partition(":") for line in lines)}
    own, mapped = (int(found[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))
    return own, mapped


if __name__ == "__main__":
    main()
