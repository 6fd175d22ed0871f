from __future__ import annotations

import json
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import working
from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import CatalogueBusy, CatalogueError, InputError
from rag.ingest.options import Remembered
from rag.ingesting import FeedMemory
from rag.store.feeds import Feeds
from rag.types import Article, Job, Stored
from rag.working import Worker, requested


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Dateline]:
    opened = Dateline(Settings(data=tmp_path / "data"))
    yield opened
    opened.close()


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "data" / "uploads"


@pytest.fixture
def submit(own: Dateline, spool: Path) -> Callable[..., Job]:
    """Write down a job of one uploaded file of records."""

    def make(*records: dict[str, Any]) -> Job:
        folder = spool / f"s{len(own.jobs.newest(99))}"
        folder.mkdir(parents=True)
        (folder / "0").write_text("".join(json.dumps(record) + "\n" for record in records))
        return own.jobs.create(
            "ingest",
            {"spool": folder.name, "files": [{"name": "records.jsonl", "path": "0"}]},
            len(records),
        )

    return make


def ended(own: Dateline, job: Job) -> Job:
    deadline = time.monotonic() + 120
    while not (now := own.jobs.get(job.id)).ended:
        assert time.monotonic() < deadline, now
        time.sleep(0.02)
    return now


def article(number: int) -> dict[str, Any]:
    return {"id": f"a-{number}", "text": f"Report {number} came from town {number * 7}."}


def test_a_job_is_done_and_its_files_are_removed(
    own: Dateline, spool: Path, submit: Callable[..., Job]
) -> None:
    worker = Worker(own.jobs, own.ingesting, spool)
    worker.start()
    job = submit(article(1), {"text": ""}, article(2))
    worker.wake()
    now = ended(own, job)
    worker.stop()
    assert (now.state, now.added, now.refused) == ("done", 2, 1)
    assert not any(spool.iterdir())
    assert own.articles().total == 2


def test_an_upload_is_not_read_into_memory(own: Dateline, spool: Path) -> None:
    (spool / "s").mkdir(parents=True)
    row = json.dumps({"id": "a", "text": "It rained. " * 1_000}).encode() + b"\n"
    with (spool / "s" / "0").open("wb") as file:
        for _ in range(3_000):
            file.write(row)
    request = {"spool": "s", "files": [{"name": "rows.jsonl", "path": "0"}]}
    options = own.ingesting.options(FeedMemory(own.ingesting.feeds))
    tracemalloc.start()
    found = sum(1 for _ in requested(request, spool, options))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == 3_000
    assert peak < (spool / "s" / "0").stat().st_size / 10


