"""Kill what serves a collection, one after the other, under load: ``python -m eval.replicas``.

Starts a PostgreSQL, three servers and two workers on this machine, each with a data folder of its
own. Readers ask about the seeds and check every quotation against the article; writers store
articles, at once and by jobs. Then a server is killed, a worker, and the database is stopped, and
crashed. In the end every write that was acknowledged has to be there and every job done. Anything
else is printed and ends with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from eval.postgres import Server

SEEDS = Path(__file__).parent.parent / "seeds"
QUESTIONS = (
    "Why was Russia not on the US tariff list?",
    "What did Peskov say about the ceasefire?",
    "Who will travel with Witkoff?",
)
PATIENCE = 300.0


class Process:
    """A server or a worker with a data folder of its own."""

    def __init__(self, name: str, folder: Path, url: str, *command: str) -> None:
        self.name, self._folder, self._command = name, folder / name, command
        self._folder.mkdir()
        self._environment = {
            **os.environ,
            "DATELINE_DATABASE": url,
            "DATELINE_DATA": str(self._folder),
            "DATELINE_JOBS_HERE": "false",
            "DATELINE_THREADS": "1",
        }
        self.base = ""
        self.start()

    def start(self) -> None:
        """Start it, or start it again."""
        (self._folder / "server.json").unlink(missing_ok=True)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own command
                [sys.executable, "-m", "rag", *self._command],
                env=self._environment,
                cwd=Path(__file__).parent.parent,
                stdout=log,
                stderr=log,
            )

    def wait(self) -> None:
        """Wait until a server answers questions."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(OSError, ValueError, httpx.HTTPError):
                self.base = json.loads((self._folder / "server.json").read_text())["url"]
                if httpx.get(f"{self.base}/readyz", timeout=20).is_success:
                    return
            time.sleep(0.1)
        raise TimeoutError((self._folder / "log").read_text()[-2_000:])

    def end(self, how: signal.Signals) -> None:
        """Send a signal and wait for the end."""
        self._process.send_signal(how)
        self._process.wait(120)


@dataclass
class Load:
    """What readers and writers send, and what they got."""

    servers: Sequence[Process]
    texts: dict[str, str]
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    phase: str = "quiet"

    def count(self, outcome: str) -> None:
        """Count an outcome in the phase that is on."""
        with self.lock:
            self.outcomes[self.phase, outcome] += 1

    def send(self, server: Process, method: str, path: str, **more: Any) -> httpx.Response | None:
        """Send a request; None where it failed, which is counted with its code."""
        try:
            response = httpx.request(method, server.base + path, timeout=120, **more)
        except httpx.HTTPError as error:
            self.count(f"no connection ({type(error).__name__})")
            return None
        if response.is_success:
            self.count("done")
            return response
        code = "?"
        with suppress(ValueError, KeyError):
            code = response.json()["code"]
        self.count(f"{response.status_code} {code}")
        if response.status_code != 503 or code == "?":
            self.faults.append(f"{method} {path}: {response.status_code} {response.text[:200]}")
        return None

    def read(self, number: int) -> None:
        """Ask until told to stop; every quotation has to be where the citation says."""
        turn = number
        while not self.stopping.is_set():
            turn += 1
            server = self.servers[turn % len(self.servers)]
            question = QUESTIONS[turn % len(QUESTIONS)]
            found = self.send(server, "POST", "/v1/ask", json={"question": question})
            if found is None:
                time.sleep(0.2)
                continue
            for cited in found.json()["citations"]:
                text = self.texts.get(cited["article_id"])
                if text is None or text[cited["start"] : cited["end"]] != cited["quote"]:
                    self.faults.append(f"a wrong quotation: {cited}")

    def write(self, number: int) -> None:
        """Store articles until told to stop, every third one by a job."""
        turn = 0
        while not self.stopping.is_set():
            turn += 1
            server = self.servers[(turn + number) % len(self.servers)]
            name = f"w{number}-{turn}"
            record = {"id": name, "text": f"Bulletin {name} lists the tides of harbour {turn}."}
            if turn % 3:
                if self.send(server, "POST", "/v1/articles", json=record) is not None:
                    self.stored.append(name)
            elif (
                made := self.send(server, "POST", "/v1/articles/batch", json=[record])
            ) is not None:
                self.jobs.append(made.json()["id"])
                self.stored.append(name)
            time.sleep(0.2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 1 where something was lost or wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=6)
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--servers", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5, help="of load between two blows")
    given = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="dateline-replicas-"))
    folder.chmod(0o755)
    (folder / "postgres").mkdir()
    database = Server(folder / "postgres", ())
    running: list[Process] = []
    try:
        database.start()
        return run(given, folder, database, running)
    finally:
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.end(signal.SIGKILL)
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)


