"""Clients of several servers: what they ask and store, what they got, and whether it is right.

A client that a server does not take sends the same to the next one, as a load balancer does. What a
server took and did not answer is kept as a miss, and so is every refusal; whoever reads that
decides which could not be helped.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from string import ascii_lowercase
from threading import Event, Lock, Thread
from typing import Any

import httpx
import numpy as np

from eval.fleet import PATIENCE, Process

QUESTIONS = (
    "Why was Russia not on the US tariff list?",
    "What did Peskov say about the ceasefire?",
)
"""Those that every reader answers, however many other articles there are."""
SECONDS = 90.0
"""Most time for a request."""
BROKEN, REFUSED = "broken off", "not taken"
NOT_READY = "503 not_ready"
"""What a load balancer hears of ``/readyz`` beforehand: nothing is sent there."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A request that a server did not fulfil; times are of ``time.monotonic``."""

    server: str
    phase: str
    begun: float
    ended: float
    what: str
    """BROKEN, REFUSED or the code of a problem."""
    said: str = ""


@dataclass(slots=True)
class Phase:
    """What was fulfilled while something was done."""

    seconds: list[float] = field(default_factory=list)
    """What each request took."""


class Traffic:
    """Readers and writers, each a thread that sends its next request after a pause."""

    def __init__(self, servers: Sequence[Process], pause: float) -> None:
        self._servers, self._pause = servers, pause
        self.texts = _texts(servers[0])
        """The text of each article that was sent to be stored, and of those that were there."""
        self.stored: list[str] = []
        """Ids of articles whose write was acknowledged."""
        self.jobs: list[str] = []
        self.misses: list[Miss] = []
        self.wrong: list[str] = []
        """What was not as it was stored."""
        self.phases: dict[str, Phase] = {}
        self._lock, self._stopping = Lock(), Event()
        self._threads: list[Thread] = []
        self.phase = "quiet"

    @property
    def phase(self) -> str:
        """What is being done."""
        return self._phase

    @phase.setter
    def phase(self, name: str) -> None:
        self.phases.setdefault(name, Phase())
        self._phase = name

    def start(self, readers: int, writers: int) -> None:
        """Begin."""
        for work, many in ((self._read, readers), (self._write, writers)):
            for number in range(many):
                self._threads.append(Thread(target=self._keep, args=(work, number), daemon=True))
                self._threads[-1].start()

    def stop(self) -> None:
        """End when every request has ended."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def send(self, first: int | Process, method: str, path: str, json: Any = None) -> Any:
        """Send a request to a server, to the next where it is not taken; None where it failed.

        A server that is given itself, not by its place, is the only one that is tried.
        """
        whom: Sequence[Process] = (
            [first]
            if isinstance(first, Process)
            else [
                self._servers[(first + turn) % len(self._servers)]
                for turn in range(len(self._servers))
            ]
        )
        for server in whom:
            phase, begun = self._phase, time.monotonic()
            try:
                response = _CLIENT.request(method, server.base + path, json=json)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                self._missed(server, phase, begun, REFUSED)
                continue
            except httpx.HTTPError as error:
                self._missed(server, phase, begun, BROKEN, type(error).__name__)
                return None
            if response.is_success:
                with self._lock:
                    self.phases[phase].seconds.append(time.monotonic() - begun)
                return response.json()
            code = _code(response)
            if code == NOT_READY:
                self._missed(server, phase, begun, REFUSED)
                continue
            self._missed(server, phase, begun, code, response.text[:300])
            return None
        return None

    def ask(self, first: int | Process, question: str) -> bool:
        """Ask, and compare what is cited with what was stored; whether there was an answer."""
        found = self.send(first, "POST", "/v1/ask", {"question": question})
        if found is None:
            return False
        if not found["citations"]:
            self._wrong(f"{question!r} was not answered: {found['reason']}")
        for cited in found["citations"]:
            self._compare(cited["article_id"], cited["start"], cited["end"], cited["quote"])
        return True

    def search(self, first: int | Process, query: str) -> list[str] | None:
        """Search, and compare the passages with what was stored; return their articles' ids."""
        found = self.send(first, "POST", "/v1/search", {"query": query, "limit": 5})
        if found is None:
            return None
        for result in found["results"]:
            one = result["passage"]
            self._compare(one["article_id"], one["start"], one["end"], one["text"])
        return [result["article"]["id"] for result in found["results"]]

    def store(self, first: int | Process, name: str) -> bool:
        """Store an article; whether that was acknowledged."""
        made = self.send(first, "POST", "/v1/articles", self._article(name))
        if made is not None:
            self.stored.append(name)
        return made is not None

    def submit(self, first: int, names: Sequence[str]) -> str | None:
        """Store articles by a job; return its id where it was acknowledged."""
        articles = [self._article(name) for name in names]
        made = self.send(first, "POST", "/v1/articles/batch", articles)
        if made is None:
            return None
        with self._lock:
            self.jobs.append(made["id"])
            self.stored.extend(names)
        return str(made["id"])

    def percentile(self, phase: str, at: float) -> float:
        """Return how many seconds so many of a hundred fulfilled requests took at most."""
        seconds = self.phases[phase].seconds
        return float(np.percentile(seconds, at)) if seconds else float("nan")

    def _keep(self, work: Any, number: int) -> None:
        for turn in count(1):
            if self._stopping.wait(self._pause):
                return
            work(number, turn)

    def _read(self, number: int, turn: int) -> None:
        if turn % 2:
            self.ask(number + turn, QUESTIONS[turn % len(QUESTIONS)])
        elif self.stored:
            self.search(number + turn, about(self.stored[-1]))

    def _write(self, number: int, turn: int) -> None:
        name = f"tide{number}x{turn}"
        if turn % 3:
            self.store(number + turn, name)
        else:
            self.submit(number + turn, [name])

    def _article(self, name: str) -> dict[str, str]:
        text = f"The bulletin {name} lists {_others(name)}, the pilots said on Friday."
        self.texts[name] = text
        return {"id": name, "text": text}

    def _compare(self, article: str, start: int, end: int, words: str) -> None:
        if self.texts.get(article, "")[start:end] != words or not words:
            self._wrong(f"{article} has no {words!r} from {start} to {end}")

    def _wrong(self, what: str) -> None:
        with self._lock:
            self.wrong.append(f"{self._phase}: {what}")

    def _missed(self, server: Process, phase: str, begun: float, what: str, said: str = "") -> None:
        with self._lock:
            self.misses.append(Miss(server.name, phase, begun, time.monotonic(), what, said))


