"""Time this build on this machine: `python -m eval.bench`, `make bench`.

Start, ingest, asking in the process and over HTTP, memory at rest; and llama-index's own ingestion
of the same articles beside ours, in one run, because only a ratio survives a change of machine.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

import click
import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from eval.adapters.gold import SEEDS, load
from eval.origin import commit, machine, versions
from eval.suite import Suite
from rag.config import load_settings
from rag.dateline import Dateline

REQUESTS = 100
START_SECONDS = 120
COPIES = 20
"""Each seed is ingested so many times under other words, so that the rate is not noise."""


class Timing(NamedTuple):
    """One line of the table."""

    what: str
    value: float
    unit: str


@click.command()
@click.option("--requests", default=REQUESTS, show_default=True, help="Questions asked each way.")
@click.option("--no-http", is_flag=True, help="Do not start a server.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def main(requests: int, no_http: bool, as_json: bool) -> None:
    """Time start-up, ingest and ask; prints a table."""
    found = measure(requests, http=not no_http)
    if as_json:
        rows = [item._asdict() for item in found]
        about = {"commit": commit(), "versions": versions(), "machine": machine()}
        click.echo(json.dumps({**about, "timings": rows}, indent=1))
        return
    table = Table(title=f"{machine()['cpus']} processors, load {machine()['load']:.1f}")
    table.add_column("what")
    table.add_column("", justify="right")
    for item in found:
        table.add_row(item.what, f"{item.value:,.2f} {item.unit}")
    Console().print(table)


def measure(requests: int = REQUESTS, *, http: bool = True, copies: int = COPIES) -> list[Timing]:
    """Return every timing, in a folder of its own that is removed afterwards."""
    suite = load(Path())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            *_start(folder / "data"),
            *_ingest(folder, suite, copies),
            *_ask(folder / "data", suite, requests),
            *(_http(folder / "data", suite, requests) if http else ()),
        ]


def _start(folder: Path) -> list[Timing]:
    """Ingest the seeds, then time what a new process needs until it can answer."""
    dateline = Dateline(load_settings(data=folder))
    took = _timed(lambda: dateline.ingest([SEEDS]))
    dateline.close()
    code = (
        "import sys,time;t=time.perf_counter();from pathlib import Path;"
        "from rag.config import load_settings;from rag.dateline import Dateline;"
        "d=Dateline(load_settings(data=Path(sys.argv[1])));d.warm();"
        "print(time.perf_counter()-t);d.close()"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    return [
        Timing("first ingest of the seeds, models loaded in it", took, "s"),
        Timing("open and warm, in a new process", float(done.stdout), "s"),
    ]


def _ingest(folder: Path, suite: Suite, copies: int) -> list[Timing]:
    """Time our ingest and llama-index's of the same articles, the models warm for both."""
    from eval.systems.llama_index import ingest

    many = [
        replace(item, name=None, id=f"{item.name}-{at}", text=f"Copy {at}.\n{item.text}\nEnd {at}.")
        for at in range(copies)
        for item in suite.articles
    ]
    dateline = Dateline(load_settings(data=folder / "ours"))
    dateline.warm()
    ours = _timed(lambda: dateline.add(many))
    mine = dateline.catalogue.counts()["passages"]
    stored: list[int] = []
    rows = [(str(item.id), item.text) for item in many]
    theirs = _timed(lambda: stored.append(ingest(dateline, rows)))
    dateline.close()
    shutil.rmtree(folder / "ours")
    return [
        Timing("ingest", len(many) / ours, "articles/s"),
        Timing("ingest, llama-index's pipeline", len(many) / theirs, "articles/s"),
        Timing("ingest, our rate over theirs", theirs / ours, "x"),
        Timing("passages embedded", mine / ours, "passages/s"),
        # Its default passage is four times as long, of which the embedder reads a quarter.
        Timing("passages embedded, llama-index's pipeline", stored[0] / theirs, "passages/s"),
    ]


def _ask(folder: Path, suite: Suite, requests: int) -> list[Timing]:
    dateline = Dateline(load_settings(data=folder))
    dateline.warm()
    spent = [
        _timed(lambda question=question: dateline.ask(question))  # type: ignore[misc]
        for question in _questions(suite, requests)
    ]
    dateline.close()
    return _percentiles("ask, in the process", spent)


def _http(folder: Path, suite: Suite, requests: int) -> list[Timing]:
    """Time the same questions against a server of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    dateline = str(Path(sys.executable).with_name("dateline"))
    command = [dateline, "--data", str(folder), "serve", "--port", str(port)]
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                _until_ready(client, server)
                ready = time.perf_counter() - begun
                spent = [
                    _timed(lambda body=question: _post(client, body))  # type: ignore[misc]
                    for question in _questions(suite, requests)
                ]
            memory = _resident(server.pid)
        finally:
            server.terminate()
            server.wait(timeout=30)
    return [
        Timing("server ready", ready, "s"),
        *_percentiles("ask, over HTTP", spent),
        *([Timing("server's memory at rest", memory, "MB")] if memory else ()),
    ]


def _until_ready(client: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    deadline = time.perf_counter() + START_SECONDS
    while time.perf_counter() < deadline and server.poll() is None:
        try:
            if client.get("/readyz").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise click.ClickException("The server did not become ready.")


def _post(client: httpx.Client, question: str) -> Any:
    return client.post("/v1/ask", json={"question": question}).raise_for_status()


def _resident(pid: int) -> float | None:
    """Return a process's resident memory in MB, where the system tells."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("VmRSS")), "0")
    return int(kilobytes) / 1024


def _questions(suite: Suite, requests: int) -> list[str]:
    return list(islice(cycle(case.question for case in suite.cases), requests))


def _percentiles(what: str, spent: Sequence[float]) -> list[Timing]:
    p50, p95 = np.percentile(spent, (50, 95)) * 1000
    return [Timing(f"{what}, p50", float(p50), "ms"), Timing(f"{what}, p95", float(p95), "ms")]


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
