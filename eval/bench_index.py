"""Time the index as it grows: `python -m eval.bench_index --articles FILE --collection FOLDER`.

The texts are real; the vectors of articles that were not ingested for real are drawn from those
that were. Each size is a collection of its own, and the sizes take turns in one run, because only a
ratio survives a busy machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from eval import jsonl
from eval.bench_search import Figures
from eval.drawn import draw, likeness
from eval.origin import commit, machine, versions
from rag.errors import InputError
from rag.ingest import chunk, clean
from rag.models.embedder import Embedder
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.index import Index
from rag.store.segments import Vectors
from rag.types import Article, Source

Prepared = tuple[Article, list[tuple[int, int]]]


@click.command()
@click.option("--articles", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--collection", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--questions", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--folder", required=True, type=click.Path(path_type=Path), help="Made once, kept.")
@click.option("--sizes", default="30000,300000", show_default=True, help="Passages.")
@click.option("--rounds", default=3, show_default=True, help="Turns of each size.")
@click.option("--requests", default=100, show_default=True, help="Searches in each turn.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def main(
    articles: Path,
    collection: Path,
    questions: Path,
    folder: Path,
    sizes: str,
    rounds: int,
    requests: int,
    as_json: bool,
) -> None:
    """Make a collection of each size from ARTICLES, then time opening and searching them in turn.

    ``--collection`` is a data folder whose vectors were made by the embedder; the others are drawn
    from them. ``--questions`` has a JSON object with ``question`` in each line.
    """
    wanted = [int(size) for size in sizes.split(",")]
    real = vectors_of(collection)
    made = {
        size: make(folder / str(size), articles, real, size)
        for size in wanted
        if not (folder / str(size) / "catalogue.db").exists()
    }
    asked = list(islice(cycle(row["question"] for row in jsonl.values(questions)), requests))
    (folder / "questions.json").write_text(json.dumps(asked))
    turns: dict[int, list[Figures]] = {size: [] for size in wanted}
    for _ in range(rounds):
        for size in wanted:
            turns[size].append(measured(folder / str(size), folder / "questions.json"))
    figures = {size: middle(turns[size]) for size in wanted}
    if as_json:
        about = {"commit": commit(), "versions": versions(), "machine": machine()}
        found = {"likeness": likeness(real), "made": made, "figures": figures}
        click.echo(json.dumps({**about, **found}, indent=1))
        return
    table = Table(title=f"{machine()['cpus']} processors, load {machine()['load']:.1f}")
    for name in ("what", *(f"{size:,}" for size in wanted), "ratio"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for name in figures[wanted[0]]:
        values = [figures[size][name] for size in wanted]
        ratio = values[-1] / values[0] if values[0] else float("nan")
        table.add_row(name, *(f"{value:,.2f}" for value in values), f"{ratio:.2f}")
    Console().print(table)


def vectors_of(data: Path) -> Vectors:
    """Return the vectors of a collection's passages."""
    catalogue = Catalogue(Database(f"sqlite:///{data / 'catalogue.db'}"))
    rows = [row.vector for part in catalogue.changes_in_parts(0) for row in part.added]
    catalogue.close()
    return np.stack(rows)


def make(data: Path, articles: Path, real: Vectors, size: int) -> dict[str, float]:
    """Store so many passages in a new data folder and save its index; returns what it took."""
    catalogue = Catalogue(Database(f"sqlite:///{data / 'catalogue.db'}"))
    catalogue.claim_embedder(Embedder().fingerprint)
    begun = time.perf_counter()
    random, count = np.random.default_rng(size), 0
    for article, spans in prepared(articles):
        fitting = spans[: size - count]
        catalogue.put(article, article.id, fitting, draw(real, len(fitting), random))
        count += len(fitting)
        if count == size:
            break
    stored = time.perf_counter()
    index = Index(catalogue, real.shape[1], data / "index")
    caught_up = time.perf_counter()
    index.save()
    saved = time.perf_counter()
    index.close()
    catalogue.close()
    snapshot = sum(file.stat().st_size for file in (data / "index").rglob("*") if file.is_file())
    return {
        "store, s": stored - begun,
        "index without a snapshot, s": caught_up - stored,
        "snapshot, s": saved - caught_up,
        "snapshot, MB per 100,000": snapshot / 1e6 / size * 100_000,
    }


def prepared(articles: Path) -> Iterator[Prepared]:
    """Yield the articles, cut; then again, each mixed with the next, so that they never run out."""
    embedder = Embedder()
    last: str | None = None
    for turn in range(sys.maxsize):
        for row in jsonl.values(articles):
            text = row["text"] if turn == 0 or last is None else mixed(last, row["text"])
            last = row["text"]
            source = Source(
                text=text,
                origin=row["id"],
                id=f"{row['id']}.{turn}",
                title=row["title"],
                outlet=row["source"],
                published_at=datetime.fromisoformat(row["published_at"]).replace(tzinfo=UTC)
                if row["published_at"]
                else None,
            )
            try:
                article, spans = clean.clean(source, 10**6)
            except InputError:
                continue  # nothing but appeals or links: an ingest refuses it too
            yield article, chunk.chunk(article.text, spans, embedder.tokenise)


def mixed(one: str, other: str) -> str:
    """Return a text of the even paragraphs of one and the odd ones of another."""
    return "\n".join([*one.splitlines()[::2], *other.splitlines()[1::2]]) or other


def measured(data: Path, questions: Path) -> Figures:
    """Open a collection in a new process, search it, and return what that process measured."""
    command = [sys.executable, "-m", "eval.bench_search", str(data), str(questions)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise click.ClickException(done.stderr[-2_000:])
    figures: Figures = json.loads(done.stdout)
    return figures


def middle(turns: Sequence[Figures]) -> Figures:
    """Return the median of each figure over the turns."""
    return {name: float(np.median([turn[name] for turn in turns])) for name in turns[0]}


if __name__ == "__main__":
    main()
