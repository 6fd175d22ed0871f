from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rag.errors import CursorError
from rag.store.catalogue import Catalogue
from rag.store.rows import encode_cursor
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
