from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import QuestionError
from rag.types import Filters, Source

FIRST = (
    "The harbour bridge was closed on Monday after a storm.\n"
    "“The harbour bridge is not safe,” Mayor Ana Ruiz said on Tuesday.\n"
    "The bakery sells bread.\n"
)
SECOND = (
    "Ana Ruiz said the harbour bridge would open again soon.\n"
    "The harbour bridge opened on March 20, 2024, with a feast.\n"
)
UNDATED = (
    "The harbour bridge was built on May 3, 1962, by two brothers.\n"
    "The harbour bridge was painted on Friday.\n"
    "Ana Ruiz said the harbour bridge was green.\n"
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dateline]:
    opened = Dateline(Settings(data=tmp_path_factory.mktemp("timeline")))
    wire = FIRST + "The storm took roofs, trees, boats and half of the old market hall.\n" * 6
    stored = {"first": (wire, 6), "reprint": (wire, 7), "second": (SECOND, 22), "old": (UNDATED, 0)}
    opened.add(
        Source(
            text=text,
            origin=f"test:{name}",
            id=name,
            outlet=name.title(),
            published_at=datetime(2024, 3, day, tzinfo=UTC) if day else None,
        )
        for name, (text, day) in stored.items()
    )
    opened.read_statements()
    yield opened
    opened.close()


def test_statements_and_events_stand_in_the_order_of_their_days(own: Dateline) -> None:
    found = own.timeline("harbour bridge")
    told = [(item.day, item.day_from, item.kind, item.article_id) for item in found.entries]
    assert told == [
        (date(1962, 5, 3), "text", "event", "old"),
        (date(2024, 3, 4), "text", "event", "first"),
        (date(2024, 3, 5), "text", "statement", "first"),
        (date(2024, 3, 20), "text", "event", "second"),
        (date(2024, 3, 22), "published", "statement", "second"),
    ]
    assert found.undated == 2, "Friday and green, of the article without a date"
    assert found.more == 0
    for item in found.entries:
        text = own.article(item.article_id, item.version).text
        assert text[item.start : item.end] == item.quote
    speakers = [item.by.speaker for item in found.entries if item.by is not None]
    assert speakers == ["Ana Ruiz", "Ana Ruiz"]


def test_reprints_are_one_entry(own: Dateline) -> None:
    storm = own.timeline("harbour bridge").entries[1]
    assert [other.article_id for other in storm.also_in] == ["reprint"]
    later = own.timeline("harbour bridge", Filters(as_of=datetime(2024, 3, 6, 9, tzinfo=UTC)))
    assert {item.article_id for item in later.entries} == {"first"}
    assert later.entries[0].also_in == ()
    assert [notice.code for notice in later.notices] == ["undated_left_out"]


def test_a_limit_keeps_the_nearest_and_counts_the_rest(own: Dateline) -> None:
    found = own.timeline("harbour bridge", limit=2)
    assert len(found.entries) == 2
    assert found.more == 3


def test_of_speakers_there_are_their_statements_and_no_events(own: Dateline) -> None:
    whole = own.timeline("harbour bridge").entries
    ruiz = own.timeline("harbour bridge", Filters(speakers=("Ruiz",)))
    assert ruiz.entries == tuple(item for item in whole if item.kind == "statement")
    assert ruiz.undated == 1, "green, of the article without a date"
    assert own.timeline("harbour bridge", Filters(speakers=("Okoro",))).entries == ()
    assert own.timeline("harbour bridge", Filters(speakers=("Okoro", "Ana Ruiz"))) == ruiz


def test_what_the_articles_do_not_tell_of_is_empty(own: Dateline) -> None:
    found = own.timeline("penguin elections")
    assert (found.entries, found.undated, found.more) == ((), 0, 0)
    with pytest.raises(QuestionError):
        own.timeline(" ")
