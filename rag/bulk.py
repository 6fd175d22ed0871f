"""Ingest on the machines of a Ray cluster: read, clean, cut and embed there, store here.

Ray Data streams batches of articles from readers, each with files of its own, through actors that
hold a model each. They come back in the order of the files, and this process stores them one after
the other with the functions of `rag.ingesting`. So the catalogue is that of a single machine,
whichever node did what, and only the machine of this process needs to reach it. Each batch that is
stored is a checkpoint: who begins again reads and cleans it again, and does not embed it.
"""

from __future__ import annotations

import logging
import os
import pickle
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.config import Settings
from rag.errors import InputError, PackageMissing, SettingsError, SourceUnsupported, StoreError
from rag.ingest import load
from rag.ingest.options import Options
from rag.ingest.urls import is_url
from rag.ingesting import Ingesting, Progress
from rag.models.embedder import Embedder, Vectors
from rag.preparing import (
    BATCH,
    Cleaned,
    Prepared,
    cleaned,
    id_of,
    known,
    parted,
    prepared,
    refusal,
    renamed,
)
from rag.types import IngestReport, Refused, Source, Stored

if TYPE_CHECKING:
    from ray.data import Dataset

log = logging.getLogger("dateline.ingest")

Made = Stored | Refused | tuple[Prepared, Vectors]
"""What a node makes of an article: what became of it, or all that is stored of it."""
Row = dict[str, Any]
HERE = "local"
UNIT = 4_000_000
"""Bytes of files that are read by one task; a larger file is read by one task as well."""
_REACHED = 10.0
"""Seconds in which the head of a cluster has to take a connection."""
_READS, _EMBEDS = 0.1, 0.9  # parts of a core: each has a reader and a model


def ingest(
    ingesting: Ingesting,
    targets: Iterable[str | Path],
    cluster: str,
    progress: Progress = lambda _: None,
    mapping: dict[str, str] | None = None,
) -> IngestReport:
    """Store the articles of files, folders and archives that all nodes of a cluster can read.

    ``cluster`` is the address of its head, `auto` for the one that this machine is a node of, or
    `local` for one of this machine's cores alone, which ends with the ingest. Files are to have the
    same paths on every node, and the nodes the same version of Dateline.

    Raises what `Ingesting.ingest` does, SourceUnsupported for a web address, and SettingsError
    without Ray or a cluster.
    """
    units = list(_units(targets))
    with _joined(cluster):
        stored: list[Stored] = []
        refused: list[Refused] = []
        for outcome in _run(ingesting, units, mapping):
            if isinstance(outcome, Stored):
                stored.append(outcome)
            else:
                refused.append(outcome)
            progress(outcome.origin)
    return IngestReport(stored=tuple(stored), refused=tuple(refused))


def _run(
    ingesting: Ingesting, units: Sequence[Sequence[Path]], mapping: dict[str, str] | None
) -> Iterator[Stored | Refused]:
    try:
        for row in _made(ingesting.settings, units, mapping).iter_rows():
            yield from _stored(ingesting, pickle.loads(row["made"]))  # noqa: S301  by our actors
    finally:
        # Also after a failure: what is stored can be found.
        try:
            ingesting.index.refresh()
        except StoreError as error:
            log.warning("the index is behind: %s", error)


def _stored(ingesting: Ingesting, made: Sequence[Made]) -> Iterator[Stored | Refused]:
    """Store what a node prepared; what is yielded is on the disk."""
    ready = [item for item in made if isinstance(item, tuple)]
    # Only now, one after the other, is it known which names are taken.
    placed = ((renamed(item, id_of(ingesting.catalogue, item)), vectors) for item, vectors in ready)
    if ready:
        yield from ingesting.store(placed)
    yield from (item for item in made if not isinstance(item, tuple))


def _made(
    settings: Settings, units: Sequence[Sequence[Path]], mapping: dict[str, str] | None
) -> Dataset:
    """Return the rows that nodes make of files: a batch of articles each, in order."""
    import ray
    from ray.data import ActorPoolStrategy, DataContext
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    context = DataContext.get_current()
    context.execution_options.preserve_order = True
    # A batch is a block of its own, so that all nodes have some of the same file.
    context.target_max_block_size = 1
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    mine = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    asked = ray.remote(num_cpus=0)(_Asked)
    knows = asked.options(scheduling_strategy=mine).remote(settings.database_url)
    cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
    rows = [{"files": [str(path) for path in unit]} for unit in units]
    return (
        ray.data.from_items(rows, override_num_blocks=len(rows))
        .map_batches(
            _read,
            batch_size=1,
            fn_args=(Options.of(settings, mapping=mapping),),
            num_cpus=_READS,
        )
        .map(
            _Preparing,
            fn_constructor_args=(settings, knows),
            compute=ActorPoolStrategy(min_size=1, max_size=cores),
            num_cpus=_EMBEDS,
        )
    )


