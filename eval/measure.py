"""From the name of a suite to a run on disk, with a progress bar."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eval.adapters import load_suite
from eval.basis import basis
from eval.collection import RUNS, ingest_report, open_collection
from eval.errors import RunError
from eval.folder import RunFolder
from eval.run import run
from eval.stages import Row, measure_stages
from eval.suite import Suite
from eval.systems.choose import choose
from eval.systems.server import Server
from eval.systems.system import Base
from rag.dateline import Dateline


def measure(
    name_of_suite: str,
    data: Path,
    out: Path,
    *,
    name: str = "dateline",
    server: str | None = None,
    upload: bool = False,
    jobs: int = 1,
    limit: int | None = None,
    dev: bool = False,
    root: Path = RUNS,
    **settings: object,
) -> RunFolder:
    """Run a suite and return the folder; ``settings`` are Dateline's.

    Raises RunError for a suite that the system or the server cannot be asked.
    """
    suite = prepared(name_of_suite, data, limit=limit, dev=dev)
    if server and suite.task != "ask":
        raise RunError(
            f"{suite.name} asks to {suite.task}, which the HTTP API does not do.",
            remedy="Run it without --server.",
        )
    if server:
        return _ask_server(suite, Server(server), out, jobs, upload=upload)
    return measure_suite(suite, out, name=name, jobs=jobs, root=root, **settings)


def prepared(name_of_suite: str, data: Path, *, limit: int | None, dev: bool) -> Suite:
    """Read a suite and keep the part of it that is asked; raises RunError where none is left."""
    suite = load_suite(name_of_suite, data).part(dev=dev, limit=limit)
    if not suite.cases:
        raise RunError(f"No case of {name_of_suite} is left to ask.")
    return suite


def measure_suite(
    suite: Suite,
    out: Path,
    *,
    name: str = "dateline",
    jobs: int = 1,
    root: Path = RUNS,
    **settings: object,
) -> RunFolder:
    """Ask a system in this process every case of the suite; raises RunError."""
    opened: list[Dateline] = []

    def collection() -> Dateline:
        opened.append(ingested(suite, root, **settings))
        return opened[0]

    system: Base = choose(name, suite, collection)
    ingest = ingest_report(opened[0]) if opened else None
    try:
        found = basis(name, suite.task, lambda: ingest or {}, **settings)
        return _with_bar(suite, system, out, jobs, ingest, found)
    finally:
        system.close()


def staged(suite: Suite, out: Path, root: Path = RUNS, **settings: object) -> list[Row]:
    """Ask every stage of an answer each case; raises RunError where the suite asks no questions."""
    if suite.task != "ask":
        raise RunError(
            f"{suite.name} asks to {suite.task}, and the stages are those of an answer.",
            remedy="Take a suite of questions.",
        )
    dateline = ingested(suite, root, **settings)
    try:
        with _bar() as bar:
            task = bar.add_task("ask", total=len(suite.cases))
            return measure_stages(suite, dateline, out, lambda done: bar.advance(task, done))
    finally:
        dateline.close()


def ingested(suite: Suite, root: Path = RUNS, **settings: object) -> Dateline:
    """Open the collection of a suite's articles, which are ingested at the first time."""
    with _bar() as bar:
        task = bar.add_task("ingest", total=len(suite.articles))
        return open_collection(suite, settings, root, lambda _: bar.advance(task))


def _ask_server(suite: Suite, server: Server, out: Path, jobs: int, *, upload: bool) -> RunFolder:
    try:
        ingest = server.upload(suite) if upload else None
        return _with_bar(suite, server, out, jobs, ingest, {})
    finally:
        server.close()


def _with_bar(
    suite: Suite,
    system: Base,
    out: Path,
    jobs: int,
    ingest: dict[str, Any] | None,
    found: Mapping[str, str],
) -> RunFolder:
    with _bar() as bar:
        task = bar.add_task("ask", total=len(suite.cases))
        return run(
            suite,
            system,
            RunFolder(out),
            jobs=jobs,
            progress=lambda done: bar.advance(task, done),
            ingest=ingest,
            basis=found,
        )


def _bar() -> Progress:
    """Make a bar on standard error, so that what is printed stays clean."""
    return Progress(
        TextColumn("{task.description:>6}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
