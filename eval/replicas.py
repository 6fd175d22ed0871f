"""Strike what serves a collection, one after the other, under load: ``python -m eval.replicas``.

Starts a PostgreSQL, a Milvus Lite, three servers and two workers, each in a network namespace of
its own (root and iproute2). Readers ask about the seeds and search what was just stored, and
compare every quotation and passage with the text that was sent; writers store articles, at once and
by jobs. Meanwhile each server and worker is killed, both stores are stopped and killed, and the
network between a server and each store is cut. In the end every acknowledged write has to be there,
on every server, every job done, and the index that of the catalogue.

What could not be helped: a request that a killed server had in hand; 503 with a problem from those
who lack a store, while they lack it; and `overloaded`. Anything else is printed as a fault and ends
with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from eval.fleet import PATIENCE, Fleet, Process, fleet
from eval.network import Host, usable
from eval.traffic import BROKEN, QUESTIONS, REFUSED, Miss, Traffic, about

DATABASE, VECTORS = "503 catalogue_unreachable", "503 vectors_unavailable"
OVERLOADED = "503 overloaded"
BATCH = 40
"""Articles of a job that a worker has in hand when it is killed."""
_POLL = 0.05


@dataclass
class Blow:
    """Something that was done, and what requests it excuses."""

    name: str
    struck: Sequence[str]
    """Servers that feel it."""
    excused: Sequence[str] = ()
    """Refusals that are right while it lasts."""
    began: float = 0.0
    dead: float = 0.0
    """When what was killed had ended; 0 where no server was."""
    mended: float = 0.0
    back: float = 0.0
    """When all that were struck did everything again."""
    notes: list[str] = field(default_factory=list)

    def excuses(self, miss: Miss) -> bool:
        """Whether a request could not be fulfilled because of it."""
        if miss.server not in self.struck or miss.begun > self.back:
            return False
        if miss.what == BROKEN:
            return self.dead > 0 and miss.begun <= self.dead and miss.ended >= self.began
        if miss.what == REFUSED:
            return self.dead > 0 and miss.ended >= self.began
        return miss.what in self.excused and miss.ended >= self.began


class Strikes:
    """Strikes a fleet under load, and keeps what was done."""

    def __init__(self, fleet: Fleet, traffic: Traffic, seconds: float) -> None:
        self._fleet, self._traffic, self._seconds = fleet, traffic, seconds
        self.blows: list[Blow] = []
        self._probes = 0

    def server(self, at: int) -> None:
        """Kill a server and start it again at once."""
        server = self._fleet.servers[at]
        with self._blow(f"{server.name} killed", [server]) as blow:
            server.end(signal.SIGKILL)
            blow.dead = time.monotonic()
            server.start()
            blow.mended = time.monotonic()
            server.wait()

    def worker(self, at: int) -> None:
        """Kill a worker with a job in hand; it is back when the job is done."""
        worker = self._fleet.workers[at]
        names = [[f"kill{at}y{job}z{n}" for n in range(BATCH)] for job in range(2)]
        with self._blow(f"{worker.name} killed", []) as blow:
            jobs = [id_ for mine in names if (id_ := self._traffic.submit(0, mine)) is not None]
            self._until(lambda: all(self._state(job) != "queued" for job in jobs))
            blow.began = time.monotonic()
            states = [self._state(job) for job in jobs]
            worker.end(signal.SIGKILL)
            blow.mended = time.monotonic()
            worker.start()
            self._until(lambda: all(self._state(job) == "done" for job in jobs))
            blow.notes.append(f"{states.count('running')} jobs were in hand")

    def database(self, how: signal.Signals) -> None:
        """Stop the database, or crash it, and start it again after a while."""
        what = "crashed" if how == signal.SIGKILL else "stopped"
        with self._blow(f"PostgreSQL {what}", self._fleet.servers, DATABASE) as blow:
            self._fleet.database.stop(how)
            time.sleep(self._seconds)
            self._fleet.database.start()
            blow.mended = time.monotonic()

    def vectors(self) -> None:
        """Kill Milvus, and start it again after a while."""
        with self._blow("Milvus killed", self._fleet.servers, VECTORS) as blow:
            self._fleet.vectors.kill()
            time.sleep(self._seconds)
            self._fleet.vectors.start()
            blow.mended = time.monotonic()

    def cut(self, at: int, store: Host, name: str, excused: str) -> None:
        """Cut the network between a server and a store, and mend it after a while."""
        server = self._fleet.servers[at]
        with self._blow(f"{server.name} cut from {name}", [server], excused) as blow:
            self._fleet.network.cut(server.host, store)
            time.sleep(max(self._seconds, 25.0))
            self._fleet.network.mend(server.host, store)
            blow.mended = time.monotonic()

    @contextmanager
    def _blow(self, name: str, struck: Sequence[Process], *excused: str) -> Iterator[Blow]:
        """Time until what was struck answers and stores again."""
        blow = Blow(name, [server.name for server in struck], excused, time.monotonic())
        print(f"{name} ...", file=sys.stderr)
        self.blows.append(blow)
        self._traffic.phase = name
        blow.back = float("inf")
        yield blow
        for server in struck:
            self._until(partial(self._whole, server))
        blow.back = time.monotonic()
        time.sleep(self._seconds)

    def _whole(self, server: Process) -> bool:
        """Whether a server stores an article, answers a question, and finds the article."""
        self._probes += 1
        name, traffic = f"probe{self._probes}", self._traffic
        return (
            traffic.store(server, name)
            and traffic.ask(server, QUESTIONS[0])
            and name in (traffic.search(server, about(name)) or ())
        )

    def _state(self, job: str) -> str:
        found = self._traffic.send(0, "GET", f"/v1/jobs/{job}")
        return "unknown" if found is None else str(found["state"])

    def _until(self, done: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > until:
                raise TimeoutError(f"{self.blows[-1].name}: not back after {PATIENCE:g} s")
            time.sleep(_POLL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 1 where something was lost or wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--writers", type=int, default=5)
    parser.add_argument("--servers", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10, help="of load before and in a blow")
    parser.add_argument("--pause", type=float, default=4, help="seconds, of each client")
    parser.add_argument("--reader", default="overlap", help="DATELINE_READER")
    parser.add_argument("--only", help="a part of the name of the only blows that are struck")
    given = parser.parse_args(arguments)
    if not usable():
        raise SystemExit("Network namespaces need root and iproute2.")
    # Whoever ends it early wants no servers and namespaces left.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    settings = {
        "DATELINE_READER": given.reader,
        # One Milvus Lite is asked by all; how long it takes under load is not what is looked at.
        "DATELINE_VECTORS_SECONDS": "20",
    }
    with fleet(given.servers, given.workers, settings) as made:
        traffic = Traffic(made.servers, given.pause)
        strikes = Strikes(made, traffic, given.seconds)
        traffic.start(given.readers, given.writers)
        time.sleep(given.seconds)
        try:
            for name, strike in plan(made, strikes):
                if given.only is None or given.only in name:
                    strike()
        finally:
            traffic.stop()
            show(strikes.blows, traffic)
            faults = [*unexcused(strikes.blows, traffic.misses), *traffic.wrong]
            tell(faults)
        traffic.phase = "afterwards"
        missing = lost(made, traffic)
    print(f"\n\n{len(traffic.stored)} articles acknowledged, {len(traffic.jobs)} jobs. ", end="")
    print(f"{len(faults) + len(missing)} faults.")
    tell(missing)
    return 1 if faults or missing else 0


def tell(faults: Sequence[str]) -> None:
    """Print the commonest faults."""
    for fault, times in Counter(faults).most_common(30):
        print(f"- {times} times: {fault}", flush=True)


def plan(made: Fleet, strikes: Strikes) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield every blow with its name."""
    for at in range(len(made.servers)):
        yield f"server-{at}", partial(strikes.server, at)
    for at in range(len(made.workers)):
        yield f"worker-{at}", partial(strikes.worker, at)
    yield "stopped", partial(strikes.database, signal.SIGINT)
    yield "crashed", partial(strikes.database, signal.SIGKILL)
    yield "milvus", strikes.vectors
    yield "cut database", lambda: strikes.cut(0, made.database_host, "PostgreSQL", DATABASE)
    yield "cut milvus", lambda: strikes.cut(1, made.vectors.host, "Milvus", VECTORS)


