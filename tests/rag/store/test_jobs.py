from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from rag.errors import JobNotFound
from rag.store import jobs as module
from rag.store.database import Database
from rag.store.jobs import Jobs
from rag.store.rows import moment_cursor, number_cursor
from rag.types import JobItem


@pytest.fixture
def jobs(url: str) -> Iterator[Jobs]:
    database = Database(url)
    yield Jobs(database)
    database.close()


def item(number: int, outcome: Any = "added") -> JobItem:
    return JobItem(
        number=number, origin=f"file-{number}", outcome=outcome, article_id="a", version=1,
        code="source_empty" if outcome == "refused" else None, message=None,
    )  # fmt: skip


def test_jobs_are_done_in_their_order(jobs: Jobs) -> None:
    first, second = jobs.create("ingest", {"n": 1}), jobs.create("ingest", {"n": 2})
    assert first.state == "queued"
    claimed = [jobs.claim("me"), jobs.claim("you"), jobs.claim("them")]
    assert [job.id if job else None for job in claimed] == [first.id, second.id, None]
    assert claimed[0] is not None
    assert claimed[0].request == {"n": 1}
    assert claimed[0].state == "running"


def test_progress_can_be_watched(jobs: Jobs) -> None:
    job = jobs.create("ingest", {}, total=4)
    jobs.claim("me")
    assert jobs.note(job.id, "me", [item(0), item(1, "refused")])
    seen = jobs.get(job.id)
    assert (seen.added, seen.refused, seen.done, seen.total) == (1, 1, 2, 4)
    assert seen.rate is not None
    assert seen.seconds_left is not None
    jobs.finish(job.id, "me", "done", None, None)
    ended = jobs.get(job.id)
    assert ended.ended
    assert ended.finished_at is not None
    assert ended.seconds_left is None


def test_items_are_listed_with_their_reasons(jobs: Jobs) -> None:
    job = jobs.create("ingest", {})
    jobs.claim("me")
    jobs.note(job.id, "me", [item(0), item(1, "refused"), item(2), item(3, "refused")])
    assert [i.number for i in jobs.items(job.id, 2)] == [0, 1]
    assert [i.number for i in jobs.items(job.id, 9, number_cursor(1))] == [2, 3]
    refused = jobs.items(job.id, 9, outcome="refused")
    assert [(i.number, i.code) for i in refused] == [(1, "source_empty"), (3, "source_empty")]


def test_a_job_whose_owner_died_is_taken_over(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.create("ingest", {})
    jobs.claim("dead")
    jobs.note(job.id, "dead", [item(0), item(1)])
    assert jobs.claim("next") is None
    monkeypatch.setattr(module, "LOST_AFTER", timedelta(0))
    taken = jobs.claim("next")
    assert taken is not None
    assert taken.id == job.id
    # What was stored before is found unchanged now, and stays counted as added.
    assert jobs.note(job.id, "next", [item(0, "unchanged"), item(2)])
    assert jobs.get(job.id).added == 3
    # The dead one wakes up: it may neither write nor end the job.
    assert not jobs.note(job.id, "dead", [item(3)])
    jobs.finish(job.id, "dead", "failed", "internal", "late")
    assert jobs.get(job.id).state == "running"
    assert jobs.get(job.id).added == 3


def test_a_running_job_is_asked_to_stop(jobs: Jobs) -> None:
    job = jobs.create("ingest", {})
    jobs.claim("me")
    assert jobs.cancel(job.id).state == "running"
    assert not jobs.note(job.id, "me", [item(0)])
    assert jobs.get(job.id).added == 1


def test_a_waiting_job_is_cancelled_at_once(jobs: Jobs) -> None:
    job = jobs.create("ingest", {})
    assert jobs.cancel(job.id).state == "cancelled"
    assert jobs.claim("me") is None
    assert jobs.cancel(job.id).state == "cancelled"


def test_a_job_given_back_waits_again(jobs: Jobs) -> None:
    job = jobs.create("ingest", {})
    jobs.claim("me")
    jobs.release(job.id, "me")
    again = jobs.claim("you")
    assert again is not None
    assert again.id == job.id


def test_the_newest_come_first(jobs: Jobs) -> None:
    ids = [jobs.create("ingest", {}).id for _ in range(3)]
    first, second = jobs.newest(2)
    assert [first.id, second.id] == [ids[2], ids[1]]
    behind = jobs.newest(2, moment_cursor(second.created_at, second.id))
    assert [job.id for job in behind] == [ids[0]]


def test_what_is_not_there_is_said(jobs: Jobs) -> None:
    for look in (jobs.get, jobs.cancel, lambda job: jobs.items(job, 1)):
        with pytest.raises(JobNotFound):
            look("job-none")
