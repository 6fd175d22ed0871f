"""From the name of a suite to a run on disk, with a progress bar."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eval.adapters import load_suite
from eval.collection import RUNS, ingest_report, open_collection
from eval.errors import RunError
from eval.folder import RunFolder
from eval.run import run
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
    suite = load_suite(name_of_suite, data)
    if server and suite.task != "ask":
        raise RunError(
            f"{suite.name} asks to {suite.task}, which the HTTP API does not do.",
            remedy="Run it without --server.",
        )
    suite = (suite.held_out() if dev else suite).sample(limit)
    if not suite.cases:
        raise RunError(f"No case of {name_of_suite} is left to ask.")
    opened: list[Dateline] = []

    def collection() -> Dateline:
        opened.append(_ingest(suite, root, settings))
        return opened[0]

    system: Base = Server(server) if server else choose(name, suite, collection)
    ingest = ingest_report(opened[0]) if opened else None
    try:
        if upload and isinstance(system, Server):
            ingest = system.upload(suite)
        with _bar() as bar:
            task = bar.add_task("ask", total=len(suite.cases))
            return run(
                suite,
                system,
                RunFolder(out),
                jobs=jobs,
                progress=lambda done: bar.advance(task, done),
                ingest=ingest,
            )
    finally:
        system.close()


def _ingest(suite: Suite, root: Path, settings: dict[str, object]) -> Dateline:
    with _bar() as bar:
        task = bar.add_task("ingest", total=len(suite.articles))
        return open_collection(suite, settings, root, lambda _: bar.advance(task))


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
