"""Jobs on PostgreSQL: each is done once, by one of several workers, whatever becomes of them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest

from rag.store import queue as module
from rag.store.database import Database
from rag.store.jobs import Jobs
from rag.store.queue import Interrupted, Queue
from rag.store.uploads import PART, Uploads
from tests.postgres import Databases

ROOT = Path(__file__).parents[3]
# Takes the first job and never ends it.
HOLDER = """
import sys, time
from threading import Event
from rag.store.database import Database
from rag.store.jobs import Jobs
from rag.store.queue import Queue

database = Database(sys.argv[1])
jobs = Jobs(database, Queue(database))

def work(job_id):
    print(jobs.begin(job_id, "holder").id, flush=True)
    time.sleep(600)

jobs.queue.serve(work, Event())
"""


@pytest.fixture
def database(postgres: Databases) -> Iterator[Database]:
    opened = Database(postgres())
    yield opened
    opened.close()


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database, Queue(database))


@pytest.fixture
def serve() -> Iterator[Callable[[Database, Callable[[str], None]], None]]:
    """Let a worker of its own do the jobs until the test ends."""
    stopping, threads = Event(), list[Thread]()

    def begin(database: Database, work: Callable[[str], None]) -> None:
        threads.append(Thread(target=Queue(database).serve, args=(work, stopping)))
        threads[-1].start()

    yield begin
    stopping.set()
    for thread in threads:
        thread.join()


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_each_job_is_done_once_by_one_of_several_workers(
    database: Database, jobs: Jobs, serve: Callable[..., None]
) -> None:
    done: list[tuple[str, str]] = []

    def worker(name: str) -> Callable[[str], None]:
        def work(job_id: str) -> None:
            assert jobs.begin(job_id, name)
            time.sleep(0.05)
            jobs.finish(job_id, name, "done", None, None)
            done.append((name, job_id))

        return work

    for name in ("one", "two"):
        serve(database, worker(name))
    made = [jobs.create("ingest", {"n": n}).id for n in range(8)]
    wait(lambda: len(done) >= 8)
    assert sorted(job_id for _, job_id in done) == sorted(made)
    assert {jobs.get(job_id).state for job_id in made} == {"done"}


def test_a_job_that_was_not_written_is_not_done(
    database: Database, jobs: Jobs, serve: Callable[..., None]
) -> None:
    assert jobs.queue is not None
    with pytest.raises(RuntimeError), database.write("jobs") as tx:
        jobs.queue.hand_over(tx, "job-of-nobody")
        raise RuntimeError
    done: list[str] = []
    serve(database, done.append)
    job = jobs.create("ingest", {})
    wait(lambda: bool(done))
    assert done == [job.id]


def test_an_interrupted_job_is_done_again(
    database: Database, jobs: Jobs, serve: Callable[..., None]
) -> None:
    seen: list[str] = []

    def work(job_id: str) -> None:
        seen.append(job_id)
        if len(seen) == 1:
            raise Interrupted

    job = jobs.create("ingest", {})
    serve(database, work)
    wait(lambda: len(seen) == 2)
    assert seen == [job.id, job.id]


def test_a_job_that_was_cancelled_while_it_waited_is_not_begun(jobs: Jobs) -> None:
    job = jobs.create("ingest", {})
    jobs.cancel(job.id)
    assert jobs.begin(job.id, "me") is None
    assert jobs.get(job.id).state == "cancelled"


def test_the_job_of_a_killed_worker_is_done_by_another(
    postgres: Databases,
    database: Database,
    jobs: Jobs,
    serve: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "STALLED", 1.0)
    monkeypatch.setattr(module, "_BEAT", 0.2)
    job = jobs.create("ingest", {})
    url = database.engine.url.render_as_string(hide_password=False)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == job.id
    holder.kill()
    holder.communicate()
    done: list[str] = []
    serve(database, done.append)
    wait(lambda: bool(done))
    assert done == [job.id]
    assert jobs.begin(job.id, "me"), "the queue's word counts, whoever had it before"
    assert not jobs.note(job.id, "holder", []), "which has lost it"


def test_the_queue_is_installed_once_and_brought_up_to_date(database: Database) -> None:
    Queue(database)
    Queue(database)
    with database.read() as tx:
        tables = tx.exec_driver_sql("SELECT count(*) FROM procrastinate_jobs").scalar()
    assert tables == 0
    with database.write("jobs") as tx:
        # As if an older version had made it, before its last change, which may be done twice.
        tx.exec_driver_sql("UPDATE state SET value = '03.04.00_02' WHERE name = 'procrastinate'")
    Queue(database)
    with database.read() as tx:
        found = tx.exec_driver_sql("SELECT value FROM state WHERE name = 'procrastinate'")
        assert str(found.scalar()) > "03.04.00_02"


def test_the_worker_goes_on_when_the_database_is_back(
    database: Database, jobs: Jobs, serve: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AGAIN", 0.1)
    done: list[str] = []
    serve(database, done.append)
    first = jobs.create("ingest", {})
    wait(lambda: done == [first.id])
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    second = jobs.create("ingest", {})
    wait(lambda: done == [first.id, second.id])


def test_uploads_come_back_on_another_host(database: Database, tmp_path: Path) -> None:
    here, there = tmp_path / "here" / "s1", tmp_path / "there" / "s1"
    here.mkdir(parents=True)
    files = {"00000": b"x" * (2 * PART), "00001": b"", "00002": bytes(range(256))}
    for name, data in files.items():
        (here / name).write_bytes(data)
    uploads = Uploads(database)
    uploads.keep(here)
    for _ in range(2):  # a job that begins again finds them as they were
        uploads.fetch(there)
        assert {path.name: path.read_bytes() for path in there.iterdir()} == files
    uploads.discard("s1")
    uploads.fetch(there)
    assert not list(there.iterdir())
