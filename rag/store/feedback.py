"""Opinions on answers, each kept with the answer as it was given, for later evaluation."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from rag.errors import InputError
from rag.feedback_types import Feedback, FeedbackPage, Opinion
from rag.store.answers import AnswerLog
from rag.store.database import Database
from rag.store.rows import moment_cursor, moment_position
from rag.store.schema import feedback


class FeedbackLog:
    """Takes opinions and hands them out. They outlive the answers' own retention."""

    def __init__(self, database: Database, answers: AnswerLog) -> None:
        self._db = database
        self._answers = answers

    def add(
        self,
        answer_id: str,
        verdict: Opinion,
        *,
        comment: str | None = None,
        expected: str | None = None,
        citation: int | None = None,
        key_id: str | None = None,
    ) -> Feedback:
        """Store an opinion; raises AnswerNotFound, or InputError for a citation it lacks."""
        record = self._answers.get(answer_id)
        given: Mapping[str, Any] = record.answer or {}
        if citation is not None and citation not in {
            item["number"] for item in given.get("citations", ())
        }:
            raise InputError(
                f"The answer {answer_id} has no citation {citation}.",
                remedy="Name one of its numbers, or none.",
            )
        body: dict[str, Any] = {
            "comment": comment,
            "expected": expected,
            "citation": citation,
            "question": record.question,
            "answer": given,
        }
        row: dict[str, Any] = {
            "id": f"fb-{uuid.uuid4().hex}",
            "answer_id": answer_id,
            "at": datetime.now(UTC),
            "key_id": key_id,
            "verdict": verdict,
        }
        with self._db.write("answers") as tx:
            tx.execute(feedback.insert().values(**row, body=json.dumps(body)))
        return Feedback(**row, **body)

    def page(self, limit: int, cursor: str | None = None) -> FeedbackPage:
        """Return one page, the newest first; raises CursorError."""
        query = (
            sa.select(feedback)
            .order_by(feedback.c.at.desc(), feedback.c.id.desc())
            .limit(limit + 1)
        )
        if cursor:
            at, last = moment_position(cursor)
            query = query.where(
                (feedback.c.at < at) | ((feedback.c.at == at) & (feedback.c.id < last))
            )
        with self._db.read() as tx:
            rows = tx.execute(query).all()
        shown = rows[:limit]
        return FeedbackPage(
            items=tuple(_feedback(row) for row in shown),
            next_cursor=moment_cursor(shown[-1].at, shown[-1].id) if len(rows) > limit else None,
        )

    def counts(self) -> dict[str, int]:
        """Return how many there are of each verdict."""
        number = sa.func.count().label("number")
        query = sa.select(feedback.c.verdict, number).group_by(feedback.c.verdict)
        with self._db.read() as tx:
            return {row.verdict: row.number for row in tx.execute(query)}


def _feedback(row: Row[Any]) -> Feedback:
    return Feedback(
        id=row.id,
        answer_id=row.answer_id,
        at=row.at,
        key_id=row.key_id,
        verdict=row.verdict,
        **json.loads(row.body),
    )
