"""Whom a name means in the collection, and what is stored of what articles say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from rag.attribution import known_text, remember
from rag.attribution.roles import Fit, is_role
from rag.attribution.speakers import known, meant, namesake, resolve
from rag.errors import FilterError
from rag.statement_types import Speaker
from rag.store.statements import Statements
from rag.store.statements_query import StatementQuery, Wanted
from rag.types import Article, Filters

HOLDERS = 5
"""Who is introduced with a role at least a fifth as often as its main holder has it too."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The speakers that a name means."""

    speakers: tuple[Speaker, ...]
    """All who may be meant."""
    names: frozenset[str]
    """As articles write those who are."""

    @property
    def wanted(self) -> Wanted:
        """Which statements are theirs."""
        shares = (namesake(name) for name in self.names)
        namesakes = frozenset(share for share in shares if share is not None)
        return Wanted(names=self.names, namesakes=namesakes)


class Speaking:
    """Resolves speakers over the stored statements; safe for several threads."""

    def __init__(self, statements: Statements, query: StatementQuery) -> None:
        self.statements = statements
        self.query = query

    def asked(self, speaker: str, filters: Filters) -> Asked:
        """Return whom a full name, a last name or a role means; raises FilterError for none.

        Of namesakes the one who speaks ten times as often as the others, else all.
        """
        if (shared := namesake(speaker)) is None:
            raise FilterError(
                f"`speaker` is {speaker[:40]!r}, which is no name.",
                remedy="Give a name, a last name or a role such as `US president`.",
            )
        found = self._by_role(speaker, filters) if is_role(speaker) else ()
        if not found:
            possible = known(speaker, self.query.names([shared]).get(shared, {}))
            chosen = {item.name for item in meant(possible)}
            found = tuple(
                Speaker(
                    name=item.name,
                    spellings=item.spellings,
                    statements=item.count,
                    meant=item.name in chosen,
                )
                for item in possible
            )
        names = frozenset(name for item in found if item.meant for name in item.spellings)
        return Asked(found, names)

    def resolved(self, names: Collection[str]) -> dict[str, str]:
        """Map names as articles write them to one name for each speaker of the collection."""
        shares = {share for name in names if (share := namesake(name)) is not None}
        canonical: dict[str, str] = {}
        for group in self.query.names(shares).values():
            canonical.update(resolve(group))
        return {name: canonical.get(name, name) for name in names}

    def matcher(self, speakers: Iterable[str], filters: Filters) -> Callable[[str], bool]:
        """Return what tells whether a name in an article is one of the speakers.

        Where nobody of the collection is known by a name, any name that has it will do.
        """
        names: set[str] = set()
        parts: list[str] = []
        for speaker in speakers:
            mine = self.asked(speaker, filters).names if namesake(speaker) else frozenset()
            names |= mine
            parts += [] if mine else [speaker.casefold()]
        return lambda name: name in names or any(part in name.casefold() for part in parts)

    def articles(self, speakers: Iterable[str], filters: Filters) -> tuple[str, ...] | None:
        """Return the articles in which one of the speakers says something.

        None where that is not known: some articles are still to be read, or nobody has the name.
        """
        if self.statements.waiting():
            return None
        found: set[str] = set()
        for speaker in speakers:
            asked = self.asked(speaker, filters) if namesake(speaker) else None
            if asked is None or not asked.names:
                return None
            found |= set(self.query.articles(asked.wanted))
        return tuple(sorted(found))

    def recall(self, articles: Iterable[Article]) -> None:
        """Have stored statements at hand, so that no article that was read is parsed again."""
        for article in {item.id: item for item in articles}.values():
            if not known_text(article.text):
                stored = self.statements.of(article.id, article.version)
                if stored is not None:
                    remember(article.text, stored)

    def _by_role(self, role: str, filters: Filters) -> tuple[Speaker, ...]:
        """Return who holds a role according to the articles that pass the filters."""
        holders = self.query.holders(role, filters)
        canonical = self.resolved(holders)
        fits: dict[str, Counter[Fit]] = {}
        for name, counted in holders.items():
            fits.setdefault(canonical[name], Counter()).update(counted)
        best: Fit = "whole" if any(counted["whole"] for counted in fits.values()) else "more"
        # Who is once introduced as "US President" is also meant by "President".
        counts = {
            name: counted[best] + counted["less"] for name, counted in fits.items() if counted[best]
        }
        if not counts:
            return ()
        most = max(counts.values())
        shares = {share for name in counts if (share := namesake(name)) is not None}
        everybody = self.query.names(shares)
        found = []
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            names = everybody.get(namesake(name) or "", {})
            mine = [item for item in known(name, names) if item.name == name]
            found.append(
                Speaker(
                    name=name,
                    spellings=mine[0].spellings if mine else (name,),
                    statements=mine[0].count if mine else count,
                    meant=count * HOLDERS >= most,
                )
            )
        return tuple(found)
