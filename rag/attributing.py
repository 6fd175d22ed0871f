"""Read stored articles for who says what, behind the ingest and beside the questions.

    python -m rag.attributing < URL

is the process that a server starts for it: the catalogue's URL comes in a line, since it may hold a
password, and it ends when its input does, so also when the server is killed.
"""

from __future__ import annotations

import logging
import os
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
from rag.store.database import Database
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
    """The reading process of a server: started, told to stop, ended with it."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it reads whatever is stored from now on."""
        home = str(Path(rag.__file__).parents[1])
        paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(  # noqa: S603  our own module
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # an interrupt at the keyboard is the server's to handle
        )
        orders = cast(BinaryIO, self._process.stdin)
        orders.write(f"{self._url}\n".encode())
        orders.flush()

    def stop(self) -> None:
        """End it after the articles in hand."""
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
    """Follow the catalogue until the input ends."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    url = sys.stdin.readline().rstrip("\n")
    os.nice(_NICE)
    stopping = threading.Event()
    threading.Thread(target=_until_end, args=(stopping,), daemon=True).start()
    database = Database(url)
    try:
        follow(Attributing(database), stopping)
    finally:
        database.close()


def follow(attributing: Attributing, stopping: threading.Event) -> None:
    """Read what is stored, as it is stored, until told to stop."""
    done = -1
    while not stopping.wait(POLL_SECONDS):
        try:
            generation = attributing.generation()
            if generation != done and attributing.catch_up(stopping=stopping.is_set):
                done = generation
        except ModelError:
            log.exception("Statements cannot be read")
            return
        except DatelineError:
            # The catalogue is busy or its disk is full: what is not read stays to be read.
            log.exception("Statements cannot be stored now")


def _until_end(stopping: threading.Event) -> None:
    sys.stdin.read()
    stopping.set()


if __name__ == "__main__":
    main()
