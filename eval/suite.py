"""A suite: articles, and the cases that are asked of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from eval.cases import Case, case_to_row
from rag.types import Source

Task = Literal["ask", "verify", "attribute"]
HELD_OUT_BYTE = {"squad2": 26, "newsdesk-stories": 77, "newsroom-stories": 77}
"""First byte of the SHA-256 of the article's id (of stories: the story's) below which a reader is
never trained on it, as in ``rag.models.training``; 51 (a fifth) where nothing else is said."""
HELD_OUT_ELSE = 51


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What one run measures."""

    name: str
    about: str
    """One line for the list of suites."""
    articles: tuple[Source, ...]
    cases: tuple[Case, ...]
    task: Task = "ask"
    """What is asked: an answer, a verdict on a claim, or who says a stretch of text."""
    notes: tuple[str, ...] = ()
    """What was left out while reading, counted."""

    @property
    def articles_hash(self) -> str:
        """Checksum of the articles, whatever their order."""
        return _checksum(sorted(json.dumps(_article_row(item)) for item in self.articles))

    @property
    def cases_hash(self) -> str:
        """Checksum of the cases, in order."""
        return _checksum(json.dumps(case_to_row(case)) for case in self.cases)

    def sample(self, limit: int | None, *, highest: bool = False) -> Suite:
        """Keep ``limit`` cases, the same every time: those whose id hashes lowest, or highest."""
        if limit is None or limit >= len(self.cases):
            return self
        ids = sorted((case.id for case in self.cases), key=_digest, reverse=highest)
        chosen = set(ids[:limit])
        return self.keep(lambda case: case.id in chosen, f"a sample of {limit} by hash of id")

    def part(self, *, dev: bool, limit: int | None) -> Suite:
        """Keep what is to be measured: with ``dev`` what is held out, and of it ``limit`` cases.

        Of what is held out they come from the end: the few numbers that weigh the reader with
        other signals are fitted on the first questions of it, in the same order
        (``rag.models.training.pools``).
        """
        return self.held_out().sample(limit, highest=True) if dev else self.sample(limit)

    def held_out(self) -> Suite:
        """Keep the cases of which the origin, else every article, is held out from training."""
        bound = HELD_OUT_BYTE.get(self.name, HELD_OUT_ELSE)
        return self.keep(
            lambda case: all(is_held_out(name, bound) for name in _origins(case)),
            "the part held out from training",
        )

    def keep(self, wanted: Callable[[Case], bool], note: str) -> Suite:
        """Keep the cases that are wanted, and note how many."""
        cases = tuple(case for case in self.cases if wanted(case))
        articles = self.articles
        if all(case.within for case in cases):
            # Each question has its own few articles: the others would only be embedded.
            asked = {name for case in cases for name in case.within}
            articles = tuple(item for item in articles if source_id(item) in asked)
        kept = f"{note}: {len(cases)} of {len(self.cases)} cases"
        return replace(self, cases=cases, articles=articles, notes=(*self.notes, kept))


def is_held_out(article: str, bound: int = HELD_OUT_ELSE) -> bool:
    """Say whether an article belongs to the part that nothing is trained on."""
    return hashlib.sha256(article.encode()).digest()[0] < bound


def source_id(source: Source) -> str:
    """Return the id that Dateline gives the article."""
    return source.id or source.name or source.origin


def _origins(case: Case) -> frozenset[str]:
    return frozenset({case.origin}) if case.origin else case.articles or frozenset({case.id})


def _article_row(item: Source) -> list[str | None]:
    published = item.published_at.isoformat() if item.published_at else None
    return [source_id(item), item.title, item.outlet, published, item.text]


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _checksum(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()
