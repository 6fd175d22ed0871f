"""Make one catalogue the copy of another, whatever databases hold them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from rag.errors import MigrationImpossible
from rag.store.database import Database
from rag.store.schema import metadata, state

PART = 500
"""Rows that are compared and written at a time."""
KEPT = ("generation", "embedder", "key_pepper", "evaluation")
"""What is copied of the catalogue's state; the rest is about processes at work on it."""
MARK = "migration"
COUNTERS = {"passage": "key", "statement": "key", "audit": "number"}
"""Columns whose numbers are given out once: they go on behind the last of the other catalogue."""
# Files that wait for a job: there is none when a catalogue moves.
LEFT_OUT = ("upload",)
Row = tuple[Any, ...]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """What a transfer found and did."""

    generation: int
    """Of the catalogue it was copied from, at the moment that the copy shows."""
    rows: Mapping[str, int]
    """How many rows each table has, in both."""
    digests: Mapping[str, str]
    """SHA-256 over the rows of each table, the same in both."""
    written: int
    """Rows that were added, changed or removed this time."""


def transfer(source: Database, target: Database, progress: Progress = lambda *_: None) -> Copied:
    """Copy everything as of one moment, then compare both row by row.

    The source is only read, so that it serves and takes writes meanwhile; those are not in the
    copy, and the same call again brings them. It goes on where one that was stopped left off: rows
    that are there are compared, not written. Raises MigrationImpossible for a target that holds
    something else, or where jobs are at work; StoreError.
    """
    with source.read() as reading:
        _no_jobs(reading, source)
        _claim(target, source)
        generation = _generation(reading)
        total = sum(_count(reading, table) for table in tables()) * 2
        written = done = 0
        for table in tables():
            for read, changed in _aligned(reading, target, table):
                written += changed
                progress(done := done + read, total)
        with target.write() as tx:
            for name, column in COUNTERS.items():
                target.backend.set_counter(
                    tx, name, column, source.backend.counter(reading, name, column)
                )
        rows, digests = dict[str, int](), dict[str, str]()
        with target.read() as copy:
            for table in tables():
                count, digest = _compared(reading, copy, table)
                if digest is None:
                    raise MigrationImpossible(
                        f"The table {table.name} in {target.shown} is not the one of "
                        f"{source.shown}: they differ near row {count}.",
                        remedy="Make sure that nobody uses the new catalogue, and run it again.",
                    )
                rows[table.name], digests[table.name] = count, digest
                progress(done := done + count, total)
    return Copied(generation, rows, digests, written)


def finish(target: Database) -> None:
    """Let a copy be used."""
    with target.write() as tx:
        mark = {**_mark(tx), "generation": _generation(tx), "done": True}
        _set(tx, MARK, json.dumps(mark))


def unfinished(database: Database) -> str | None:
    """Return what a catalogue is being copied from, None when it may be used."""
    with database.read() as tx:
        mark = _mark(tx)
    return None if mark.get("done", True) else str(mark["source"])


def tables() -> list[sa.Table]:
    """Return the tables that are copied, those that others point to first."""
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def _claim(target: Database, source: Database) -> None:
    """Note in the target what it becomes; raises MigrationImpossible."""
    with target.write() as tx:
        mark = _mark(tx)
        # A copy that nobody wrote into since may be brought up to date.
        untouched = mark.get("generation", -1) == _generation(tx) or not mark.get("done", True)
        if _generation(tx) and not untouched:
            raise MigrationImpossible(
                f"There are articles in {target.shown} that are not from here.",
                remedy="Name an empty database or a new data folder.",
            )
        _set(tx, MARK, json.dumps({"source": source.shown, "done": False}))


def _no_jobs(tx: Connection, source: Database) -> None:
    job = metadata.tables["job"]
    query = sa.select(sa.func.count()).where(job.c.state.in_(("queued", "running")))
    if count := tx.scalar(query):
        raise MigrationImpossible(
            f"{count} jobs are not done in {source.shown}.",
            remedy="Wait for them, or cancel them with `dateline jobs --cancel`.",
        )


