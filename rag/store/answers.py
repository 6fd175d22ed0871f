"""What was answered, kept so that a later correction can be traced to it."""

from __future__ import annotations

import json
import logging
import queue
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.engine import Connection

from rag.errors import AnswerNotFound, StoreError
from rag.store.database import Database
from rag.store.rows import moment_cursor, moment_position
from rag.store.schema import answer, answer_citation, article
from rag.types import Affected, Answer, AnswerPage, AnswerRecord

log = logging.getLogger("dateline.answers")

WAITING = 1_000
"""Answers that may wait to be written; then `record` waits too."""
BATCH = 100
_ANSWER = TypeAdapter(Answer)


class AnswerLog:
    """Writes answers behind the back of those who ask, so that none waits for another's ingest.

    ``keep`` is how long: older answers are removed; nothing is kept for a time of zero. What was
    recorded is on disk after ``flush``; a process that is killed loses what it did not write yet.
    """

    def __init__(self, database: Database, keep: timedelta) -> None:
        self._db = database
        self.keep = keep
        self._queue: queue.Queue[tuple[Answer, datetime]] = queue.Queue(WAITING)
        self._thread: Thread | None = None
        self._watchers: list[Callable[[Answer], None]] = []

    def watch(self, watcher: Callable[[Answer], None]) -> None:
        """Have a function called with every answer that is given, whether it is kept or not."""
        self._watchers.append(watcher)

    def record(self, given: Answer) -> None:
        """Take an answer to be written soon."""
        for watcher in self._watchers:
            watcher(given)
        if not self.keep:
            return
        if self._thread is None:
            self._thread = Thread(target=self._write_all, name="dateline-answers", daemon=True)
            self._thread.start()
        self._queue.put((given, datetime.now(UTC)))

    def flush(self) -> None:
        """Wait until everything that was recorded is written."""
        self._queue.join()

    def get(self, answer_id: str) -> AnswerRecord:
        """Return one answer as it was given, and what became of its sources.

        Raises AnswerNotFound.
        """
        self.flush()
        with self._db.read() as tx:
            row = tx.execute(sa.select(answer).where(answer.c.id == answer_id)).one_or_none()
            if row is None:
                raise AnswerNotFound(
                    f"There is no answer {answer_id[:60]!r}.",
                    remedy="GET /v1/answers lists those that are kept.",
                )
            affected = _affected(tx, [row.id])
        return _record(row, affected, json.loads(row.body))

    def counts(self) -> tuple[int, int]:
        """Return how many answers are kept, and how many of them abstained."""
        self.flush()
        abstained = sa.func.coalesce(sa.func.sum(sa.cast(answer.c.abstained, sa.Integer)), 0)
        with self._db.read() as tx:
            row = tx.execute(sa.select(sa.func.count(), abstained).select_from(answer)).one()
        return int(row[0]), int(row[1])

    def page(
        self,
        limit: int,
        cursor: str | None = None,
        *,
        affected_by: str | None = None,
        affected: bool = False,
    ) -> AnswerPage:
        """Return one page, the newest first; raises CursorError.

        ``affected`` keeps the answers that cite a version since corrected, retracted or deleted;
        ``affected_by`` those for which that is so of this article.
        """
        self.flush()
        query = sa.select(answer.c.id, answer.c.asked_at, answer.c.question, answer.c.abstained)
        if affected_by is not None or affected:
            cites = (answer_citation.c.answer_id == answer.c.id) & _STALE
            if affected_by is not None:
                cites &= answer_citation.c.article_id == affected_by
            query = query.where(
                sa.exists(sa.select(answer_citation.c.answer_id).select_from(_CITED).where(cites))
            )
        if cursor:
            moment, last = moment_position(cursor)
            query = query.where(
                (answer.c.asked_at < moment)
                | ((answer.c.asked_at == moment) & (answer.c.id < last))
            )
        query = query.order_by(answer.c.asked_at.desc(), answer.c.id.desc()).limit(limit + 1)
        with self._db.read() as tx:
            rows = tx.execute(query).all()
            shown = rows[:limit]
            changed = _affected(tx, [row.id for row in shown])
        more = len(rows) > limit
        return AnswerPage(
            items=tuple(_record(row, changed) for row in shown),
            next_cursor=moment_cursor(shown[-1].asked_at, shown[-1].id) if more else None,
        )

    def _write_all(self) -> None:
        while True:
            batch = [self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get())
            try:
                self._write(batch)
            except StoreError:
                # The answers were given; that they are not on record is for the operator to know.
                log.exception("%d answers could not be recorded", len(batch))
            finally:
                for _ in batch:
                    self._queue.task_done()

    def _write(self, batch: Sequence[tuple[Answer, datetime]]) -> None:
        cited = [
            {"answer_id": given.id, "article_id": article_id, "version": version}
            for given, _ in batch
            for article_id, version in sorted({(c.article_id, c.version) for c in given.citations})
        ]
        with self._db.write("answers") as tx:
            tx.execute(answer.delete().where(answer.c.asked_at < datetime.now(UTC) - self.keep))
            tx.execute(
                answer.insert(),
                [
                    {
                        "id": given.id,
                        "asked_at": moment,
                        "question": given.question,
                        "abstained": given.abstained,
                        "body": _ANSWER.dump_json(given).decode(),
                    }
                    for given, moment in batch
                ],
            )
            if cited:
                tx.execute(answer_citation.insert(), cited)


_CITED = answer_citation.outerjoin(article, article.c.id == answer_citation.c.article_id)
_STALE = sa.or_(
    article.c.id.is_(None),
    article.c.status == "retracted",
    article.c.version > answer_citation.c.version,
)


def _affected(tx: Connection, ids: Sequence[str]) -> dict[str, list[Affected]]:
    query = (
        sa.select(
            answer_citation,
            article.c.id,
            article.c.status,
            article.c.note,
            article.c.version.label("latest"),
        )
        .select_from(_CITED)
        .where(answer_citation.c.answer_id.in_(ids), _STALE)
        .order_by(answer_citation.c.article_id, answer_citation.c.version)
    )
    found: dict[str, list[Affected]] = {}
    for row in tx.execute(query):
        found.setdefault(row.answer_id, []).append(
            Affected(
                article_id=row.article_id,
                version=row.version,
                became="deleted"
                if row.id is None
                else "retracted"
                if row.status == "retracted"
                else "corrected",
                latest_version=row.latest,
                note=row.note,
            )
        )
    return found


def _record(
    row: Any, affected: dict[str, list[Affected]], body: dict[str, Any] | None = None
) -> AnswerRecord:
    return AnswerRecord(
        id=row.id,
        asked_at=row.asked_at,
        question=row.question,
        abstained=row.abstained,
        affected=tuple(affected.get(row.id, ())),
        answer=body,
    )
