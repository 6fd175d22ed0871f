"""Write and read at once, and check every answer: ``python -m eval.stress --seconds 300``.

Starts a server of its own on the seeds. Writers add, correct, retract, reinstate and delete
articles, each in words of its own; readers search and ask for those words. Every passage that comes
back is compared with the article version it names; what was deleted, retracted or replaced before a
question was sent must not come back. Anything else than that is printed and ends with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import numpy as np

SEEDS = Path(__file__).parent.parent / "seeds"
WORDS = "harbour ferry budget council strike vaccine orchard tunnel festival drought".split()


@dataclass
class Truth:
    """What writers had acknowledged: (version, whether answers may use it) by article."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    standing: dict[str, tuple[int, bool]] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def note(self, what: str, began: float) -> None:
        """Count one thing done."""
        with self.lock:
            self.done[what] += 1
            self.seconds.setdefault(what, []).append(time.monotonic() - began)

    def fault(self, text: str) -> None:
        """Write down what must not be."""
        with self.lock:
            self.faults.append(text)

    def snapshot(self, name: str) -> tuple[tuple[int, bool] | None, bool]:
        """Return how an article stands, and whether a write to it is under way."""
        with self.lock:
            return self.standing.get(name), name in self.busy


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server and everybody on it, print what was seen."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--writers", type=int, default=24)
    parser.add_argument("--readers", type=int, default=50)
    options = parser.parse_args(arguments)
    truth, over = Truth(), threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        server, url = _serve(Path(folder))
        try:
            people = [
                threading.Thread(target=_write, args=(url, n, truth, over))
                for n in range(options.writers)
            ] + [
                threading.Thread(target=_read, args=(url, n, options.writers, truth, over))
                for n in range(options.readers)
            ]
            for person in people:
                person.start()
            over.wait(options.seconds)
            over.set()
            for person in people:
                person.join()
            ready = httpx.get(f"{url}/readyz", timeout=120).json()
        finally:
            server.terminate()
            server.wait()
    report = {
        "done": dict(truth.done),
        "milliseconds": {
            what: {f"p{q}": round(float(np.percentile(taken, q)) * 1000) for q in (50, 95, 99)}
            for what, taken in sorted(truth.seconds.items())
        },
        "articles_left": ready["articles"],
        "faults": truth.faults[:50],
        "fault_count": len(truth.faults),
    }
    json.dump(report, sys.stdout, indent=2)
    print()
    return 1 if truth.faults else 0


