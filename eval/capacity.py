"""Measure what passages cost on each store, fit a model to it, and say what it means for millions.

python -m eval.capacity --collection FOLDER --questions FILE --folder NEW --sizes 10000,30000 \
    --stores faiss,milvus

Each size is cut from one large collection. Each measurement is made in a process of its own, so
that memory is that of one store alone; Milvus is Milvus Lite in another.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path

import click
import sqlalchemy as sa

from eval import jsonl
from eval.capacity_store import QUESTIONS, STORES
from eval.fit import FORMS, LISTED, Figures, Fit, fitted
from eval.origin import commit, machine, versions
from rag.store.compact import EXACT_UP_TO
from rag.store.database import Database
from rag.store.schema import article, article_version, band, passage


@click.command()
@click.option("--collection", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--questions", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--folder", required=True, type=click.Path(path_type=Path), help="Made once, kept.")
@click.option("--sizes", default="10000,30000,100000", show_default=True, help="Passages.")
@click.option("--stores", default=",".join(STORES), show_default=True)
@click.option("--requests", default=200, show_default=True, help="Searches of each kind.")
def main(
    collection: Path, questions: Path, folder: Path, sizes: str, stores: str, requests: int
) -> None:
    """Print JSON: what each store of each size cost, and the model fitted to it."""
    wanted = [int(size) for size in sizes.split(",")]
    asked = list(islice(cycle(row["question"] for row in jsonl.values(questions)), requests))
    measured: dict[str, dict[int, Figures]] = {}
    for size in wanted:
        data = folder / str(size)
        if not (data / "catalogue.db").exists():
            cut(collection, data, size)
        (data / QUESTIONS).write_text(json.dumps(asked))
        for store in stores.split(","):
            click.echo(f"{store}, {size:,} passages", err=True)
            measured.setdefault(store, {})[size] = alone(store, data)
    click.echo(
        json.dumps(
            {
                "about": {"commit": commit(), "versions": versions(), "machine": machine()},
                "measured": measured,
                "fitted": {store: models(store, found) for store, found in measured.items()},
            },
            indent=1,
        )
    )


def cut(collection: Path, data: Path, size: int) -> None:
    """Copy a collection's catalogue and keep its first passages, as a catalogue of its own."""
    data.mkdir(parents=True)
    with (
        closing(sqlite3.connect(collection / "catalogue.db")) as source,
        closing(sqlite3.connect(data / "catalogue.db")) as target,
    ):
        source.backup(target)
    database = Database(f"sqlite:///{data / 'catalogue.db'}")
    kept = sa.select(passage.c.article_id)
    with database.write() as tx:
        last = tx.scalar(sa.select(passage.c.key).order_by(passage.c.key).offset(size - 1).limit(1))
        if last is None:
            raise click.ClickException(f"{collection} has fewer than {size:,} passages")
        tx.execute(passage.delete().where(passage.c.key > last))
        for table, name in ((band, "article_id"), (article_version, "article_id"), (article, "id")):
            tx.execute(table.delete().where(table.c[name].not_in(kept)))
    database.close()
    with closing(sqlite3.connect(data / "catalogue.db", isolation_level=None)) as file:
        file.execute("VACUUM")
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def alone(store: str, data: Path) -> Figures:
    """Measure a store in a new process; returns what that process printed."""
    command = [sys.executable, "-m", "eval.capacity_store", store, str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise click.ClickException(done.stderr[-2_000:])
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


def models(store: str, found: Mapping[int, Figures]) -> dict[str, Fit]:
    """Fit what grows with the number of passages, in the form that each is known to grow in."""
    made = dict[str, Fit]()
    for name, form in FORMS.items():
        points = [(size, figures[name]) for size, figures in found.items() if name in figures]
        if store == "faiss" and name == LISTED:
            points = [(size, cost) for size, cost in points if size > EXACT_UP_TO]
            form = "root"
        if store == "postgresql" and name == "memory, MB":
            continue  # it takes what `shared_buffers` gives it, however large the collection
        if any(cost for _, cost in points):
            made[name] = fitted(points, form)
    return made


if __name__ == "__main__":
    main()
