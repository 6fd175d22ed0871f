"""Exchange every server process under load and count lost requests: ``python -m eval.rolling``.

Starts `dateline serve --workers` on a new folder with the seeds, or on a copy of ``--folder``.
Clients that keep their connections open search, ask and store without a pause while all processes
are exchanged, ``--rounds`` times. A request is lost when it gets no whole response, or one that is
neither a success nor `503` with `Retry-After`; an acknowledged article is lost when it cannot be
read at the end. Prints what was seen; exit code 1 when anything was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

SEEDS = Path(__file__).parent.parent / "seeds"
DONE = "all processes are new"
QUESTION = "Why was Russia not on the US tariff list?"
SETTLE_SECONDS = 3.0
PATIENCE_SECONDS = 900.0


@dataclass
class Seen:
    """What the clients saw."""

    answered: Counter[str] = field(default_factory=Counter)
    turned_away: int = 0
    lost: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    longest: float = 0.0
    """Seconds."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server and its clients, print what was seen."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="A data folder, which is copied.")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        data, log = Path(folder) / "data", Path(folder) / "log.txt"
        if options.folder is not None:
            shutil.copytree(options.folder, data, ignore=shutil.ignore_patterns("live-*"))
        server = start(data, log, options.workers, [] if options.folder else [SEEDS])
        try:
            url = wait(server, data, log)
            began = time.monotonic()
            seen = asyncio.run(_load(url, server, log, options.clients, options.rounds))
            seconds = time.monotonic() - began
        finally:
            server.terminate()
            server.wait()
    report = {
        "workers": options.workers,
        "clients": options.clients,
        "processes_exchanged": options.workers * options.rounds,
        "seconds": round(seconds, 1),
        "answered": dict(seen.answered),
        "turned_away": seen.turned_away,
        "longest_seconds": round(seen.longest, 2),
        "acknowledged_articles": len(seen.stored),
        "lost": len(seen.lost),
        "first_lost": seen.lost[:20],
    }
    json.dump(report, sys.stdout, indent=2)
    print()
    return 1 if seen.lost else 0


def start(data: Path, log: Path, workers: int, ingest: Sequence[Path]) -> subprocess.Popen[bytes]:
    """Start the server."""
    command = [sys.executable, "-m", "rag", "--data", str(data), "serve", "--port", "0"]
    more = [part for path in ingest for part in ("--ingest", str(path))]
    with log.open("wb") as file:
        return subprocess.Popen(  # noqa: S603  our own command
            [*command, "--workers", str(workers), *more], stdout=file, stderr=file
        )


def wait(server: subprocess.Popen[bytes], data: Path, log: Path) -> str:
    """Return its URL once all processes can answer."""
    while server.poll() is None:
        if " processes serve " in log.read_text():
            return str(json.loads((data / "server.json").read_text())["url"])
        time.sleep(0.2)
    raise SystemExit(log.read_text())


async def _load(
    url: str, server: subprocess.Popen[bytes], log: Path, clients: int, rounds: int
) -> Seen:
    seen, over = Seen(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(_client(url, number, seen, over))
        for done in range(rounds):
            await asyncio.sleep(SETTLE_SECONDS)
            server.send_signal(signal.SIGHUP)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while log.read_text().count(DONE) <= done:
                    await asyncio.sleep(0.2)
        await asyncio.sleep(SETTLE_SECONDS)
        over.set()
    async with httpx.AsyncClient(base_url=url, timeout=120) as http:
        for name in seen.stored:
            response = await http.get(f"/v1/articles/{name}")
            if not response.is_success:
                seen.lost.append(f"article {name}: {response.status_code}")
    return seen


async def _client(url: str, number: int, seen: Seen, over: asyncio.Event) -> None:
    turn = 0
    async with httpx.AsyncClient(base_url=url, timeout=120) as http:
        while not over.is_set():
            turn += 1
            name = f"c{number}-{turn}"
            article = {"id": name, "text": f"The ferry {name} will run on Friday, the mayor said."}
            path, body = (
                ("/v1/articles", article),
                ("/v1/ask", {"question": QUESTION}),
                ("/v1/search", {"query": f"ceasefire talks {name}"}),
                ("/v1/search", {"query": "Anchorage formula"}),
            )[(number + turn) % 4]
            began = time.monotonic()
            try:
                response = await http.post(path, json=body)
            except httpx.HTTPError as error:
                seen.lost.append(f"{path}: {type(error).__name__} {error}")
                continue
            seen.longest = max(seen.longest, time.monotonic() - began)
            if response.is_success:
                seen.answered[path] += 1
                if path == "/v1/articles":
                    seen.stored.append(name)
            elif response.status_code == 503 and "retry-after" in response.headers:
                seen.turned_away += 1
                await asyncio.sleep(float(response.headers["retry-after"]))
            else:
                seen.lost.append(f"{path}: {response.status_code} {response.text[:200]}")


if __name__ == "__main__":
    sys.exit(main())
