"""Nine reprints of a text are one source, in an answer, in its conflicts and on a timeline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from rag.config import Settings
from rag.dateline import Dateline
from rag.types import Source

REPRINTS = 9
WIRE = (
    "About 200 workers are on strike at the harbour, the union said on Monday.\n"
    + "The cranes stood still, and ships with fruit, steel and timber waited in the bay.\n" * 6
)
OTHER = (
    "The union said 950 workers are on strike at the harbour.\n"
    + "Drivers gathered at the gate with flags and soup, and the port's director stayed away.\n" * 6
)
QUESTION = "How many workers are on strike at the harbour?"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dateline]:
    opened = Dateline(Settings(data=tmp_path_factory.mktemp("reprints")))
    texts = {"wire": WIRE, **{f"reprint-{at}": WIRE for at in range(REPRINTS)}, "other": OTHER}
    opened.add(
        Source(
            text=text,
            origin=f"test:{name}",
            id=name,
            outlet=f"{name.title()} Post",
            published_at=datetime(2025, 3, 4, tzinfo=UTC),
        )
        for name, text in texts.items()
    )
    opened.read_statements()
    yield opened
    opened.close()


def test_an_answer_counts_them_once_and_names_them_all(own: Dateline) -> None:
    answer = own.ask(QUESTION)
    wired = [item for item in answer.citations if "200" in item.quote]
    assert [len(item.also_in) for item in wired] == [REPRINTS]
    assert len(answer.citations) == len({item.quote for item in answer.citations})
    assert answer.sources == len({item.quote for item in answer.citations}) == 2


def test_ten_prints_do_not_outvote_one_article(own: Dateline) -> None:
    (conflict,) = own.ask(QUESTION).conflicts
    assert conflict.type == "disagreement_between_sources"
    assert [side.sources for side in conflict.sides] == [1, 1]


def test_a_timeline_has_them_as_one_entry(own: Dateline) -> None:
    entries = own.timeline("workers on strike at the harbour").entries
    told = [item for item in entries if "200 workers" in item.quote]
    assert [len(item.also_in) for item in told] == [REPRINTS]
    assert len([item for item in entries if "950 workers" in item.quote]) == 1
