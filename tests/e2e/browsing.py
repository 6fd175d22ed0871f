"""A real server process and a real browser, for the tests and the screenshots."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

SEEDS = Path(__file__).parents[2] / "seeds"
PATIENCE = 300.0
"""Seconds until a server is given up; loading the models is slow on a busy machine."""


class Server:
    """`dateline serve` on the seeds, in a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, ready: bool = True) -> None:
        """Start it, on the port it had before if any; wait until it listens, or is ready."""
        note = self.folder / "data" / "server.json"
        note.unlink(missing_ok=True)
        own = {key: value for key, value in os.environ.items() if not key.startswith("DATELINE_")}
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).with_name("dateline"), "--data", self.folder / "data",
                 "serve", "--ingest", SEEDS, "--port", str(self._port)],
                cwd=self.folder, env=own, stdout=log, stderr=log,
            )  # fmt: skip
        self._wait(note.is_file)
        self.url = str(json.loads(note.read_text())["url"])
        self._port = int(self.url.rpartition(":")[2])
        self._wait(lambda: self._answers("/readyz" if ready else "/healthz"))

    def stop(self) -> None:
        """End it as a service manager would."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)
            self._process = None

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Call the API; returns its JSON, or None where there is none."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            content = response.read()
        return json.loads(content) if content else None

    def read(self) -> None:
        """Wait until the statements of every article are stored: a process of its own does it."""
        self._wait(lambda: self.call("GET", "/v1/statements?limit=1")["unread"] == 0)

    def ready(self) -> bool:
        """Whether it answers questions now."""
        return self._process is not None and self._answers("/readyz")

    def _answers(self, path: str) -> bool:
        try:
            self.call("GET", path)
        except urllib.error.HTTPError as error:
            error.close()
            return False
        except OSError:
            return False
        return True

    def _wait(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(
                    f"The server did not start:\n{(self.folder / 'log').read_text()}"
                )
            time.sleep(0.25)


def chromium() -> str | None:
    """Return where the browser is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def browsing(path: str) -> Iterator[Browser]:
    """Run the browser without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served() -> Iterator[tuple[Browser, Server]]:
    """Run a browser and a server for a script, which ends where there is no browser."""
    path = chromium()
    if path is None:
        sys.exit("There is no chromium; install Debian's package of that name.")
    with tempfile.TemporaryDirectory() as folder, browsing(path) as browser:
        server = Server(Path(folder))
        try:
            server.start()
            yield browser, server
        finally:
            server.stop()
