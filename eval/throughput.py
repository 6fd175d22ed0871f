"""How much do more replicas serve: `python -m eval.throughput`.

One, two and three servers over one PostgreSQL and one Milvus Lite (hosts of their own, see
`eval.fleet`; the clients are Debian's wrk) are asked what takes no model: questions that are
answered from memory, and quotations that are looked up in the index. Beside requests a second, it
says how much processor time a request takes of whom: where servers share a machine, that is what
tells where throughput ends.
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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from eval.fleet import Fleet, Process, fleet
from eval.network import usable
from eval.processes import processor
from eval.traffic import QUESTIONS

SCRIPT = Path(__file__).with_name("load.lua")
QUOTES = (
    "no substantial trade relations between the two countries",
    "potential U.S. naval blockades",
)
PATHS: Mapping[str, tuple[str, list[dict[str, Any]]]] = {
    "from memory": ("/v1/ask", [{"question": question} for question in QUESTIONS]),
    "quotations": ("/v1/quotes/lookup", [{"quote": quote} for quote in QUOTES]),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 1 where anything but a success came back."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--servers", type=int, default=3, help="most servers")
    parser.add_argument("--connections", type=int, default=8, help="of each server")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2, help="each takes every number in turn")
    given = parser.parse_args(arguments)
    if not usable() or shutil.which("wrk") is None:
        raise SystemExit("It needs root, iproute2 and wrk.")
    with (
        tempfile.TemporaryDirectory() as folder,
        # The cheap reader makes the answers that are remembered.
        fleet(given.servers, 0, {"DATELINE_READER": "overlap"}) as made,
    ):
        rows = [
            row
            for _ in range(given.rounds)
            for name, (path, bodies) in PATHS.items()
            for row in steps(made, name, path, bodies, Path(folder), given)
        ]
    print(json.dumps(rows, indent=1))
    return 1 if any(row["failed"] for row in rows) else 0


def steps(
    made: Fleet,
    name: str,
    path: str,
    bodies: Sequence[Mapping[str, Any]],
    folder: Path,
    given: argparse.Namespace,
) -> Iterator[dict[str, Any]]:
    """Yield what one server, two servers and so on did."""
    sent = folder / "bodies"
    sent.write_text("".join(json.dumps(body) + "\n" for body in bodies))
    for server in made.servers:
        for body in bodies:
            httpx.post(server.base + path, json=body, timeout=60).raise_for_status()
    for count in range(1, len(made.servers) + 1):
        asked = made.servers[:count]
        before, begun = spent(made, asked), time.monotonic()
        running = [wrk(server, path, sent, given) for server in asked]
        found = [json.loads(one.communicate()[0].rsplit("RESULT ", 1)[1]) for one in running]
        seconds = time.monotonic() - begun
        after = spent(made, asked)
        done = sum(one["statuses"].get("200", 0) for one in found)
        total = sum(sum(one["statuses"].values()) + one["without_response"] for one in found)
        yield {
            "what": name,
            "servers": count,
            "per second": round(done / seconds, 1),
            "p50, ms": max(one["p50_ms"] for one in found),
            "failed": total - done,
            "ms of processor for a request": {
                who: round((after[who] - before[who]) / max(1, done) * 1000, 2) for who in after
            },
            "cores in use": round(sum(after[who] - before[who] for who in after) / seconds, 2),
        }


def wrk(
    server: Process, path: str, bodies: Path, given: argparse.Namespace
) -> subprocess.Popen[str]:
    """Start to ask a server."""
    command = ["wrk", "--threads", "1", "--connections", str(given.connections), "--duration",
               f"{given.seconds}s", "--timeout", "60s", "--script", str(SCRIPT),
               server.base + path, "--", str(bodies)]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603


def spent(made: Fleet, asked: Sequence[Process]) -> dict[str, float]:
    """Return the seconds of processor that each has used so far; clients when they have ended."""
    clients = os.times()
    return {
        "servers": processor(server.pid for server in asked),
        "PostgreSQL": processor([made.database.pid]),
        "Milvus": processor([made.vectors.pid]),
        "clients": clients.children_user + clients.children_system,
    }


if __name__ == "__main__":
    sys.exit(main())