def about(name: str) -> str:
    """Return the query that an article which was stored must be found with."""
    return _others(name)


def _others(name: str) -> str:
    """Return words that no other article has, so that none is taken for another's reprint."""
    drawn = Random(name)  # noqa: S311  the same every time
    return " ".join("".join(drawn.choices(ascii_lowercase, k=7)) for _ in range(24))


# No connection is kept: one that died with its server would count against the next request.
_CLIENT = httpx.Client(
    timeout=httpx.Timeout(SECONDS, connect=5.0),
    limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
    trust_env=False,
)


def _code(response: httpx.Response) -> str:
    """Return a refusal's status and code, marked where it is no problem with all that is due."""
    try:
        body: Mapping[str, Any] = response.json()
        whole = all(body.get(name) for name in ("code", "title", "detail", "status"))
    except ValueError:
        return f"{response.status_code} without a problem"
    kind = response.headers.get("content-type", "")
    if not whole or not kind.startswith("application/problem+json"):
        return f"{response.status_code} without a problem"
    return f"{response.status_code} {body['code']}"


def _texts(server: Process) -> dict[str, str]:
    items = httpx.get(f"{server.base}/v1/articles", timeout=SECONDS).json()["items"]
    return {
        item["id"]: httpx.get(f"{server.base}/v1/articles/{item['id']}", timeout=SECONDS).json()[
            "text"
        ]
        for item in items
    }