def _aligned(reading: Connection, target: Database, table: sa.Table) -> Iterator[tuple[int, int]]:
    """Make the target's table the source's, a part at a time; yield rows read and rows written."""
    after: Row | None = None
    while True:
        wanted = {_key(table, row): row for row in reading.execute(_page(table, after, PART))}
        last = next(reversed(wanted)) if len(wanted) == PART else None
        with target.write() as tx:
            found = {_key(table, row): row for row in tx.execute(_page(table, after, None, last))}
            changed = _write(tx, table, wanted, found)
        yield len(wanted), changed
        if last is None:
            return
        after = last


def _write(
    tx: Connection, table: sa.Table, wanted: Mapping[Row, Any], found: Mapping[Row, Any]
) -> int:
    """Remove, change and add rows; return how many."""
    extra = [key for key in found if key not in wanted]
    other = [key for key, row in wanted.items() if key in found and _said(row) != _said(found[key])]
    # What must be unique may have moved from one row to another: all go before any comes.
    for key in extra:
        tx.execute(table.delete().where(_is(table, key)))
    for key in other:
        tx.execute(table.update().where(_is(table, key)).values(**wanted[key]._mapping))
    new = [dict(row._mapping) for key, row in wanted.items() if key not in found]
    if new:
        tx.execute(table.insert(), new)
    return len(extra) + len(other) + len(new)


def _page(
    table: sa.Table, after: Row | None, limit: int | None, last: Row | None = None
) -> sa.Select[Any]:
    """Read rows in the order of their keys: behind one, up to another."""
    keys = list(table.primary_key.columns)
    query = sa.select(table).order_by(*keys)
    if table is state:
        query = query.where(state.c.name.in_(KEPT))
    if after is not None:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*_literals(keys, after)))
    if last is not None:
        query = query.where(sa.tuple_(*keys) <= sa.tuple_(*_literals(keys, last)))
    return query if limit is None else query.limit(limit)


def _literals(keys: Sequence[sa.Column[Any]], values: Row) -> list[sa.BindParameter[Any]]:
    return [sa.bindparam(None, value, key.type) for key, value in zip(keys, values, strict=True)]


def _is(table: sa.Table, key: Row) -> sa.ColumnElement[bool]:
    pairs = zip(table.primary_key.columns, key, strict=True)
    return sa.and_(*(column == value for column, value in pairs))


def _key(table: sa.Table, row: Any) -> Row:
    return tuple(row._mapping[column] for column in table.primary_key.columns)


def _compared(one: Connection, other: Connection, table: sa.Table) -> tuple[int, str | None]:
    """Return how many rows there are and a hash of all in their order; none where both differ.

    Both are read side by side: a transaction that waits too long for its turn is ended.
    """
    query, found, count = _page(table, None, None), hashlib.sha256(), 0
    parts = (
        tx.execute(query.execution_options(yield_per=PART)).partitions() for tx in (one, other)
    )
    for mine, theirs in zip_longest(*parts, fillvalue=()):
        said = b"".join(map(_said, mine))
        if said != b"".join(map(_said, theirs)):
            return count, None
        found.update(said)
        count += len(mine)
    return count, found.hexdigest()


def _said(row: Any) -> bytes:
    """Write a row as bytes that are the same whatever database it comes from."""
    return b"".join(len(part).to_bytes(8, "big") + part for part in map(_bytes, row))


def _bytes(value: Any) -> bytes:
    match value:
        case None:
            return b""
        case bytes() | memoryview():
            return b"b" + bytes(value)
        case datetime() | date():
            return b"t" + value.isoformat().encode()
        case bool() | int():
            return b"i%d" % value
        case _:
            return b"s" + str(value).encode()


def _count(tx: Connection, table: sa.Table) -> int:
    rows = _page(table, None, None).order_by(None).subquery()
    return int(tx.scalar(sa.select(sa.func.count()).select_from(rows)) or 0)


def _generation(tx: Connection) -> int:
    return int(tx.scalar(sa.select(state.c.value).where(state.c.name == "generation")) or 0)


def _mark(tx: Connection) -> dict[str, Any]:
    found = tx.scalar(sa.select(state.c.value).where(state.c.name == MARK))
    return {} if found is None else dict(json.loads(found))


def _set(tx: Connection, name: str, value: str) -> None:
    tx.execute(state.delete().where(state.c.name == name))
    tx.execute(state.insert().values(name=name, value=value))
