"""Statements in the catalogue: derived from the articles, made anew whenever those change."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from rag.attribution import RULES, Statement
from rag.attribution.speakers import namesake
from rag.language import Span
from rag.store.database import Database
from rag.store.rows import CURRENT
from rag.store.schema import article, article_version, attribution, statement

LONGEST_NAME = 200
"""A longer "name" is cut; no speaker in news26k has one."""

READ = (
    (attribution.c.article_id == article.c.id)
    & (attribution.c.version == article.c.version)
    & (attribution.c.rules == RULES)
)
"""Joins an article with the note that its current version was read by the current rules."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """An article whose statements are not stored yet."""

    article_id: str
    version: int
    text: str
    language: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One statement as it is stored."""

    statement: Statement
    role: str | None
    """How the article introduces the speaker."""
    days: tuple[date, date] | None
    """First and last day of the saying, where the article tells."""

    @property
    def span(self) -> Span:
        """From the first to the last of the sentence and of what is said."""
        spans = [self.statement.sentence, *self.statement.content]
        return min(start for start, _ in spans), max(end for _, end in spans)


class Statements:
    """What articles say and who says it, by article; written by one reader at a time."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def unread(self, limit: int) -> list[Unread]:
        """Return articles whose current version was not read by these rules, the newest first."""
        query = (
            sa.select(
                article.c.id,
                article.c.version,
                article_version.c.text,
                article_version.c.language,
                article_version.c.published_at,
            )
            .select_from(_with_notes())
            .join(article_version, CURRENT)
            .where(_LACKING)
            .order_by(article.c.ingested_at.desc(), article.c.id)
            .limit(limit)
        )
        with self._db.read() as tx:
            return [
                Unread(
                    article_id=row.id,
                    version=row.version,
                    text=row.text,
                    language=row.language,
                    published_at=row.published_at,
                )
                for row in tx.execute(query)
            ]

    def waiting(self) -> int:
        """How many articles are still to be read."""
        with self._db.read() as tx:
            return waiting(tx)

    def counts(self) -> tuple[int, int]:
        """How many statements are stored, and how many articles could not be read."""
        with self._db.read() as tx:
            failed = sa.select(sa.func.count()).where(attribution.c.error.is_not(None))
            return (
                int(tx.scalar(sa.select(sa.func.count()).select_from(statement)) or 0),
                int(tx.scalar(failed) or 0),
            )

    def put(self, read: Unread, found: Sequence[Said], error: str | None = None) -> bool:
        """Store what one article says in the place of what was stored; False when it is outdated.

        ``error`` says why an article could not be read: it is not tried again by these rules.
        """
        mine = statement.c.article_id == read.article_id
        with self._db.write() as tx:
            current = tx.scalar(sa.select(article.c.version).where(article.c.id == read.article_id))
            if current != read.version:
                return False
            tx.execute(statement.delete().where(mine))
            tx.execute(attribution.delete().where(attribution.c.article_id == read.article_id))
            if found:
                tx.execute(statement.insert(), [_row(read, item) for item in found])
            tx.execute(
                attribution.insert().values(
                    article_id=read.article_id, version=read.version, rules=RULES, error=error
                )
            )
        return True

    def of(self, article_id: str, version: int) -> list[Statement] | None:
        """Return what one version of an article says, None where that is not stored."""
        known = sa.select(attribution.c.article_id).where(
            attribution.c.article_id == article_id,
            attribution.c.version == version,
            attribution.c.rules == RULES,
            attribution.c.error.is_(None),
        )
        query = (
            sa.select(statement.c.body)
            .where(statement.c.article_id == article_id, statement.c.version == version)
            .order_by(statement.c.key)
        )
        with self._db.read() as tx:
            if tx.scalar(known) is None:
                return None
            return [decoded(body) for body in tx.scalars(query)]


def waiting(tx: Connection) -> int:
    """How many articles are still to be read, in an open transaction."""
    query = sa.select(sa.func.count()).select_from(_with_notes()).where(_LACKING)
    return int(tx.scalar(query) or 0)


def words_hash(words: str) -> int:
    """Return 64 bits, signed, that what is said again has in common, whatever the punctuation."""
    plain = " ".join(_WORD.findall(words.casefold()))
    digest = hashlib.blake2b(plain.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def said_words(text: str, content: Sequence[Span]) -> str:
    """Return what is said, without the words that report it."""
    return " ".join(text[start:end] for start, end in content)


def encoded(item: Statement) -> str:
    """Write a statement as JSON."""
    return json.dumps(asdict(item), ensure_ascii=False, separators=(",", ":"))


def decoded(body: str) -> Statement:
    """Read a statement from JSON."""
    fields: dict[str, Any] = json.loads(body)
    for name in ("speaker_span", "mention", "cue_span", "sentence"):
        fields[name] = None if fields[name] is None else tuple(fields[name])
    fields["content"] = tuple(tuple(span) for span in fields["content"])
    fields["types"] = tuple(fields["types"])
    return Statement(**fields)


_LACKING = (article.c.status != "retracted") & attribution.c.article_id.is_(None)


def _with_notes() -> sa.FromClause:
    return article.outerjoin(attribution, READ)


def _row(read: Unread, said: Said) -> Mapping[str, Any]:
    item = said.statement
    start, end = said.span
    speaker = None if item.speaker is None else item.speaker[:LONGEST_NAME]
    return {
        "article_id": read.article_id,
        "version": read.version,
        "start": start,
        "end": end,
        "published_at": read.published_at,
        "speaker": speaker,
        "namesake": None if speaker is None else namesake(speaker),
        "role": said.role,
        "quote_type": item.quote_type,
        "spoken": item.spoken,
        "day": said.days[0] if said.days else None,
        "day_last": said.days[1] if said.days else None,
        "words": words_hash(said_words(read.text, item.content)),
        "body": encoded(item),
    }
