"""What is asked for an audit: questions of people and of headlines, some as of a day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path

from eval.adapters import newsdesk, newsroom, realtimeqa
from eval.cases import Case
from eval.suite import Suite, source_id
from rag.types import Source

HEADLINES: Mapping[str, str] = {
    "headline": "{title}",
    "headline, what": "What is known about this: {title}?",
    "headline, who": "Who said what about this: {title}?",
}
"""Kinds of question that are made of a headline."""
TOO_EARLY = "headline, the day before"
"""Asked as of the day before the article, so it must not be cited."""


def suites(data: Path, count: int) -> list[Suite]:
    """Return the two collections with ``count`` questions in all, each kind about as often.

    The articles are those of `newsdesk` and of `newsroom`, so their collections are used. Raises
    DataMissing or CaseError.
    """
    desk, room = newsdesk.questions(data), newsroom.questions(data)
    of_desk = [*desk.cases, *newsdesk.stories(data).cases, *realtimeqa.load(data).cases]
    of_room = [*room.cases, *newsroom.stories(data).cases]
    return [
        _suite(desk, of_desk, count - count // 3),
        _suite(room, of_room, count // 3),
    ]


def headlines(articles: Sequence[Source]) -> Iterator[Case]:
    """Ask about every article in the words of its headline."""
    for item in articles:
        if not item.title:
            continue
        name, title = source_id(item), item.title.strip().rstrip("?.")
        for kind, form in HEADLINES.items():
            yield Case(id=f"{name} {kind}", kind=kind, question=form.format(title=title))
        if item.published_at is not None:
            before = item.published_at - timedelta(days=1)
            yield Case(id=f"{name} {TOO_EARLY}", kind=TOO_EARLY, question=title, as_of=before)


def _suite(suite: Suite, cases: Sequence[Case], count: int) -> Suite:
    chosen = evenly([*cases, *headlines(suite.articles)], count)
    return replace(suite, name=f"audit-{suite.name}", cases=tuple(chosen))


def evenly(cases: Sequence[Case], count: int) -> list[Case]:
    """Return so many cases, of each kind the same number as long as it lasts; always the same."""
    kinds: dict[str, list[Case]] = {}
    for case in sorted(cases, key=lambda case: hashlib.sha256(case.id.encode()).digest()):
        kinds.setdefault(case.kind, []).append(case)
    turns = zip_longest(*(kinds[kind] for kind in sorted(kinds)))
    return [case for turn in turns for case in turn if case is not None][:count]
