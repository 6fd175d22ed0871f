"""Long work, written down so that it survives a crash and can be watched from anywhere."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from rag.errors import JobNotFound
from rag.store.database import Database
from rag.store.rows import moment_position, number_position
from rag.store.schema import job, job_item
from rag.types import Job, JobItem, JobState

if TYPE_CHECKING:
    from rag.store.queue import Queue

LOST_AFTER = timedelta(seconds=30)
"""A running job without a sign of life for this long is taken over by another process."""


class Jobs:
    """Jobs in the order they came; each is worked on by one owner at a time.

    With a ``queue`` that decides who does which; without one, whoever claims one first.
    """

    def __init__(self, database: Database, queue: Queue | None = None) -> None:
        self._db = database
        self.queue = queue

    def create(self, kind: str, request: Mapping[str, Any], total: int | None = None) -> Job:
        """Write down a job that waits for an owner."""
        job_id = f"job-{uuid.uuid4().hex}"
        with self._db.write("jobs") as tx:
            tx.execute(
                job.insert().values(
                    id=job_id,
                    kind=kind,
                    state="queued",
                    request=json.dumps(dict(request)),
                    created_at=self._db.now(tx),
                    cancelling=False,
                    total=total,
                )
            )
            if self.queue is not None:
                self.queue.hand_over(tx, job_id)
        return self.get(job_id)

    def begin(self, job_id: str, owner: str) -> Job | None:
        """Take the job that the queue gave; None when it has ended meanwhile.

        Whoever had it before is gone, or finds out with its next sign of life.
        """
        with self._db.write("jobs") as tx:
            mine = (job.c.id == job_id) & job.c.state.in_(("queued", "running"))
            if not _take(tx, mine, owner, self._db.now(tx)):
                return None
        return self.get(job_id)

    def claim(self, owner: str) -> Job | None:
        """Take the oldest job that waits, or whose owner is gone; None when there is none."""
        with self._db.read() as tx:
            now = self._db.now(tx)
            free = sa.or_(
                job.c.state == "queued",
                (job.c.state == "running") & (job.c.heartbeat_at < now - LOST_AFTER),
            )
            if tx.scalar(sa.select(job.c.id).where(free).limit(1)) is None:
                return None
        with self._db.write("jobs") as tx:
            job_id = tx.scalar(
                sa.select(job.c.id)
                .where(free)
                .order_by(job.c.created_at, job.c.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if job_id is None:
                return None
            _take(tx, job.c.id == job_id, owner, now)
        return self.get(job_id)

    def note(self, job_id: str, owner: str, items: Sequence[JobItem]) -> bool:
        """Write down what became of items, and that the owner lives.

        Returns whether to go on: False when the job was cancelled or belongs to another owner. An
        item that was stored before a crash and is found unchanged after it stays as it was.
        """
        with self._db.write("jobs") as tx:
            mine = (job.c.id == job_id) & (job.c.owner == owner) & (job.c.state == "running")
            held = tx.execute(sa.select(job.c.cancelling).where(mine)).one_or_none()
            if held is None:
                return False
            tx.execute(job.update().where(mine).values(heartbeat_at=self._db.now(tx)))
            for item in items:
                _write(tx, job_id, item)
        return not held.cancelling

    def finish(
        self, job_id: str, owner: str, state: JobState, code: str | None, error: str | None
    ) -> None:
        """End a job that the owner still holds."""
        with self._db.write("jobs") as tx:
            tx.execute(
                job.update()
                .where(job.c.id == job_id, job.c.owner == owner, job.c.state == "running")
                .values(
                    state=state,
                    finished_at=self._db.now(tx),
                    error_code=code,
                    error=error,
                )
            )

    def release(self, job_id: str, owner: str) -> None:
        """Give a job back, to be gone on with by whoever comes next."""
        with self._db.write("jobs") as tx:
            tx.execute(
                job.update()
                .where(job.c.id == job_id, job.c.owner == owner, job.c.state == "running")
                .values(state="queued", owner=None)
            )

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop after the article it is at; one that waits ends at once.

        Raises JobNotFound. A job that has ended stays as it is.
        """
        with self._db.write("jobs") as tx:
            mine = job.c.id == job_id
            tx.execute(
                job.update()
                .where(mine, job.c.state == "queued")
                .values(state="cancelled", finished_at=self._db.now(tx))
            )
            tx.execute(job.update().where(mine, job.c.state == "running").values(cancelling=True))
        return self.get(job_id)

    def get(self, job_id: str) -> Job:
        """Return one job; raises JobNotFound."""
        with self._db.read() as tx:
            row = tx.execute(sa.select(job).where(job.c.id == job_id)).one_or_none()
            if row is None:
                raise JobNotFound(
                    f"There is no job {job_id[:60]!r}.", remedy="GET /v1/jobs lists the jobs."
                )
            return _job(row, _counts(tx, [job_id]))

    def newest(self, limit: int, cursor: str | None = None) -> list[Job]:
        """Return the jobs that were created last, the newest first; raises CursorError.

        ``cursor`` is a ``rows.moment_cursor`` of the job that they follow.
        """
        query = sa.select(job).order_by(job.c.created_at.desc(), job.c.id.desc()).limit(limit)
        if cursor:
            moment, last = moment_position(cursor)
            query = query.where(
                (job.c.created_at < moment) | ((job.c.created_at == moment) & (job.c.id < last))
            )
        with self._db.read() as tx:
            rows = tx.execute(query).all()
            counts = _counts(tx, [row.id for row in rows])
        return [_job(row, counts) for row in rows]

    def items(
        self, job_id: str, limit: int, cursor: str | None = None, outcome: str | None = None
    ) -> list[JobItem]:
        """Return items in their order.

        ``cursor`` is a ``rows.number_cursor`` of the item that they follow. Raises JobNotFound and
        CursorError.
        """
        self.get(job_id)
        after = number_position(cursor) if cursor else -1
        query = (
            sa.select(job_item)
            .where(job_item.c.job_id == job_id, job_item.c.number > after)
            .order_by(job_item.c.number)
            .limit(limit)
        )
        if outcome is not None:
            query = query.where(job_item.c.outcome == outcome)
        with self._db.read() as tx:
            return [
                JobItem(
                    number=row.number,
                    origin=row.origin,
                    outcome=row.outcome,
                    article_id=row.article_id,
                    version=row.version,
                    code=row.code,
                    message=row.message,
                )
                for row in tx.execute(query)
            ]