def _serve(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    command = [sys.executable, "-m", "rag", "--data", str(folder / "data"), "serve", "--port", "0"]
    with (folder / "log.txt").open("wb") as log:
        # The command is ours; nothing from outside is in it.
        server = subprocess.Popen(  # noqa: S603
            [*command, "--ingest", str(SEEDS)], stdout=log, stderr=log
        )
    note = folder / "data" / "server.json"
    while server.poll() is None:
        if note.exists():
            url = str(json.loads(note.read_text())["url"])
            try:
                if httpx.get(f"{url}/readyz", timeout=60).is_success:
                    return server, url
            except httpx.TransportError:
                pass
        time.sleep(0.2)
    raise SystemExit((folder / "log.txt").read_text())


def _write(url: str, number: int, truth: Truth, over: threading.Event) -> None:
    chance, turn = Random(number), 0  # noqa: S311 - not for secrets
    with httpx.Client(base_url=url, timeout=120) as client:
        while not over.is_set():
            name = f"w{number}-{turn % 5}"
            turn += 1
            with truth.lock:
                before = truth.standing.get(name)
                truth.busy.add(name)
            began = time.monotonic()
            after, what, response = _change(client, name, before, chance)
            if response.is_success:
                truth.note(what, began)
            else:
                truth.fault(f"{what} {name}: {response.status_code} {response.text[:200]}")
            with truth.lock:
                if response.is_success:
                    if after is None:
                        truth.standing.pop(name, None)
                    else:
                        version = response.json().get("version", after[0])
                        if what == "store":
                            version = response.json()["stored"][0]["version"]
                        truth.standing[name] = (version, after[1])
                truth.busy.discard(name)


def _change(
    client: httpx.Client, name: str, before: tuple[int, bool] | None, chance: Random
) -> tuple[tuple[int, bool] | None, str, httpx.Response]:
    """Do one of the things that can be done to an article as it stands."""
    draw = chance.random()
    path = f"/v1/articles/{name}"
    if before is not None and draw < 0.2:
        return None, "delete", client.delete(path)
    if before is not None and before[1] and draw < 0.3:
        body = {"status": "retracted", "note": "Wrong."}
        return (before[0], False), "retract", client.patch(path, json=body)
    if before is not None and not before[1]:
        return (before[0], True), "reinstate", client.patch(path, json={"status": "live"})
    words = " ".join(chance.choice(WORDS) for _ in range(30))
    text = (
        f"The {_word(name)} commission met on day {chance.randrange(10**6)}. Its chair said that "
        f"the {_word(name)} plan costs {chance.randrange(10**6)} crowns. It spoke of {words}."
    )
    response = client.post("/v1/articles", json={"id": name, "text": text})
    return (0, True), "store", response


def _word(name: str) -> str:
    """A word that only one article has: letters for the digits of its name."""
    return "zq" + "".join(chr(97 + int(char)) if char.isdigit() else "x" for char in name[1:])


def _read(url: str, number: int, writers: int, truth: Truth, over: threading.Event) -> None:
    chance = Random(1_000 + number)  # noqa: S311 - not for secrets
    with httpx.Client(base_url=url, timeout=120) as client:
        while not over.is_set():
            name = f"w{chance.randrange(writers)}-{chance.randrange(5)}"
            word = _word(name)
            known = truth.snapshot(name)
            began = time.monotonic()
            draw = chance.random()
            body: dict[str, Any]
            if draw < 0.8:
                what, body = "search", {"query": f"{word} commission", "limit": 3}
                if draw < 0.4:
                    what, body["articles"] = "search one", [name]
                response = client.post("/v1/search", json=body)
            else:
                what, body = "ask", {"question": f"What does the {word} plan cost?"}
                response = client.post("/v1/ask", json=body)
            if not response.is_success:
                truth.fault(f"{what} {word}: {response.status_code} {response.text[:200]}")
                continue
            truth.note(what, began)
            _check(client, what, name, known, truth, response.json())


def _check(
    client: httpx.Client,
    what: str,
    name: str,
    known: tuple[tuple[int, bool] | None, bool],
    truth: Truth,
    body: dict[str, Any],
) -> None:
    """Compare every passage with its article, and with what was acknowledged before."""
    if what != "ask":
        shown = [result["passage"] for result in body["results"]]
        found = [(p["article_id"], p["version"], p["start"], p["end"], p["text"]) for p in shown]
    else:
        shown = body["citations"]
        found = [(c["article_id"], c["version"], c["start"], c["end"], c["quote"]) for c in shown]
    for article_id, version, start, end, text in found:
        response = client.get(f"/v1/articles/{article_id}", params={"version": version})
        if response.status_code == 404:
            # Deleted since it was found; what was deleted before is looked at below.
            truth.note("deleted meanwhile", time.monotonic())
        elif response.json()["text"][start:end] != text:
            truth.fault(f"{what}: {article_id} v{version} {start}-{end} is not {text[:80]!r}")
        else:
            truth.note("passage compared", time.monotonic())
    now = truth.snapshot(name)
    if known != now or known[1]:
        return  # written to meanwhile: old or new may come
    seen = {version for article_id, version, *_ in found if article_id == name}
    standing = known[0]
    if seen and (standing is None or not standing[1] or seen != {standing[0]}):
        truth.fault(f"{what} {name}: found version {seen}, but it stands as {standing}")
    # Among all others an article may come fourth: of 120 five did not come first.
    elif what == "search one" and standing is not None and standing[1] and not seen:
        truth.fault(f"{what} {name}: not found, but it stands as {standing}")
    else:
        truth.note("standing compared", time.monotonic())


if __name__ == "__main__":
    sys.exit(main())
