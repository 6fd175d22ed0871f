"""Work that one process at a time does, on however many machines the catalogue is used."""

from __future__ import annotations

import json
import os
import socket
import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa

from rag.store.database import Database
from rag.store.schema import state

HELD = timedelta(seconds=30)
"""An owner that gives no sign of life for so long has lost it."""


class Lease:
    """The right to do some work, named in the catalogue; taken, renewed and given back.

    The owner is a process. One on this machine that is gone loses it at once, a stranger after
    HELD.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._db = database
        self._name = name
        self._host, self._pid = socket.gethostname(), os.getpid()
        self._token = uuid.uuid4().hex

    def take(self) -> bool:
        """Take it or keep it; False while another one has it."""
        mine = state.c.name == self._name
        with self._db.read() as tx:
            now = self._db.now(tx)
            # Those who only look do not wait for a writer.
            if not self._free(tx.scalar(sa.select(state.c.value).where(mine)), now):
                return False
        with self._db.write("leases") as tx:
            held, now = tx.scalar(sa.select(state.c.value).where(mine)), self._db.now(tx)
            if not self._free(held, now):
                return False
            value = json.dumps(
                {"host": self._host, "pid": self._pid, "token": self._token,
                 "until": (now + HELD).timestamp()}
            )  # fmt: skip
            if held is None:
                tx.execute(state.insert().values(name=self._name, value=value))
            else:
                tx.execute(state.update().where(mine).values(value=value))
        return True

    def give_back(self) -> None:
        """Let others have it; nothing happens where it is not held."""
        mine = state.c.name == self._name
        with self._db.write("leases") as tx:
            held = tx.scalar(sa.select(state.c.value).where(mine))
            if held is not None and json.loads(held)["token"] == self._token:
                tx.execute(state.delete().where(mine))

    def _free(self, held: str | None, now: datetime) -> bool:
        if held is None:
            return True
        known = json.loads(held)
        if known["token"] == self._token or known["until"] <= now.timestamp():
            return True
        return known["host"] == self._host and not _alive(known["pid"])


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
