"""The names that filters can be given: outlets and speakers, the most frequent first."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from rag.store.database import Database
from rag.store.rows import CURRENT
from rag.store.schema import article, article_version, statement
from rag.types import KnownName

LONGEST = 200
"""Code points; filters take no longer name."""
_USED = article.c.status != "retracted"


class Names:
    """Finds names by the words they begin with, in any case."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def outlets(self, start: str, limit: int) -> tuple[KnownName, ...]:
        """Return outlets in which a word starts so, with their articles that answers may use.

        An empty ``start`` returns the most frequent of all.
        """
        name = article_version.c.outlet
        count = sa.func.count().label("count")
        query = (
            sa.select(name, count)
            .select_from(article.join(article_version, CURRENT))
            .where(_USED, *_named(name, start))
            .group_by(name)
            .order_by(count.desc(), name)
            .limit(limit)
        )
        with self._db.read() as tx:
            return tuple(KnownName(name=row[0], count=int(row[1])) for row in tx.execute(query))

    def speakers(self, start: str, limit: int) -> tuple[KnownName, ...]:
        """Return speakers, as articles write them, in whose name a word starts so.

        The count is of stored statements, reprints included. Who speaks only in articles that
        answers may not use is left out.
        """
        name, namesake = statement.c.speaker, statement.c.namesake
        count = sa.func.count().label("count")
        # Counted in the index alone: the articles of every statement would take four times as long.
        counted = (
            sa.select(namesake, name, count)
            .where(namesake.is_not(None), *_named(name, start))
            .group_by(namesake, name)
            .order_by(count.desc(), name)
            .limit(2 * limit)
            .subquery()
        )
        said = statement.alias()
        valid = (said.c.article_id == article.c.id) & (said.c.version == article.c.version) & _USED
        used = (
            sa.select(said.c.key)
            .join(article, valid)
            .where(said.c.namesake == counted.c.namesake, said.c.speaker == counted.c.speaker)
            .exists()
        )
        query = sa.select(counted).where(used)
        found: dict[str, KnownName] = {}
        with self._db.read() as tx:
            # The most frequent spelling stands for those that differ in case alone.
            for row in tx.execute(query.order_by(sa.desc("count"), counted.c.speaker)):
                before = found.get(row.speaker.casefold(), KnownName(name=row.speaker, count=0))
                found[row.speaker.casefold()] = replace(before, count=before.count + int(row[2]))
        return tuple(sorted(found.values(), key=lambda one: (-one.count, one.name))[:limit])


def _named(name: sa.ColumnElement[str], start: str) -> list[sa.ColumnElement[bool]]:
    """Say which names are meant: short enough, and with a word that starts so in any case."""
    wanted = [name.is_not(None), name != "", sa.func.length(name) <= LONGEST]
    if start := " ".join(start.split()):
        # SQLite folds the case of ASCII alone: other letters are tried as names write them.
        spelt = {start, start.lower(), start.title(), start[:1].upper() + start[1:]}
        wanted.append(
            sa.or_(
                *(
                    name.ilike(f"{before}{_plain(one)}%", escape="\\")
                    for one in sorted(spelt)
                    for before in ("", "% ")
                )
            )
        )
    return wanted


def _plain(text: str) -> str:
    """Write a text so that it stands for itself in a pattern."""
    return "".join(f"\\{sign}" if sign in "\\%_" else sign for sign in text)
