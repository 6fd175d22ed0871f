"""Read stored articles for who says what, behind the ingest and beside the questions.

    python -m rag.attributing < ORDERS

is the process that a server starts for it. `+ URL` has it follow a catalogue, `- URL` leave it;
they come in lines, since a URL may hold a password, and it ends when its input does, so also when
the server is killed.
"""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

import rag
from rag.attribution import Statement, roles, speakers, statements
from rag.attribution.days import days
from rag.errors import DatelineError, ModelError
from rag.store import changes
from rag.store.database import Database, exists
from rag.store.lease import Lease
from rag.store.statements import Said, Statements, Unread

log = logging.getLogger("dateline.statements")

BATCH = 8
"""Articles between two signs of life: about a second."""
LONGEST = 200_000
"""Code points of an article that are read: 30,000 words; the rest of a longer one has no
statements. Those of news26k have at most 20,000."""
POLL_SECONDS = 1.0
_NICE = 10
_PATIENCE = 5.0
LEASE = "statements"


class Attributing:
    """Fills the statements of a catalogue; of several processes one at a time does."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.statements = Statements(database)
        self._lease = Lease(database, LEASE)

    def close(self) -> None:
        """Close the catalogue."""
        self._db.close()

    def generation(self) -> int:
        """How many writes there have been to the articles."""
        with self._db.read() as tx:
            return changes.generation(tx)

    def catch_up(
        self,
        progress: Callable[[int], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
        most: int | None = None,
    ) -> bool:
        """Read all that waits, or ``most`` articles; False when another process is at it.

        ``progress`` is told how many articles were read. What was read stays read when this is
        stopped or killed. Raises StoreError, ModelMissing and ModelDamaged.
        """
        left = sys.maxsize if most is None else most
        taken = False
        try:
            while left > 0 and not stopping():
                found = self.statements.unread(min(BATCH, left))
                if not found:
                    return True
                if not (taken := self._lease.take()):
                    return False
                for item in found:
                    if stopping():
                        return True
                    self._read(item)
                    progress(1)
                left -= len(found)
        finally:
            if taken:
                self._lease.give_back()
        return True

    def _read(self, item: Unread) -> None:
        try:
            found, error = read(item), None
        except (DatelineError, MemoryError):
            raise
        except Exception as failure:
            # Whatever one article does to the rules, the others must be read.
            log.exception("%s could not be read for statements", item.article_id)
            found, error = [], f"{type(failure).__name__}: {failure}"[:500]
        self.statements.put(item, found, error)


def read(item: Unread) -> list[Said]:
    """Return what one article says, with roles and days."""
    text = item.text[:LONGEST]
    found = statements(text, item.language)
    introduced = roles.introductions(text) if found else {}
    described = {
        name: _role(name, introduced) for name in {one.speaker for one in found if one.speaker}
    }
    return [
        Said(
            statement=one,
            role=described.get(one.speaker or ""),
            days=_days(one, item),
        )
        for one in found
    ]


def _role(speaker: str, introduced: dict[str, str]) -> str | None:
    """Return the roles that an article gives a speaker, under his full name or the last alone."""
    given = [role for name, role in introduced.items() if name == speaker]
    given = given or [role for name, role in introduced.items() if speakers.same(name, speaker)]
    return "; ".join(given)[: roles.MOST] or None


def _days(one: Statement, item: Unread) -> tuple[date, date] | None:
    """Date the day of the saying as written: "on Friday"."""
    if one.when is None or item.published_at is None:
        return None
    found = days(one.when, item.published_at)
    return (found[0].first, found[0].last) if found else None


# ---- in a process of its own --------------------------------------------------------------------


class Process:
    """The reading process of a server, for all its catalogues: started, told what, ended with it.

    Safe for several threads.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start it."""
        home = str(Path(rag.__file__).parents[1])
        paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(  # noqa: S603  our own module
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # an interrupt at the keyboard is the server's to handle
        )

    def follow(self, database_url: str) -> None:
        """Read what is stored in a catalogue from now on."""
        self._tell(f"+ {database_url}\n")

    def leave(self, database_url: str) -> None:
        """Read no more of it, a batch that is in hand aside."""
        self._tell(f"- {database_url}\n")

    def _tell(self, order: str) -> None:
        with self._lock:
            if self._process is None:
                return
            orders = cast(BinaryIO, self._process.stdin)
            try:
                orders.write(order.encode())
                orders.flush()
            except BrokenPipeError:
                log.error("The process that reads statements has ended")  # noqa: TRY400

    def stop(self) -> None:
        """End it after the articles in hand."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        cast(BinaryIO, process.stdin).close()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main() -> None:
    """Follow catalogues until the input ends."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    os.nice(_NICE)
    followed = Followed()
    threading.Thread(target=_obey, args=(followed,), daemon=True).start()
    try:
        followed.run()
    finally:
        followed.close()


class Followed:
    """The catalogues that are read as something is stored in them, one after the other."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._orders: queue.Queue[tuple[bool, str]] = queue.Queue()
        self._wanted: dict[str, Attributing | None] = {}
        self._done: dict[str, int] = {}

    def order(self, url: str, *, follow: bool) -> None:
        """Have a catalogue followed or left; from another thread."""
        self._orders.put((follow, url))

    def run(self) -> None:
        """Read what is stored until told to stop, or until the parser cannot be loaded."""
        while not self.stopping.wait(POLL_SECONDS):
            self._take_orders()
            for url in list(self._wanted):
                try:
                    self._read(url)
                except ModelError:
                    log.exception("Statements cannot be read")
                    return
                except DatelineError:
                    # The catalogue is busy or its disk is full: what is not read stays to be read.
                    log.exception("Statements cannot be stored now")

    def close(self) -> None:
        """Close every catalogue."""
        for url in list(self._wanted):
            self._leave(url)

    def _take_orders(self) -> None:
        while not self._orders.empty():
            follow, url = self._orders.get()
            if follow:
                self._wanted.setdefault(url, None)
            else:
                self._leave(url)

    def _read(self, url: str) -> None:
        if (reading := self._wanted[url]) is None:
            # What was removed before it was its turn is not made anew.
            if not exists(url):
                self._leave(url)
                return
            reading = self._wanted[url] = Attributing(Database(url))
        generation = reading.generation()
        if generation != self._done.get(url, -1) and reading.catch_up(
            stopping=lambda: self.stopping.is_set() or not self._orders.empty()
        ):
            # An order may have cut it short: then there is more to read.
            self._done[url] = generation if self._orders.empty() else -1

    def _leave(self, url: str) -> None:
        self._done.pop(url, None)
        if (reading := self._wanted.pop(url, None)) is not None:
            reading.close()


def _obey(followed: Followed) -> None:
    for line in sys.stdin:
        sign, _, url = line.rstrip("\n").partition(" ")
        followed.order(url, follow=sign == "+")
    followed.stopping.set()


if __name__ == "__main__":
    main()