def unexcused(blows: Sequence[Blow], misses: Sequence[Miss]) -> list[str]:
    """Return the misses that no blow excuses, in words."""
    return [
        f"{miss.phase}: {miss.server}: {miss.what} "
        f"after {miss.ended - miss.begun:.1f} s {miss.said}"
        for miss in misses
        if miss.what != OVERLOADED and not any(blow.excuses(miss) for blow in blows)
    ]


def lost(made: Fleet, traffic: Traffic) -> list[str]:
    """Look for what was acknowledged and is not there, not found, or not done."""
    faults = []
    until = time.monotonic() + PATIENCE
    for job in traffic.jobs:
        state = None
        while state not in ("done", "failed", "cancelled") and time.monotonic() < until:
            found = traffic.send(0, "GET", f"/v1/jobs/{job}")
            state = found and found["state"]
            if state not in ("done", "failed", "cancelled"):
                time.sleep(0.5)
        if state != "done":
            faults.append(f"{job} is {state}")
    for at, name in enumerate(traffic.stored):
        for server in made.servers:
            found = traffic.send(server, "GET", f"/v1/articles/{name}")
            if found is None or found["text"] != traffic.texts[name]:
                faults.append(f"{name} was acknowledged and is not on {server.name}")
        if name not in (traffic.search(at, about(name)) or ()):
            faults.append(f"{name} was acknowledged and is not found")
    for finding in json.loads(made.servers[0].check())["findings"]:
        if finding["name"] in ("catalogue", "rows", "index"):
            print(f"\n{finding['name']}: {finding['detail']}", end="")
            if not finding["ok"]:
                faults.append(f"{finding['name']}: {finding['detail']}")
    return faults


def show(blows: Sequence[Blow], traffic: Traffic) -> None:
    """Print what was done, how long each took to recover, and what clients saw."""
    print("| blow | away, s | back after, s | fulfilled | p50, p95, s | missed |")
    print("|---|---|---|---|---|---|")
    at = {blow.name: blow for blow in blows}
    for phase, seen in traffic.phases.items():
        misses = Counter(miss.what for miss in traffic.misses if miss.phase == phase)
        said = ", ".join(f"{count} {what}" for what, count in sorted(misses.items()))
        blow = at.get(phase)
        times = " | "
        if blow is not None:
            times = f"{blow.mended - blow.began:.1f} | {blow.back - blow.mended:.1f}"
            said += "".join(f"; {note}" for note in blow.notes)
        p50, p95 = (traffic.percentile(phase, at) for at in (50, 95))
        print(f"| {phase} | {times} | {len(seen.seconds)} | {p50:.2f}, {p95:.2f} | {said} |")


if __name__ == "__main__":
    sys.exit(main())
