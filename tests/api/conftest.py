"""A real server process on the seeds, and the app in this process for what a server cannot show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

MAX_BYTES = 200_000
MAX_BATCH = 20

SERVE = """
import sys
from pathlib import Path
from api.server import serve
from rag.config import load_settings
port, host, *paths = sys.argv[1:]
serve(load_settings(), host, int(port), ingest=[*map(Path, paths)], reread=load_settings)
"""

Start = Callable[..., "Running"]


class Running:
    """A server in a process of its own."""

    def __init__(
        self,
        folder: Path,
        *paths: Path,
        port: int = 0,
        host: str = "127.0.0.1",
        **settings: object,
    ) -> None:
        self.data = folder / "data"
        self.log = folder / "log.txt"
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")
        }
        environment |= {f"DATELINE_{name.upper()}": str(value) for name, value in settings.items()}
        environment["DATELINE_DATA"] = str(self.data)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(port), host, *map(str, paths)],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def note(self) -> Path:
        return self.data / "server.json"

    @property
    def url(self) -> str:
        return str(json.loads(self.note.read_text())["url"])

    def wait(self, path: str) -> httpx.Response:
        """Wait until the server listens and answers a path with success."""
        while self.process.poll() is None:
            if self.note.exists():
                try:
                    response = httpx.get(self.url + path, timeout=60)
                except httpx.TransportError:
                    continue
                if response.is_success:
                    return response
            time.sleep(0.05)
        raise AssertionError(f"the server ended: {self.log.read_text()}")

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Iterator[Running]:
    """One server on the seeds for all tests; those that add articles remove them again."""
    running = Running(
        tmp_path_factory.mktemp("server"), seeds, max_file_bytes=MAX_BYTES, max_batch=MAX_BATCH
    )
    try:
        running.wait("/readyz")
        yield running
    finally:
        running.stop()


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=120) as opened:
        yield opened


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers that the test may stop; what is left is ended afterwards."""
    started: list[Running] = []

    def begin(*paths: Path, name: str = "own", port: int = 0, **settings: object) -> Running:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        started.append(Running(folder, *paths, port=port, **settings))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


Check = Callable[[Any, int, str], dict[str, Any]]


@pytest.fixture
def is_problem() -> Check:
    """Check that a response is a whole problem document and return it."""

    def check(response: Any, status: int, code: str) -> dict[str, Any]:
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        body: dict[str, Any] = response.json()
        assert body["code"] == code
        assert body["type"] == f"urn:dateline:problem:{code}"
        assert body["status"] == status
        assert body["title"]
        assert body["detail"]
        assert body["request_id"] == response.headers["x-request-id"]
        return body

    return check
