from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import CursorError, FilterError, QuestionError
from rag.types import Filters, Source

PARK = (
    "US President Joe Biden praised the new park.\n"
    "“The park will stay free for every child in this city,” Biden said on Monday.\n"
)
STEEL = (
    "“Steel will cost a quarter more by the summer,” President Biden told Bloomberg TV.\n"
    "Biden's spokeswoman Ana Ruiz denied that the tariff was a mistake.\n"
    "The company declined to comment.\n"
)
OTHERS = (
    "Ruth Bird said the library opens at nine.\n"
    "Peter Smith said trains are late. Carla Smith said buses are late.\n"
)


def source(name: str, text: str, day: int | None = None, **more: str) -> Source:
    at = None if day is None else datetime(2024, 3, day, tzinfo=UTC)
    return Source(text=text, origin=f"test:{name}", id=name, published_at=at, **more)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dateline]:
    """Two articles of one wire text, one with the same words, and others."""
    opened = Dateline(Settings(data=tmp_path_factory.mktemp("said")))
    wire = PARK + "The wire text goes on about flowers, trees, benches and the old pond.\n" * 6
    opened.add(
        [
            source("wire", wire, 5, outlet="Wire"),
            source("reprint", wire, 6, outlet="Gazette"),
            source("again", PARK.splitlines()[1] + "\nElsewhere the sun shone.\n", 7),
            source("steel", STEEL, 8, outlet="Ledger"),
            source("others", OTHERS),
        ]
    )
    assert opened.read_statements()
    yield opened
    opened.close()


def test_every_statement_stands_where_it_says(own: Dateline) -> None:
    page = own.statements(limit=100)
    assert len(page.items) >= 8
    assert page.unread == 0
    for item in page.items:
        text = own.article(item.article_id, item.version).text
        assert text[item.start : item.end] == item.quote
        for part in item.said:
            assert text[part.start : part.end] == part.text
            assert item.start <= part.start < part.end <= item.end


def test_the_newest_come_first_and_the_undated_last(own: Dateline) -> None:
    days = [item.published_at for item in own.statements(limit=100).items]
    dated = [day for day in days if day is not None]
    assert dated == sorted(dated, reverse=True)
    assert days[: len(dated)] == dated
    assert days[-1] is None


def test_reprints_are_one_item_and_other_articles_count_as_sources(own: Dateline) -> None:
    found = own.statements(about="free park", quote_type="direct").items
    assert [item.article_id for item in found if "park" in item.quote] == ["wire"]
    assert [other.article_id for other in found[0].also_in] == ["reprint", "again"]
    assert found[0].sources == 2
    listed = own.statements(quote_type="direct", limit=100).items
    assert [item.article_id for item in listed if "park" in item.quote] == ["wire"]


def test_of_reprints_the_one_that_passes_the_filters_is_shown(own: Dateline) -> None:
    for about in (None, "free park"):
        page = own.statements(about=about, filters=Filters(outlets=("GAZETTE",)))
        assert {item.article_id for item in page.items} == {"reprint"}
    early = Filters(as_of=datetime(2024, 3, 6, tzinfo=UTC))
    found = own.statements(about="free park", filters=early, quote_type="direct").items[0]
    assert [other.article_id for other in found.also_in] == ["reprint"], "nothing later is told of"


def test_a_last_name_means_all_who_have_it_and_tells_them_apart(own: Dateline) -> None:
    page = own.statements("Smith")
    assert {item.by.speaker for item in page.items} == {"Peter Smith", "Carla Smith"}
    assert [(item.name, item.statements, item.meant) for item in page.speakers] == [
        ("Carla Smith", 1, True),
        ("Peter Smith", 1, True),
    ]
    only = own.statements("Ms. Carla Smith")
    assert {item.by.speaker for item in only.items} == {"Carla Smith"}


def test_a_role_means_who_is_introduced_with_it(own: Dateline) -> None:
    page = own.statements("the US president")
    assert [item.name for item in page.speakers] == ["Joe Biden"]
    assert {item.article_id for item in page.items} == {"wire", "steel"}
    assert page.items[0].by.medium == "Bloomberg TV"
    assert own.statements("spokesperson").speakers[0].name == "Ana Ruiz"


def test_a_day_is_dated_where_the_article_is(own: Dateline) -> None:
    found = own.statements("Joe Biden", "free park", quote_type="direct").items[0].by
    assert (found.when, str(found.day), str(found.day_last)) == (
        "on Monday", "2024-03-04", "2024-03-04",
    )  # fmt: skip
    assert found.named == "Joe Biden"
    assert found.role == "US President"


def test_what_is_denied_says_so(own: Dateline) -> None:
    found = own.statements("Ana Ruiz", "tariff a mistake").items[0]
    assert found.by.denied
    assert not own.statements("Joe Biden", "steel costs").items[0].by.denied


def test_nobody_and_nothing_give_empty_pages(own: Dateline) -> None:
    page = own.statements("Jane Nobody")
    assert (page.items, page.speakers, page.next_cursor) == ((), (), None)
    assert own.statements("the pope").items == ()
    none = own.statements("Ana Ruiz", "park", quote_type="direct")
    assert (none.items, [item.name for item in none.speakers]) == ((), ["Ana Ruiz"])


def test_a_dated_search_tells_what_it_leaves_out(own: Dateline) -> None:
    page = own.statements(filters=Filters(after=datetime(2024, 3, 8, tzinfo=UTC)))
    assert {item.article_id for item in page.items} == {"steel"}
    assert [notice.code for notice in page.notices] == ["undated_left_out"]


@pytest.mark.parametrize("about", [None, "park steel trains"])
def test_pages_have_everything_once(own: Dateline, about: str | None) -> None:
    whole = own.statements(about=about, limit=100).items
    paged, cursor = [], None
    while True:
        page = own.statements(about=about, limit=2, cursor=cursor)
        paged += page.items
        if (cursor := page.next_cursor) is None:
            break
    assert paged == list(whole)


def test_what_cannot_be_asked_is_refused(own: Dateline) -> None:
    with pytest.raises(FilterError, match="no name"):
        own.statements("...")
    with pytest.raises(QuestionError):
        own.statements(about="?!")
    moment = datetime(2024, 3, 8, tzinfo=UTC)
    with pytest.raises(FilterError):
        own.statements(filters=Filters(after=moment, before=moment))
    with pytest.raises(CursorError):
        own.statements(cursor="nonsense!")
    other = own.statements(about="park", limit=1).next_cursor
    with pytest.raises(CursorError, match="not of this list"):
        own.statements(cursor=other)


def test_articles_that_are_not_read_are_counted(tmp_path: Path) -> None:
    opened = Dateline(Settings(data=tmp_path / "unread"))
    opened.add([source("a", PARK)])
    assert opened.statements().unread == 1
    assert opened.statements().items == ()
    opened.close()