def _take(tx: Connection, which: sa.ColumnElement[bool], owner: str, now: datetime) -> bool:
    values = {"state": "running", "owner": owner, "heartbeat_at": now}
    started = sa.func.coalesce(job.c.started_at, now)
    return tx.execute(job.update().where(which).values(**values, started_at=started)).rowcount > 0


def _write(tx: Connection, job_id: str, item: JobItem) -> None:
    values = {
        "origin": item.origin,
        "outcome": item.outcome,
        "article_id": item.article_id,
        "version": item.version,
        "code": item.code,
        "message": item.message,
    }
    mine = (job_item.c.job_id == job_id) & (job_item.c.number == item.number)
    before = tx.scalar(sa.select(job_item.c.outcome).where(mine))
    if before is None:
        tx.execute(job_item.insert().values(job_id=job_id, number=item.number, **values))
    elif not (before in ("added", "changed") and item.outcome == "unchanged"):
        tx.execute(job_item.update().where(mine).values(**values))


def _counts(tx: Connection, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    query = (
        sa.select(job_item.c.job_id, job_item.c.outcome, sa.func.count().label("items"))
        .where(job_item.c.job_id.in_(ids))
        .group_by(job_item.c.job_id, job_item.c.outcome)
    )
    found: dict[str, dict[str, int]] = {}
    for row in tx.execute(query):
        found.setdefault(row.job_id, {})[row.outcome] = row.items
    return found


def _job(row: Row[Any], counts: dict[str, dict[str, int]]) -> Job:
    mine = counts.get(row.id, {})
    done = sum(mine.values())
    rate = left = None
    if row.started_at is not None:
        until = row.finished_at or datetime.now(UTC)
        seconds = (until - row.started_at).total_seconds()
        rate = round(done / seconds, 3) if seconds > 0 and done else None
        if rate and row.total is not None and row.finished_at is None:
            left = round(max(0, row.total - done) / rate, 1)
    return Job(
        id=row.id,
        kind=row.kind,
        state=row.state,
        request=json.loads(row.request),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        total=row.total,
        added=mine.get("added", 0),
        changed=mine.get("changed", 0),
        unchanged=mine.get("unchanged", 0),
        refused=mine.get("refused", 0),
        rate=rate,
        seconds_left=left,
        error_code=row.error_code,
        error=row.error,
    )
