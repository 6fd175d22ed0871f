from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from rag.errors import MigrationImpossible
from rag.store import transfer as module
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.jobs import Jobs
from rag.store.keys import Keys
from rag.store.keys_audit import AuditLog
from rag.store.schema import article, passage
from rag.store.transfer import finish, transfer, unfinished
from tests.postgres import Databases
from tests.rag.store.conftest import Put

Open = Callable[[str], Database]


@pytest.fixture
def elsewhere(
    url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[], Database]]:
    """Opens the database of the other kind, empty at first."""
    opened: list[Database] = []
    other = f"sqlite:///{tmp_path / 'other' / 'catalogue.db'}"
    if url.startswith("sqlite"):
        make: Databases = request.getfixturevalue("postgres")
        other = make()

    def open_it() -> Database:
        opened.append(Database(other))
        return opened[-1]

    yield open_it
    for database in opened:
        database.close()


def test_every_row_comes_over_and_later_writes_follow(
    catalogue: Catalogue,
    put: Put,
    elsewhere: Callable[[], Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PART", 3)
    for number in range(5):
        put(f"Émile 😀 {number}.\nHe left.\nAnd came.", id=f"a{number}", title="T")
    put("Other.", id="a1")
    catalogue.delete("a2")
    catalogue.retract("a3", "Wrong.")
    key, token = Keys(catalogue._db).create("desk")
    target = elsewhere()
    shown: list[tuple[int, int]] = []
    copied = transfer(catalogue._db, target, lambda done, total: shown.append((done, total)))
    assert unfinished(target) is not None
    finish(target)
    assert unfinished(target) is None
    assert (copied.rows["article"], copied.rows["passage"]) == (4, 7)
    assert copied.generation == catalogue.generation()
    assert shown[-1][0] == shown[-1][1]
    there = Catalogue(target)
    assert there.article("a0") == catalogue.article("a0")
    assert there.article("a3").status == "retracted"
    assert Keys(target).find(token) == key
    assert transfer(catalogue._db, target).written == 0
    finish(target)
    put("New.", id="a9")
    catalogue.delete("a0")
    again = transfer(catalogue._db, target)
    finish(target)
    assert 0 < again.written < 15
    assert again.digests != copied.digests
    assert [item.id for item in there.articles(10).items] == ["a1", "a3", "a4", "a9"]


def test_keys_and_numbers_go_on_behind_those_of_the_other(
    catalogue: Catalogue, put: Put, elsewhere: Callable[[], Database]
) -> None:
    put("One.\nTwo.", id="a")
    last = max(row.key for row in catalogue.changes(0).added)
    catalogue.delete("a")  # their keys are nobody's any more, and never come back
    target = elsewhere()
    transfer(catalogue._db, target)
    finish(target)
    with target.write() as tx:
        assert target.backend.counter(tx, "passage", "key") == last
        tx.execute(article.insert().values(
            id="b", origin="o", version=1, status="live", cluster_id="c",
            ingested_at=target.now(tx),
        ))  # fmt: skip
        tx.execute(passage.insert().values(
            id="b:1:0-1", article_id="b", version=1, start=0, end=1, vector=b"", generation=9
        ))  # fmt: skip
        assert tx.scalar(sa.select(passage.c.key)) == last + 1
    assert AuditLog(target).page(5).items == ()


def test_a_copy_that_was_stopped_goes_on(
    catalogue: Catalogue,
    put: Put,
    elsewhere: Callable[[], Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PART", 2)
    for number in range(6):
        put(f"Text {number}.", id=f"a{number}")
    target = elsewhere()

    def stop(done: int, _total: int) -> None:
        if done > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transfer(catalogue._db, target, stop)
    assert "catalogue" in str(unfinished(target)) or "postgresql" in str(unfinished(target))
    with target.read() as tx:
        half = tx.scalar(sa.select(sa.func.count()).select_from(article)) or 0
    copied = transfer(catalogue._db, target)
    finish(target)
    assert copied.rows["article"] == 6
    assert half > 0, "it had begun"
    fresh = sum(copied.rows.values())
    assert copied.written < fresh, "what was there was not written again"


def test_what_is_not_from_here_is_never_overwritten(
    catalogue: Catalogue, put: Put, elsewhere: Callable[[], Database]
) -> None:
    put("One.", id="a")
    target = elsewhere()
    transfer(catalogue._db, target)
    finish(target)
    Catalogue(target).delete("a")  # somebody writes into the copy
    with pytest.raises(MigrationImpossible, match="not from here"):
        transfer(catalogue._db, target)


def test_jobs_have_to_end_first(catalogue: Catalogue, elsewhere: Callable[[], Database]) -> None:
    jobs = Jobs(catalogue._db)
    job = jobs.create("ingest", {})
    with pytest.raises(MigrationImpossible, match="1 jobs are not done"):
        transfer(catalogue._db, elsewhere())
    jobs.cancel(job.id)
    transfer(catalogue._db, elsewhere())
