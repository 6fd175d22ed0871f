"""A Milvus Lite server in a process of its own: the distributed server's protocol on one folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

STARTS = 180.0
"""Seconds that the server may take to start: it imports Arrow and FAISS."""


class Lite:
    """A running server."""

    def __init__(self, process: subprocess.Popen[bytes], host: str, port: int) -> None:
        self.process, self.port = process, port
        self.url = f"milvus://{host}:{port}"

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Let it hang, as behind a network that was cut; `thaw` ends that."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it; what it acknowledged is in its log. Nothing happens when it has ended."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def served(folder: Path, port: int | None = None) -> Iterator[Lite]:
    """Serve a folder on this machine until the block ends; its ``url`` is for DATELINE_VECTORS.

    Raises RuntimeError when it does not start.
    """
    server = started(folder, free_port() if port is None else port)
    try:
        yield server
    finally:
        server.stop()


def started(folder: Path, port: int, host: str = "127.0.0.1", within: Sequence[str] = ()) -> Lite:
    """Start a server and wait until it answers; raises RuntimeError when it does not.

    ``within`` is the beginning of a command that runs on the host of that address.
    """
    command = [*within, sys.executable, "-m", "milvus_lite", "server"]
    log = folder.with_suffix(".log")
    with log.open("ab") as file:
        process = subprocess.Popen(  # noqa: S603
            [*command, "--data-dir", str(folder), "--host", host, "--port", str(port)],
            stdout=file,
            stderr=file,
        )
    until = time.monotonic() + STARTS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return Lite(process, host, port)
    process.kill()
    raise RuntimeError(f"Milvus Lite did not start: {log.read_text()[-2_000:]}")


def free_port() -> int:
    """Return a port on this machine that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
