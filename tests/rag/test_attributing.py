from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rag import attributing
from rag.attributing import Attributing, Followed, Process, read
from rag.config import Settings
from rag.errors import CatalogueBusy, ModelMissing
from rag.ingest.clean import clean
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.lease import Lease
from rag.store.statements import Unread
from rag.store.statements_query import StatementQuery, Wanted
from rag.types import Source
from tests.rag.store.conftest import vectors_for

ROOT = Path(__file__).parents[2]
TEXT = "US President Joe Biden said on Friday that talks go on.\n“They are hard,” he said.\n"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(Settings(data=tmp_path / "data").database_url)
    yield opened
    opened.close()


def store(database: Database, name: str, text: str = TEXT) -> None:
    article, _ = clean(Source(text=text, origin="test", id=name), 10**6)
    spans = [(0, len(article.text))]
    Catalogue(database).put(article, "test", spans, vectors_for([article.text]))


def item(text: str, **fields: object) -> Unread:
    base = {"article_id": "a", "version": 1, "language": None, "published_at": None}
    return Unread(text=text, **{**base, **fields})  # type: ignore[arg-type]


def test_an_article_is_read_for_speakers_roles_and_days() -> None:
    friday = datetime(2025, 3, 14, tzinfo=UTC)
    first, second = read(item(TEXT, published_at=friday))
    assert first.statement.speaker == "Joe Biden"
    assert first.role == second.role == "US President"
    assert first.days == (date(2025, 3, 14), date(2025, 3, 14))
    assert second.days is None
    assert read(item(TEXT))[0].days is None, "of an undated article no weekday is a date"
    assert read(item(TEXT, language="fr")) == []


def test_only_the_beginning_of_an_endless_article_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attributing, "LONGEST", len(TEXT))
    assert len(read(item(TEXT * 3))) == 2


def test_what_waits_is_read_once_and_progress_is_told(database: Database) -> None:
    for number in range(10):
        store(database, f"a{number}")
    own = Attributing(database)
    told: list[int] = []
    assert own.catch_up(told.append, most=3)
    assert own.statements.waiting() == 7
    assert own.catch_up(told.append)
    assert sum(told) == 10
    assert own.catch_up(told.append)
    assert sum(told) == 10
    assert own.statements.counts() == (20, 0)


def test_one_at_a_time_reads(database: Database) -> None:
    store(database, "a")
    other = Lease(database, attributing.LEASE)
    assert other.take()
    own = Attributing(database)
    assert not own.catch_up()
    assert own.statements.waiting() == 1
    other.give_back()
    assert own.catch_up()
    assert other.take(), "it was given back"


def test_an_article_that_breaks_the_rules_stops_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        store(database, f"a{number}", TEXT if number != 1 else "Break this article, said Bob.\n")

    def fragile(text: str, language: str | None) -> object:
        if text.startswith("Break"):
            raise RecursionError("too deep")
        return whole(text, language)

    whole = attributing.statements
    monkeypatch.setattr(attributing, "statements", fragile)
    own = Attributing(database)
    with caplog.at_level(logging.ERROR):
        assert own.catch_up()
    assert "a1 could not be read" in caplog.text
    assert own.statements.counts() == (4, 1)


def test_following_goes_on_after_trouble_and_ends_without_the_parser(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, "a")
    troubles = [CatalogueBusy("Busy."), ModelMissing("No parser.")]
    monkeypatch.setattr(attributing, "POLL_SECONDS", 0.001)

    def fail(self: Attributing, **_: object) -> bool:
        raise troubles.pop(0)

    monkeypatch.setattr(Attributing, "catch_up", fail)
    followed = Followed()
    followed.order(Settings(data=tmp_path / "data").database_url, follow=True)
    followed.run()
    followed.close()
    assert troubles == []


def test_several_catalogues_are_followed_and_one_is_left(tmp_path: Path) -> None:
    urls = [Settings(data=tmp_path / name).database_url for name in ("one", "two")]
    one, two = (Database(url) for url in urls)
    process = Process()
    process.start()
    for url in urls:
        process.follow(url)
    # One that is not there is not made.
    process.follow(Settings(data=tmp_path / "none").database_url)
    store(one, "a")
    store(two, "a")
    until(one, 1)
    until(two, 1)
    process.leave(urls[0])
    time.sleep(2 * attributing.POLL_SECONDS)
    store(one, "b")
    store(two, "b")
    until(two, 2)
    process.stop()
    assert Attributing(one).statements.waiting() == 1
    assert not (tmp_path / "none").exists()
    one.close()
    two.close()


def until(database: Database, articles: int) -> None:
    """Wait until so many articles are read."""
    own = Attributing(database).statements
    deadline = time.monotonic() + 60
    while own.waiting():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(StatementQuery(database).articles(Wanted())) == articles


def test_a_process_of_its_own_reads_what_comes_and_ends_when_told(
    tmp_path: Path, database: Database
) -> None:
    store(database, "a")
    process = Process()
    process.start()
    process.follow(Settings(data=tmp_path / "data").database_url)
    until(database, 1)
    store(database, "b")
    until(database, 2)
    running = process._process
    assert running is not None
    process.stop()
    assert running.returncode == 0
    process.stop()


def test_killed_in_the_middle_it_is_gone_on_with_and_nothing_is_doubled(
    tmp_path: Path, database: Database
) -> None:
    for number in range(40):
        store(database, f"a{number}", TEXT * 3)
    url = Settings(data=tmp_path / "data").database_url
    own = Attributing(database)
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-m", "rag.attributing"], stdin=subprocess.PIPE, cwd=ROOT
        )
        assert process.stdin is not None
        process.stdin.write(f"+ {url}\n".encode())
        process.stdin.flush()
        before = own.statements.waiting()
        while own.statements.waiting() == before:
            time.sleep(0.005)
        process.kill()
        process.communicate()
    assert 0 < own.statements.waiting() < 40
    assert own.catch_up()
    assert own.statements.counts() == (40 * 6, 0)
