"""Is a catalogue that a Ray cluster made that of one machine: `python -m eval.bulk FILE FOLDER`.

FILE is of JSON Lines, packed or not; its first articles are written into several files in FOLDER,
ingested there by one process, and by Ray on nodes of this machine. That ingest is killed halfway
and begun again. Then every row of both catalogues is compared, with its keys and generations. Only
the moments of storing may differ, and the last bits of vectors: what a matrix product in bfloat16
rounds to depends in rare cases on the other texts of a batch.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import click
import numpy as np
import sqlalchemy as sa

from rag.store.database import Database
from rag.store.rows import Vectors, vector_of
from rag.store.schema import article, article_version, band, passage, removal, tombstone

TABLES = (article, article_version, passage, band, removal, tombstone)
WHEN = ("ingested_at", "changed_at")
"""Columns that say when this machine did something."""
ALIKE = 0.9999
"""Least cosine of two vectors of one text."""
PART = 250
"""Articles in a file."""
_POLL = 0.1


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--count", default=2_000, show_default=True, help="Articles that are ingested.")
@click.option("--nodes", default=2, show_default=True, help="Ray nodes, a core each.")
def main(file: Path, folder: Path, count: int, nodes: int) -> None:
    """Print JSON: how long each took, and whether the catalogues are equal; exit code 1 if not."""
    articles = folder / "articles"
    written = cut(file, articles, count)
    found: dict[str, Any] = {"articles written": written, "nodes": nodes}
    found["one process, s"] = timed(ingesting(folder / "single", articles))
    with cluster(nodes) as address:
        first = ingesting(folder / "ray", articles, address)
        found["killed after, s"], found["articles when killed"] = killed(
            first, folder / "ray", written // 2
        )
        found["again, s"] = timed(ingesting(folder / "ray", articles, address))
    one, other = (digests(folder / name) for name in ("single", "ray"))
    found["rows"] = {name: rows for name, (rows, _) in one.items()}
    found["different tables"] = [name for name in one if one[name] != other[name]]
    different, least = vectors(folder / "single", folder / "ray")
    found["vectors with other bits"], found["least cosine"] = different, least
    click.echo(json.dumps(found, indent=1))
    sys.exit(1 if found["different tables"] or least < ALIKE else 0)


def cut(file: Path, folder: Path, count: int) -> int:
    """Write the first articles of a file into several; returns how many there are."""
    folder.mkdir(parents=True)
    opened = gzip.open if file.suffix == ".gz" else open
    written = 0
    with opened(file, "rt", encoding="utf-8") as lines:
        kept = islice(lines, count)
        while part := list(islice(kept, PART)):
            (folder / f"{written:06}.jsonl").write_text("".join(part), encoding="utf-8")
            written += len(part)
    return written


def ingesting(data: Path, articles: Path, address: str | None = None) -> subprocess.Popen[bytes]:
    """Start to ingest a folder."""
    ray = () if address is None else ("--ray", address)
    command = [sys.executable, "-m", "rag", "--data", str(data), "ingest", str(articles), *ray]
    # Its report is long, and a refusal among the articles is no failure.
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  our own command


def timed(process: subprocess.Popen[bytes]) -> float:
    """Wait for the end; returns the seconds. Raises ClickException where it failed."""
    begun = time.monotonic()
    if process.wait() not in (0, 4):
        raise click.ClickException(f"{process.args!r} ended with {process.returncode}")
    return round(time.monotonic() - begun, 1)


def killed(process: subprocess.Popen[bytes], data: Path, many: int) -> tuple[float, int]:
    """Kill an ingest once so many articles are stored; returns seconds, and how many there are."""
    begun = time.monotonic()
    while process.poll() is None and _count(data) < many:
        time.sleep(_POLL)
    if process.poll() is not None:
        raise click.ClickException(f"{process.args!r} ended before it was killed")
    process.send_signal(signal.SIGKILL)
    process.wait()
    return round(time.monotonic() - begun, 1), _count(data)


def digests(data: Path) -> dict[str, tuple[int, str]]:
    """Return the rows and a checksum of each table that articles are stored in, vectors apart."""
    database = Database(f"sqlite:///{data / 'catalogue.db'}")
    try:
        return {table.name: _digest(database, table) for table in TABLES}
    finally:
        database.close()


def vectors(one: Path, other: Path) -> tuple[int, float]:
    """Return how many vectors differ in any bit, and the least cosine of two of one passage."""
    mine, theirs = (_vectors(data) for data in (one, other))
    cosines = np.einsum("nd,nd->n", mine, theirs)
    return int((mine != theirs).any(axis=1).sum()), float(cosines.min())


@contextmanager
def cluster(nodes: int) -> Iterator[str]:
    """Have a Ray cluster on this machine until the block ends; gives its address."""
    os.environ["RAY_AUTH_MODE"] = "disabled"
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        for _ in range(nodes - 1):
            made.add_node(num_cpus=1)
        yield made.address
    finally:
        made.shutdown()


def _count(data: Path) -> int:
    if not (data / "catalogue.db").exists():
        return 0
    # Its own connection: migrations are the ingest's business.
    engine = sa.create_engine(f"sqlite:///{data / 'catalogue.db'}")
    try:
        with engine.connect() as tx:
            return int(tx.scalar(sa.select(sa.func.count()).select_from(article)) or 0)
    except sa.exc.OperationalError:
        return 0
    finally:
        engine.dispose()


def _vectors(data: Path) -> Vectors:
    database = Database(f"sqlite:///{data / 'catalogue.db'}")
    try:
        with database.read() as tx:
            rows = tx.scalars(sa.select(passage.c.vector).order_by(passage.c.id)).all()
            return np.stack([vector_of(row) for row in rows])
    finally:
        database.close()


def _digest(database: Database, table: sa.Table) -> tuple[int, str]:
    columns = [column for column in table.columns if column.name not in (*WHEN, "vector")]
    digest, rows = hashlib.sha256(), 0
    with database.read() as tx:
        for row in tx.execute(sa.select(*columns).order_by(*table.primary_key.columns)):
            digest.update(repr(tuple(row)).encode())
            rows += 1
    return rows, digest.hexdigest()


if __name__ == "__main__":
    main()
