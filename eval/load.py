"""Load a server with more and more connections: ``python -m eval.load --folder DATA``.

Starts `dateline serve` on a copy of a data folder (without one: on the seeds) and has wrk (Debian
package `wrk`) ask it from a second process, with each number of ``--connections`` for
``--seconds``. Each step says: successes and refusals (503) a second, milliseconds at the median
and the 99th of a hundred of all responses together, responses by status, requests without one, the
memory of all server processes at the end, how long a request after the step had to wait, and how
often it was refused until then.
Answers are not kept in memory, so that each question is worked on.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from eval.processes import memory

SEEDS = Path(__file__).parent.parent / "seeds"
SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = (1, 8, 64, 256)
WARM = 5
"""Questions before the first measurement."""
PATIENCE_SECONDS = 60.0
AGAIN_SECONDS = 0.02
"""Between a refusal and the next request of who waits for the server to recover."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the steps, print the table as JSON; exit code 1 when a response was lost or a 500."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--folder", type=Path, help="A data folder, which is copied.")
    parser.add_argument("--path", choices=("search", "ask"), default="search")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--connections", type=int, nargs="+", default=CONNECTIONS)
    options = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        if options.folder is not None:
            shutil.copytree(options.folder, data, ignore=shutil.ignore_patterns("live-*"))
        with (Path(folder) / "log.txt").open("wb") as log:
            server = start(data, [] if options.folder else [SEEDS], log)
        try:
            url = wait_for(server, data)
            bodies = Path(folder) / "bodies.txt"
            articles = _write_bodies(url, options.path, bodies)
            rows = []
            for number in options.connections:
                with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as http:
                    rows.append(_step(server, http, options.path, bodies, number, options.seconds))
        finally:
            server.terminate()
            server.wait()
    json.dump({"articles": articles, "path": options.path, "steps": rows}, sys.stdout, indent=2)
    print()
    return 1 if any(row["without_response"] or row["failed"] for row in rows) else 0


def start(
    data: Path, ingest: Sequence[Path], log: Any, settings: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a server in a process of its own, on a free port; no answer is kept in memory."""
    command = [sys.executable, "-m", "rag", "--data", str(data), "serve", "--port", "0"]
    more = [part for path in ingest for part in ("--ingest", str(path))]
    environment = {**os.environ, "DATELINE_CACHED_ANSWERS": "0", **(settings or {})}
    return subprocess.Popen(  # noqa: S603  our own command
        [*command, *more], stdout=log, stderr=log, env=environment
    )


def wait_for(server: subprocess.Popen[bytes], data: Path) -> str:
    """Return the URL of a server once it is ready."""
    note = data / "server.json"
    while server.poll() is None:
        if note.exists():
            url = str(json.loads(note.read_text())["url"])
            if httpx.get(f"{url}/readyz", timeout=PATIENCE_SECONDS).is_success:
                return url
        time.sleep(0.2)
    raise SystemExit("the server ended")


def _write_bodies(url: str, path: str, target: Path) -> int:
    """Write a request a line, made of the articles' titles; return how many articles there are."""
    name = "query" if path == "search" else "question"
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as http:
        page = http.get("/v1/articles", params={"limit": 200}).json()
        bodies = [json.dumps({name: item["title"][:500]}) for item in page["items"]]
        target.write_text("\n".join(bodies) + "\n")
        for body in bodies[:WARM]:
            http.post(f"/v1/{path}", content=body, headers={"Content-Type": "application/json"})
        return int(page["total"])


def _step(
    server: subprocess.Popen[bytes],
    http: httpx.Client,
    path: str,
    bodies: Path,
    number: int,
    seconds: int,
) -> dict[str, Any]:
    url = str(http.base_url.join(f"/v1/{path}"))
    command = ["wrk", "--threads", "1", "--connections", str(number), "--duration", f"{seconds}s",
               "--timeout", "120s", "--script", str(SCRIPT), url]  # fmt: skip
    done = subprocess.run(  # noqa: S603  our own command
        [*command, "--", str(bodies)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout.rsplit("RESULT ", 1)[1])
    waited, refused = _recovery(http, path, bodies.read_text().splitlines()[0])
    statuses = {int(status): count for status, count in found["statuses"].items()}
    return {
        "connections": number,
        "per_second": round(statuses.get(200, 0) / found["seconds"], 1),
        "shed_per_second": round(statuses.get(503, 0) / found["seconds"], 1),
        "p50_ms": found["p50_ms"],
        "p99_ms": found["p99_ms"],
        "statuses": statuses,
        "failed": sum(count for status, count in statuses.items() if status not in (200, 503)),
        "without_response": found["without_response"],
        "memory_mb": round(memory([server.pid])),
        "recovered_in_seconds": round(waited, 2),
        "refused_until_then": refused,
    }


def _recovery(http: httpx.Client, path: str, body: str) -> tuple[float, int]:
    """Ask until there is an answer; return the seconds it took and how often it was refused.

    The client is made before: that takes longer than an answer.
    """
    began, refused = time.monotonic(), 0
    headers = {"Content-Type": "application/json"}
    while not (after := http.post(f"/v1/{path}", content=body, headers=headers)).is_success:
        refused += 1
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise SystemExit(f"the server does not recover: {after.text}")
        time.sleep(AGAIN_SECONDS)
    return time.monotonic() - began, refused


if __name__ == "__main__":
    sys.exit(main())
