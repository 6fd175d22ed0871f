from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from eval.as_of import AnyDay, Late, late, told
from eval.cases import Case
from eval.record import Record
from eval.systems.pipeline import Pipeline
from rag.config import Settings
from rag.dateline import Dateline
from rag.types import Source

CASE = Case(
    id="strike",
    kind="linked",
    question="How many workers are on strike at the harbour?",
    as_of=datetime(2025, 3, 5, tzinfo=UTC),
)
TEXTS = {
    "old": (3, "About 200 workers are on strike at the harbour, the union said."),
    "new": (9, "The union said 950 workers are on strike at the harbour."),
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dateline]:
    opened = Dateline(Settings(data=tmp_path_factory.mktemp("as-of")))
    opened.add(
        Source(
            text=text, origin=f"test:{name}", id=name,
            published_at=datetime(2025, 3, day, tzinfo=UTC),
        )
        for name, (day, text) in TEXTS.items()
    )  # fmt: skip
    yield opened
    opened.close()


def test_without_the_day_later_articles_are_cited_and_counted(own: Dateline) -> None:
    records = {
        system.name: {CASE.id: Record(case=CASE.id, reply=system.ask(CASE))}
        for system in (AnyDay(own), Pipeline(own))
    }
    anyday = late(own, [CASE], records["dateline-any-day"])
    assert (anyday.late, anyday.answers, anyday.questions) == (1, 1, ("strike",))
    assert late(own, [CASE], records["dateline"]) == Late(
        cited=1, late=0, undated=0, answers=0, questions=()
    )
    assert "1 published later than the day" in told("of any day", anyday)


def test_its_search_has_no_day_either(own: Dateline) -> None:
    found = [
        {item.article for item in system.rank(CASE, system.ask(CASE)).ranked}
        for system in (AnyDay(own), Pipeline(own))
    ]
    assert found == [{"old", "new"}, {"old"}]
