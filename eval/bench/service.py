"""How long until it answers, and what asking takes, in the process and over HTTP."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click
import httpx

from eval.adapters.gold import SEEDS
from eval.bench.timing import Timing, each, percentiles, timed
from rag.config import load_settings
from rag.dateline import Dateline

START_SECONDS = 120
_OPEN = (
    "import sys,time;t=time.perf_counter();from pathlib import Path;"
    "from rag.config import load_settings;from rag.dateline import Dateline;"
    "d=Dateline(load_settings(data=Path(sys.argv[1])));d.warm();"
    "print(time.perf_counter()-t);d.close()"
)


def start(folder: Path) -> list[Timing]:
    """Ingest the seeds, then time what a new process needs until it can answer."""
    dateline = Dateline(load_settings(data=folder, cached_answers=0))
    took = timed(lambda: dateline.ingest([SEEDS]))
    dateline.close()
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _OPEN, str(folder)], capture_output=True, text=True, check=True
    )
    return [
        Timing("first ingest of the seeds, models loaded in it", took, "s"),
        Timing("open and warm, in a new process", float(done.stdout), "s"),
    ]


def ask(folder: Path, questions: Sequence[str]) -> list[Timing]:
    """Time searching and asking in this process, on a collection that is there."""
    dateline = Dateline(load_settings(data=folder, cached_answers=0))
    dateline.warm()
    dateline.search(questions[0])
    searched = each(dateline.search, questions)
    asked = each(dateline.ask, questions)
    dateline.close()
    return [
        *percentiles("search, in the process", searched),
        *percentiles("ask, in the process", asked),
    ]


def http(folder: Path, questions: Sequence[str]) -> list[Timing]:
    """Time the same questions against a server of its own, and its memory afterwards."""
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
                spent = each(
                    lambda question: client.post(
                        "/v1/ask", json={"question": question}
                    ).raise_for_status(),
                    questions,
                )
            memory = _resident(server.pid)
        finally:
            server.terminate()
            server.wait(timeout=30)
    return [
        Timing("server ready", ready, "s"),
        *percentiles("ask, over HTTP", spent),
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


def _resident(pid: int) -> float | None:
    """Return a process's resident memory in MB, where the system tells."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("VmRSS")), "0")
    return int(kilobytes) / 1024
