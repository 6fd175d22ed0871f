"""Several server processes on one socket, exchanged one by one without losing a request.

    python -m api.workers FD READY_FD [--ingest PATH]...

is one of them: it serves on the socket that it inherits, says so on the pipe once it can answer,
reads the key of the command line from its input, and ends when that does.
"""

from __future__ import annotations

import logging
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from typing import BinaryIO, cast

from api.logs import configure
from api.server import GRACE, NOTE, noted, opened, run, url_of
from rag.config import PREFIX, Settings, load_settings

log = logging.getLogger("dateline.workers")

READY_SECONDS = 600.0
"""A process that cannot answer by then is given up."""
LEAVING_SECONDS = 3.0 * GRACE
"""One that has not ended so long after it was told to is killed."""
LOOK_SECONDS = 0.2
AGAIN_SECONDS = 5.0
"""Between two attempts to replace a process that ended by itself."""


class Workers:
    """Runs ``count`` server processes on one socket until it is told to stop.

    A process that ends by itself is replaced. On SIGHUP each is exchanged in turn: a new one is
    started, with the settings as they are written then, and the old one leaves once the new one
    can answer; when it cannot, the old one stays.
    """

    def __init__(
        self,
        settings: Settings,
        listener: socket.socket,
        count: int,
        given: Mapping[str, str],
        ingest: Sequence[Path] = (),
    ) -> None:
        self.settings = settings
        self._listener = listener
        self._count = count
        self._given = dict(given)
        self._ingest = ingest
        self._key = secrets.token_urlsafe(32)
        self._running: list[Worker] = []
        self._stopping = self._exchanging = False

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._hear)
        url = url_of(self._listener)
        with noted(self.settings.data / NOTE, url, self._key) as note:
            note()
            try:
                # The first stores what is to be ingested; the others then find it there.
                self._start(self._ingest)
                while len(self._running) < self._count and not self._stopping:
                    self._start()
                log.info("%d processes serve %s", len(self._running), url)
                while not self._stopping:
                    time.sleep(LOOK_SECONDS)
                    if self._exchanging:
                        self._exchanging = False
                        self._exchange()
                    self._replace()
            finally:
                for worker in self._running:
                    worker.tell_to_leave()
                for worker in self._running:
                    worker.wait()

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._exchanging = True
        else:
            self._stopping = True

    def _start(self, ingest: Sequence[Path] = ()) -> bool:
        """Start one and wait until it can answer; False when it cannot."""
        worker = Worker(self._listener, self._key, self._given, ingest)
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and not self._stopping:
            if worker.ready(LOOK_SECONDS):
                self._running.append(worker)
                return True
            if worker.ended:
                break
        log.error("a server process could not start; its log says why")
        worker.tell_to_leave()
        worker.wait()
        return False

    def _exchange(self) -> None:
        for old in list(self._running):
            if self._stopping or not self._start():
                return
            self._running.remove(old)
            old.tell_to_leave()
            old.wait()
        log.info("all processes are new")

    def _replace(self) -> None:
        for worker in list(self._running):
            if worker.ended:
                log.error("the server process %d ended by itself", worker.pid)
                self._running.remove(worker)
        while len(self._running) < self._count and not self._stopping:
            if not self._start():
                time.sleep(AGAIN_SECONDS)


class Worker:
    """One server process."""

    def __init__(
        self, listener: socket.socket, key: str, given: Mapping[str, str], ingest: Sequence[Path]
    ) -> None:
        self._ready, told = os.pipe()
        more = [part for path in ingest for part in ("--ingest", str(path))]
        try:
            self._process = subprocess.Popen(  # noqa: S603  our own module
                [sys.executable, "-P", "-m", __name__, str(listener.fileno()), str(told), *more],
                stdin=subprocess.PIPE,
                pass_fds=(listener.fileno(), told),
                env={**os.environ, **given, "PYTHONPATH": _path()},
                # An interrupt at the keyboard is for the parent to pass on.
                start_new_session=True,
            )
        finally:
            os.close(told)
        self.pid = self._process.pid
        orders = cast(BinaryIO, self._process.stdin)
        orders.write(f"{key}\n".encode())
        orders.flush()

    @property
    def ended(self) -> bool:
        """Whether it has."""
        return self._process.poll() is not None

    def ready(self, seconds: float) -> bool:
        """Wait a little for it to be able to answer."""
        found, _, _ = select.select([self._ready], [], [], seconds)
        return bool(found) and os.read(self._ready, 1) == b"1"

    def tell_to_leave(self) -> None:
        """Have it finish what it is answering and end."""
        if not self.ended:
            self._process.terminate()

    def wait(self) -> None:
        """Wait for its end, which comes in time."""
        try:
            self._process.wait(LEAVING_SECONDS)
        except subprocess.TimeoutExpired:
            log.error("the server process %d did not end in time", self.pid)  # noqa: TRY400
            self._process.kill()
            self._process.wait()
        cast(BinaryIO, self._process.stdin).close()
        os.close(self._ready)


def serve(
    settings: Settings,
    host: str,
    port: int,
    count: int,
    given: Mapping[str, str],
    ingest: Sequence[Path] = (),
) -> None:
    """Serve with several processes; ``given`` are settings of the command line, by variable.

    Raises as ``api.server.serve`` does.
    """
    configure(settings.log_format)
    with opened(settings, host, port) as listener:
        Workers(settings, listener, count, given, ingest).run()


def main() -> None:
    """Be one of the processes."""
    number, told, *more = sys.argv[1:]
    key = sys.stdin.readline().rstrip("\n")
    settings = load_settings()
    configure(settings.log_format)
    orphaned = Event()
    Thread(target=_until_end, args=(orphaned,), daemon=True).start()
    with socket.socket(fileno=int(number)) as listener:
        run(
            settings,
            listener,
            key,
            ingest=[Path(path) for path in more[1::2]],
            on_ready=lambda _: os.close(int(told)) if os.write(int(told), b"1") else None,
            reread=load_settings,
            stop=orphaned,
        )


def _until_end(ended: Event) -> None:
    """The parent's end is the input's, however it came about."""
    sys.stdin.read()
    ended.set()


def _path() -> str:
    home = str(Path(__file__).parents[1])
    return os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])


def variables(**given: object) -> dict[str, str]:
    """Write settings of the command line as variables for the processes."""
    return {f"{PREFIX}{name.upper()}": str(value) for name, value in given.items()}


if __name__ == "__main__":
    main()
