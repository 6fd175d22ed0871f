"""Servers and workers, each on a host of its own, over a PostgreSQL and a Milvus Lite on theirs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from eval import lite
from eval.network import Host, Network, network
from eval.postgres import Server

ROOT = Path(__file__).parent.parent
PATIENCE = 600.0
"""Seconds that anything may take to start."""
_PORT, _MILVUS = 8000, 19530
_PROBE = 5.0


class Process:
    """A server or a worker on a host, with a data folder of its own."""

    def __init__(
        self, name: str, folder: Path, host: Host, settings: Mapping[str, str], *command: str
    ) -> None:
        self.name, self.host = name, host
        self.base = f"http://{host.address}:{_PORT}"
        self._folder, self._command = folder / name, command
        self._folder.mkdir()
        self._environment = {**os.environ, **settings, "DATELINE_DATA": str(self._folder)}
        self.start()

    def start(self) -> None:
        """Start it, or start it again."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own command
                [*self.host.within, sys.executable, "-m", "rag", *self._command],
                env=self._environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def wait(self) -> None:
        """Wait until a server is ready; raises TimeoutError with the end of its log."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.base}/readyz", timeout=_PROBE).is_success:
                    return
            time.sleep(0.1)
        raise TimeoutError(self.log[-2_000:])

    def end(self, how: signal.Signals) -> None:
        """Send a signal and wait for the end."""
        self._process.send_signal(how)
        self._process.wait(120)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def check(self) -> str:
        """Compare index and catalogue as this process sees them; returns what was found."""
        done = subprocess.run(  # noqa: S603  our own command
            [*self.host.within, sys.executable, "-m", "rag", "doctor", "--deep", "--json"],
            env=self._environment, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout

    @property
    def log(self) -> str:
        """What it wrote."""
        return (self._folder / "log").read_text()


class Store:
    """Milvus Lite on a host, which can be killed and started again."""

    def __init__(self, folder: Path, host: Host) -> None:
        self.host, self._folder = host, folder
        self._server = self._started()

    @property
    def url(self) -> str:
        """What DATELINE_VECTORS is."""
        return self._server.url

    @property
    def pid(self) -> int:
        """Its process."""
        return self._server.process.pid

    def kill(self) -> None:
        """End it as a power cut would."""
        self._server.kill()

    def start(self) -> None:
        """Start it on what it stored."""
        self._server = self._started()

    def stop(self) -> None:
        """End it."""
        self._server.stop()

    def _started(self) -> lite.Lite:
        return lite.started(self._folder, _MILVUS, self.host.address, self.host.within)


@dataclass(frozen=True)
class Fleet:
    """Everything that serves a collection, and the network between."""

    network: Network
    database: Server
    database_host: Host
    vectors: Store
    servers: list[Process]
    workers: list[Process]


@contextmanager
def fleet(servers: int, workers: int, settings: Mapping[str, str]) -> Iterator[Fleet]:
    """Have a fleet over a collection of the seeds, all ready, until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="dateline-fleet-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user
    (folder / "postgres").mkdir()
    running: list[Process] = []
    with network() as made:
        at, near = made.host(), made.host()
        database = Server(folder / "postgres", (), at.address, at.within)
        database.start()
        vectors = Store(folder / "lite", near)
        given = {
            "DATELINE_DATABASE": database.url(),
            "DATELINE_VECTORS": vectors.url,
            "DATELINE_JOBS_HERE": "false",
            "DATELINE_THREADS": "1",
            "DATELINE_ALLOW_OPEN": "true",
            **settings,
        }
        try:
            subprocess.run(  # noqa: S603  our own command
                [sys.executable, "-m", "rag", "--data", str(folder / "first"),
                 "ingest", str(ROOT / "seeds")],
                env={**os.environ, **given}, cwd=ROOT, check=True, capture_output=True,
            )  # fmt: skip
            for number in range(servers):
                host = made.host()
                command = ("serve", "--host", host.address, "--port", str(_PORT))
                running.append(Process(f"server-{number}", folder, host, given, *command))
            running.extend(
                Process(f"worker-{number}", folder, made.host(), given, "work")
                for number in range(workers)
            )
            for server in running[:servers]:
                server.wait()
            yield Fleet(made, database, at, vectors, running[:servers], running[servers:])
        finally:
            for process in running:
                with suppress(subprocess.TimeoutExpired):
                    process.end(signal.SIGKILL)
            vectors.stop()
            database.stop()
            shutil.rmtree(folder, ignore_errors=True)
