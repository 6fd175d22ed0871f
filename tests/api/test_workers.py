"""Several processes on one socket: exchanged, replaced and stopped without losing a request."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from eval.rolling import DONE, start, wait


@pytest.fixture
def served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    monkeypatch.setenv("DATELINE_READER", "overlap")
    data, log = tmp_path / "data", tmp_path / "log.txt"
    article = tmp_path / "ferry.txt"
    article.write_text("The ferry will run on Friday, the mayor said.")
    server = start(data, log, 2, [article])
    try:
        yield server, wait(server, data, log), log
    finally:
        server.kill()
        server.wait()


def workers(server: subprocess.Popen[bytes]) -> set[int]:
    """Return its server processes, as Linux lists them."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return {int(pid) for pid in children if "api.workers" in command_of(int(pid))}


def command_of(pid: int) -> str:
    """Return the command of a process that runs, an empty string of one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_all_are_exchanged_under_load_one_that_dies_is_replaced_and_all_end(
    served: tuple[subprocess.Popen[bytes], str, Path],
) -> None:
    server, url, log = served
    before = workers(server)
    assert len(before) == 2
    statuses: list[int] = []
    over = threading.Event()

    def ask() -> None:
        # Connections are kept open, so that a process has some when it leaves.
        with httpx.Client(base_url=url, timeout=120) as client:
            while not over.is_set():
                statuses.append(client.post("/v1/search", json={"query": "ferry"}).status_code)

    clients = [threading.Thread(target=ask) for _ in range(3)]
    for client in clients:
        client.start()
    server.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 300
    while DONE not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    over.set()
    for client in clients:
        client.join()
    after = workers(server)
    assert len(after) == 2
    assert not after & before
    assert set(statuses) == {200}
    assert len(statuses) > 6

    os.kill(next(iter(after)), signal.SIGKILL)
    while len(workers(server)) < 2 or workers(server) == after:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    assert httpx.get(f"{url}/readyz", timeout=60).json()["articles"] == 1

    left = workers(server)
    server.terminate()
    assert server.wait(120) == 0
    assert not any(command_of(pid) for pid in left)
    assert not list(log.parent.glob("data/server.json"))


def test_it_says_what_it_cannot_serve(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rag", "--data", str(tmp_path), "serve", "--workers", "2"]
    result = subprocess.run(
        [*command, "--host", "192.0.2.1"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "[settings_invalid]" in result.stderr
    assert not (tmp_path / "server.json").exists()