def run(given: argparse.Namespace, folder: Path, database: Server, running: list[Process]) -> int:
    """Start everything, strike, and say what came of it."""
    url = database.url()
    subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "rag", "--data", str(folder / "first"), "ingest", str(SEEDS)],
        env={**os.environ, "DATELINE_DATABASE": url},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    servers = []
    for number in range(given.servers):
        servers.append(Process(f"server-{number}", folder, url, "serve", "--port", "0"))
        running.append(servers[-1])
    workers = []
    for number in range(given.workers):
        workers.append(Process(f"worker-{number}", folder, url, "work"))
        running.append(workers[-1])
    for server in servers:
        server.wait()
    load = Load(servers, texts_of(servers[0]))
    threads = [
        threading.Thread(target=work, args=(number,), daemon=True)
        for work, many in ((load.read, given.readers), (load.write, given.writers))
        for number in range(many)
    ]
    for thread in threads:
        thread.start()
    rows = list[str]()

    def strike(phase: str, blow: Callable[[], None], whole: Sequence[Process]) -> None:
        """Do something, and time until these answer again."""
        load.phase = phase
        began = time.monotonic()
        blow()
        struck = time.monotonic()
        for server in whole:
            server.wait()
        rows.append(f"| {phase} | {struck - began:.1f} | {time.monotonic() - struck:.1f} |")
        time.sleep(given.seconds)

    def killed(process: Process) -> Callable[[], None]:
        def blow() -> None:
            process.end(signal.SIGKILL)
            process.start()

        return blow

    def away(how: signal.Signals) -> Callable[[], None]:
        def blow() -> None:
            database.stop(how)
            time.sleep(given.seconds)
            database.start()

        return blow

    time.sleep(given.seconds)
    for server in servers:
        strike(f"{server.name} killed", killed(server), [server])
    for worker in workers:
        strike(f"{worker.name} killed", killed(worker), servers)
    strike("database stopped", away(signal.SIGINT), servers)
    strike("database crashed", away(signal.SIGKILL), servers)
    load.stopping.set()
    for thread in threads:
        thread.join(PATIENCE)
    load.phase = "afterwards"
    verify(load)
    show(rows, load)
    return 1 if load.faults else 0


def texts_of(server: Process) -> dict[str, str]:
    """Read the articles' texts, by id."""
    items = httpx.get(f"{server.base}/v1/articles", timeout=60).json()["items"]
    return {
        item["id"]: httpx.get(f"{server.base}/v1/articles/{item['id']}", timeout=60).json()["text"]
        for item in items
    }


def verify(load: Load) -> None:
    """Look for what was lost: articles that were acknowledged, jobs that do not end."""
    base = load.servers[0].base
    until = time.monotonic() + PATIENCE
    for job in load.jobs:
        while (found := httpx.get(f"{base}/v1/jobs/{job}", timeout=60).json())["state"] in (
            "queued",
            "running",
        ) and time.monotonic() < until:
            time.sleep(0.5)
        if found["state"] != "done":
            load.faults.append(f"{job} is {found['state']}: {found.get('error')}")
    for name in load.stored:
        for server in load.servers:
            if httpx.get(f"{server.base}/v1/articles/{name}", timeout=60).status_code != 200:
                load.faults.append(f"{name} was acknowledged and is not on {server.name}")


def show(rows: Sequence[str], load: Load) -> None:
    """Print what was done, how long each took to recover, and what clients saw."""
    print("| blow | away, s | until all answer again, s |\n|---|---|---|")
    print("\n".join(rows))
    print("\n| while | what clients saw | requests |\n|---|---|---|")
    for (phase, outcome), count in sorted(load.outcomes.items()):
        print(f"| {phase} | {outcome} | {count} |")
    print(
        f"\n{len(load.stored)} writes acknowledged, {len(load.jobs)} of them by jobs; "
        f"{len(load.faults)} faults."
    )
    for fault in load.faults[:20]:
        print(f"- {fault}")


if __name__ == "__main__":
    sys.exit(main())