def _read(row: Row, options: Options) -> Iterator[Row]:
    """Read files into batches of articles."""
    items = (item for name in row["files"][0] for item in load.sources(Path(name), options))
    while batch := list(islice(items, BATCH)):
        told = [refusal(item) if isinstance(item, InputError) else item for item in batch]
        yield {"items": [pickle.dumps(told)]}


@contextmanager
def _joined(cluster: str) -> Iterator[None]:
    """Be a part of a cluster until the block ends; raises SettingsError where there is none."""
    if find_spec("ray") is None:
        raise PackageMissing(
            "Ray is not installed.",
            remedy="Run `pip install 'dateline[ray]'`, or leave `--ray` out.",
        )
    # Ray tells its makers what runs, unless it is told not to; whoever wants that can say 1.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    try:
        if cluster not in (HERE, "auto"):
            # Ray itself tries for two minutes.
            host, _, port = cluster.rpartition(":")
            socket.create_connection((host, int(port)), _REACHED).close()
        ray.init(
            address=None if cluster == HERE else cluster,
            include_dashboard=False if cluster == HERE else None,
            log_to_driver=False,
            logging_level=logging.WARNING,
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise SettingsError(
            f"There is no Ray cluster at {cluster}: {error}.",
            remedy="Start one with `ray start --head`, or use `--ray local`.",
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _units(targets: Iterable[str | Path]) -> Iterator[list[Path]]:
    """Yield the files that one task reads, in the order of the targets."""
    unit: list[Path] = []
    size = 0
    for target in targets:
        if isinstance(target, str) and is_url(target):
            raise SourceUnsupported(
                f"{target} is a web address, and many nodes would ask for it.",
                remedy="Ingest it without --ray.",
            )
        for path in load.walk(Path(target).absolute()):
            mine = path.stat().st_size if path.is_file() else 0
            if unit and size + mine > UNIT:
                yield unit
                unit, size = [], 0
            unit.append(path)
            size += mine
    if unit:
        yield unit


class _Asked:
    """Knows what is stored; runs where the catalogue can be reached."""

    def __init__(self, url: str) -> None:
        from rag.store.catalogue import Catalogue
        from rag.store.database import Database

        self._catalogue = Catalogue(Database(url))

    def known(self, items: Sequence[Cleaned]) -> list[Stored | None]:
        """Return what is stored of those that are there already unchanged."""
        return [known(self._catalogue, item) for item in items]


class _Preparing:
    """Cleans, cuts and embeds batches of articles with a model of its own."""

    def __init__(self, settings: Settings, asked: Any) -> None:
        self._most, self._asked = settings.max_article_chars, asked
        # Each core has an actor.
        self._embedder = Embedder(settings.embedder, settings.precision, threads=1)

    def __call__(self, row: Row) -> Row:
        """Return what becomes of each article of a batch."""
        items: list[Source | Refused] = pickle.loads(row["items"])  # noqa: S301  by `_read`
        made: list[Made] = []
        read: list[Cleaned] = []
        for item in items:
            one = cleaned(item, self._most) if isinstance(item, Source) else item
            if isinstance(one, Refused):
                made.append(one)
            else:
                read.append(one)
        new: list[Prepared] = []
        for readable, there in zip(read, self._known(read), strict=True):
            whole = there or prepared(readable, self._embedder.tokenise)
            if isinstance(whole, Prepared):
                new.append(whole)
            else:
                made.append(whole)
        vectors = self._embedder.embed([text for item in new for text in item.texts])
        made += zip(new, parted(new, vectors), strict=True)
        return {"made": pickle.dumps(made)}

    def _known(self, items: Sequence[Cleaned]) -> list[Stored | None]:
        import ray

        found: list[Stored | None] = ray.get(self._asked.known.remote(items))
        return found
