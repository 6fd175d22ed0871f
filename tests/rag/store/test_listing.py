from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rag.errors import CursorError
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.listing import MOST_REPRINTS
from rag.store.rows import encode_cursor
from rag.store.schema import article
from rag.types import Filters
from tests.rag.store.conftest import Put

NONE = Filters()


@pytest.fixture
def filled(catalogue: Catalogue, put: Put) -> Catalogue:
    for name, day, outlet in [
        ("old", 1, "Gazette"), ("b-new", 9, "Émile"), ("a-new", 9, "Gazette"), ("mid", 5, None),
    ]:  # fmt: skip
        when = datetime(2025, 3, day, 12, tzinfo=UTC)
        put(f"About {name}.", id=name, published_at=when, outlet=outlet)
    put("Undated one.", id="z")
    put("Undated two.", id="y")
    return catalogue


def ids(catalogue: Catalogue, filters: Filters = NONE, **more: object) -> list[str]:
    page = catalogue.newest(50, None, filters, **more)  # type: ignore[arg-type]
    assert page.total == len(page.items)
    return [item.id for item in page.items]


def test_the_newest_comes_first_and_the_undated_last(filled: Catalogue) -> None:
    assert ids(filled) == ["a-new", "b-new", "mid", "old", "y", "z"]


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_pages_of_any_length_give_the_same_list(filled: Catalogue, limit: int) -> None:
    found: list[str] = []
    cursor = None
    while True:
        page = filled.newest(limit, cursor, NONE)
        assert page.total == 6
        found += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == ids(filled)


def test_dates_outlets_and_status_filter(filled: Catalogue, put: Put) -> None:
    assert ids(filled, Filters(after=datetime(2025, 3, 5, 12, tzinfo=UTC))) == [
        "a-new", "b-new", "mid",
    ]  # fmt: skip
    assert ids(filled, Filters(before=datetime(2025, 3, 5, 12, tzinfo=UTC))) == ["old"]
    assert ids(filled, Filters(as_of=datetime(2025, 3, 5, 12, tzinfo=UTC))) == ["mid", "old"]
    assert ids(filled, Filters(outlets=("gazette", "Émile"))) == ["a-new", "b-new", "old"]
    put("About old, corrected.", id="old")
    assert ids(filled, status="corrected") == ["old"]


@pytest.mark.parametrize("cursor", ["???", encode_cursor("soon a")])
def test_what_is_no_cursor_is_refused(filled: Catalogue, cursor: str) -> None:
    with pytest.raises(CursorError):
        filled.newest(2, cursor, NONE)


def test_the_others_of_a_cluster_stand_beside_each_article(
    database: Database, catalogue: Catalogue, put: Put
) -> None:
    for name, day in [("first", 1), ("second", 2), ("withdrawn", 3), ("alone", 4)]:
        put(f"About {name}.", id=name, published_at=datetime(2025, 3, day, tzinfo=UTC))
    with database.write() as tx:
        together = article.c.id != "alone"
        tx.execute(article.update().where(together).values(cluster_id="one"))
    catalogue.retract("withdrawn", "It was wrong.")
    for page in (catalogue.newest(50, None, NONE), catalogue.articles(50)):
        found = {
            item.id: ([other.article_id for other in item.also_in], item.reprints)
            for item in page.items
        }
        assert found == {
            "first": (["second"], 1),
            "second": (["first"], 1),
            "withdrawn": (["first", "second"], 2),
            "alone": ([], 0),
        }


def test_of_a_large_cluster_the_first_are_named_and_all_counted(
    database: Database, catalogue: Catalogue, put: Put
) -> None:
    count = MOST_REPRINTS + 3
    for day in range(count):
        moment = datetime(2025, 3, 1, tzinfo=UTC) + timedelta(days=day)
        put(f"Number {day}.", id=f"a{day:02}", published_at=moment)
    with database.write() as tx:
        tx.execute(article.update().values(cluster_id="one"))
    newest, *_, oldest = catalogue.newest(50, None, NONE).items
    first = [f"a{day:02}" for day in range(MOST_REPRINTS + 1)]
    assert [other.article_id for other in newest.also_in] == first[:MOST_REPRINTS]
    assert [other.article_id for other in oldest.also_in] == first[1:]
    assert newest.reprints == oldest.reprints == count - 1
