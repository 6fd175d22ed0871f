from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.spending import NOTHING, Use
from rag.store.database import Database
from rag.store.tokens import TokenLedger


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.close()


def test_what_is_taken_is_added_up_for_all_processes(database: Database) -> None:
    one, other = TokenLedger(database), TokenLedger(database)
    assert one.spent() == NOTHING
    assert one.reserve(Use(tokens=100, cost=7), NOTHING)
    assert other.reserve(Use(tokens=23), NOTHING)
    other.settle(Use(tokens=-3, cost=1))
    assert one.spent() == other.spent() == Use(tokens=120, cost=8)


@pytest.mark.parametrize("most", [Use(tokens=1_000), Use(cost=50)])
def test_many_at_once_do_not_go_beyond_the_day(database: Database, most: Use) -> None:
    ledger = TokenLedger(database)
    with ThreadPoolExecutor(8) as pool:
        set_aside = list(
            pool.map(lambda _: ledger.reserve(Use(tokens=100, cost=5), most), range(20))
        )
    assert sum(set_aside) == 10
    assert ledger.spent() == Use(tokens=1_000, cost=50)
