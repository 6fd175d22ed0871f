from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

import sqlalchemy as sa

from rag.store import lease
from rag.store.database import Database
from rag.store.lease import Lease
from rag.store.schema import state

HOLDER = """
import sys
from rag.store.database import Database
from rag.store.lease import Lease
print(Lease(Database(sys.argv[1]), "work").take(), flush=True)
sys.stdin.read()
"""


def test_one_has_it_until_it_is_given_back(url: str) -> None:
    database = Database(url)
    one, other = Lease(database, "work"), Lease(database, "work")
    assert one.take()
    assert one.take(), "it is renewed"
    assert not other.take()
    other.give_back()
    assert not other.take(), "what is not held cannot be given back"
    one.give_back()
    assert other.take()
    assert Lease(database, "other work").take()
    database.close()


def test_a_process_that_was_killed_loses_it_at_once(url: str) -> None:
    database = Database(url)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "True"
    mine = Lease(database, "work")
    assert not mine.take()
    holder.kill()
    holder.communicate()
    assert mine.take()
    database.close()


def test_a_stranger_without_a_sign_of_life_loses_it_in_the_end(url: str) -> None:
    database = Database(url)
    mine = Lease(database, "work")
    now = datetime.now(UTC)
    for age, free in ((lease.HELD * 2, True), (lease.HELD * 0, False)):
        until = (now - age + lease.HELD).timestamp()
        held = {"host": "elsewhere", "pid": 1, "token": "other", "until": until}
        with database.write() as tx:
            tx.execute(state.delete().where(state.c.name == "work"))
            tx.execute(state.insert().values(name="work", value=json.dumps(held)))
        assert mine.take() is free
    with database.read() as tx:
        assert "elsewhere" in str(tx.scalar(sa.select(state.c.value).where(state.c.name == "work")))
    database.close()