def test_a_path_in_the_place_of_an_address_is_never_read(own: Dateline, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("The budget of the agency is 42 million.")
    options = own.ingesting.options(FeedMemory(own.ingesting.feeds))
    names = [str(secret), str(tmp_path), secret.as_uri(), "ftp://x.example/"]
    found = list(requested({"urls": names}, tmp_path, options))
    assert [item.code for item in found if isinstance(item, InputError)] == ["url_forbidden"] * 4


def test_an_upload_that_is_gone_is_refused_and_stops_no_other(own: Dateline, spool: Path) -> None:
    (spool / "s").mkdir(parents=True)
    (spool / "s" / "1").write_text(json.dumps(article(1)))
    files = [{"name": "lost.csv", "path": "0"}, {"name": "kept.jsonl", "path": "1"}]
    job = own.jobs.create("ingest", {"spool": "s", "files": files})
    worker = Worker(own.jobs, own.ingesting, spool)
    worker.start()
    now = ended(own, job)
    worker.stop()
    assert (now.state, now.added, now.refused) == ("done", 1, 1)
    (lost,) = own.jobs.items(job.id, 9, outcome="refused")
    assert (lost.origin, lost.code) == ("upload:lost.csv", "source_unreadable")


def test_jobs_wait_for_one_another(own: Dateline, spool: Path, submit: Callable[..., Job]) -> None:
    jobs = [submit(article(number)) for number in range(3)]
    worker = Worker(own.jobs, own.ingesting, spool)
    worker.start()
    assert [ended(own, job).state for job in jobs] == ["done"] * 3
    worker.stop()


def test_a_cancelled_job_keeps_what_it_stored(
    own: Dateline, spool: Path, submit: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(*(article(number) for number in range(200)))
    monkeypatch.setattr(working, "NOTE_ITEMS", 1)
    worker = Worker(own.jobs, own.ingesting, spool)
    worker.start()
    while not own.jobs.get(job.id).added:
        time.sleep(0.01)
    own.jobs.cancel(job.id)
    now = ended(own, job)
    worker.stop()
    assert now.state == "cancelled"
    assert 0 < now.added < 200
    assert own.articles().total >= now.added


def test_a_stopped_worker_gives_its_job_back(
    own: Dateline, spool: Path, submit: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(*(article(number) for number in range(200)))
    monkeypatch.setattr(working, "NOTE_ITEMS", 1)
    worker = Worker(own.jobs, own.ingesting, spool)
    worker.start()
    while not own.jobs.get(job.id).added:
        time.sleep(0.01)
    worker.stop()
    assert own.jobs.get(job.id).state == "queued"
    following = Worker(own.jobs, own.ingesting, spool)
    following.start()
    now = ended(own, job)
    following.stop()
    assert now.state == "done"
    assert now.added + now.unchanged == 200
    assert own.articles().total == 200


def test_a_failing_store_ends_the_job_with_its_code(
    own: Dateline, spool: Path, submit: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    put = own.catalogue.put

    def full(new: Article, *args: object, **kwargs: object) -> Stored:
        if new.id == "a-2":
            raise CatalogueError("The disk is full.", remedy="Free some.")
        return put(new, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(own.catalogue, "put", full)
    job = submit(article(1), article(2), article(3))
    worker = Worker(own.jobs, own.ingesting, spool)
    worker.start()
    now = ended(own, job)
    worker.stop()
    assert (now.state, now.error_code) == ("failed", "catalogue_unusable")
    assert now.error == "The disk is full. Free some."
    assert (now.added, own.articles().total) == (1, 1)


def test_a_busy_catalogue_only_delays(
    own: Dateline, spool: Path, submit: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, tries = own.jobs.claim, threading.Event()

    def busy(owner: str) -> Job | None:
        if not tries.is_set():
            tries.set()
            raise CatalogueBusy("Another writer holds it.")
        return claim(owner)

    monkeypatch.setattr(own.jobs, "claim", busy)
    monkeypatch.setattr(working, "POLL_SECONDS", 0.01)
    job = submit(article(1))
    worker = Worker(own.jobs, own.ingesting, spool)
    worker.start()
    assert ended(own, job).state == "done"
    worker.stop()


def test_a_sign_of_life_is_given_while_one_article_takes_long(
    own: Dateline, spool: Path, submit: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    note, beats, go_on = own.jobs.note, threading.Event(), threading.Event()

    def noted(job_id: str, owner: str, items: Any) -> bool:
        if not items:
            beats.set()
        return note(job_id, owner, items)

    def slow(*args: Any, **kwargs: Any) -> Any:
        go_on.wait(60)
        return put(*args, **kwargs)

    put = own.catalogue.put
    monkeypatch.setattr(own.jobs, "note", noted)
    monkeypatch.setattr(own.catalogue, "put", slow)
    monkeypatch.setattr(working, "BEAT_SECONDS", 0.01)
    job = submit(article(1))
    worker = Worker(own.jobs, own.ingesting, spool)
    worker.start()
    assert beats.wait(60)
    go_on.set()
    assert ended(own, job).state == "done"
    worker.stop()


def test_a_worker_that_never_began_can_be_stopped(own: Dateline, spool: Path) -> None:
    Worker(own.jobs, own.ingesting, spool).stop()


def test_what_fetching_remembers_is_kept_once_all_is_stored(own: Dateline) -> None:
    memory = FeedMemory(Feeds(own.database))
    url = "https://a.example/feed"
    assert memory.get(url) is None
    for tag in ("one", "two"):
        memory.put(Remembered(url, tag, None))
        assert memory.get(url) != Remembered(url, tag, None)
        memory.keep()
        assert memory.get(url) == Remembered(url, tag, None)
