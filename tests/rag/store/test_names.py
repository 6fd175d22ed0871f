from __future__ import annotations

from datetime import date

import pytest

from rag.attribution import statements
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.names import LONGEST, Names
from rag.store.statements import Said, Statements
from tests.rag.store.conftest import Put


@pytest.fixture
def names(database: Database) -> Names:
    return Names(database)


def read(database: Database) -> None:
    """Store who says what in every article."""
    own, days = Statements(database), (date(2025, 3, 18), date(2025, 3, 18))
    for item in own.unread(100):
        found = [Said(statement=one, role=None, days=days) for one in statements(item.text)]
        assert own.put(item, found)


def test_outlets_are_counted_the_most_frequent_first(
    names: Names, catalogue: Catalogue, put: Put
) -> None:
    for number, outlet in enumerate(["Émile", "The Gazette", "The Gazette", "Gone", None]):
        put(f"Text {number}.", id=f"a{number}", outlet=outlet)
    put("Text 0 anew.", id="a0", outlet="Émile")
    catalogue.retract("a3", "It was wrong.")
    found = names.outlets("", 10)
    assert [(one.name, one.count) for one in found] == [("The Gazette", 2), ("Émile", 1)]
    assert names.outlets("", 1) == found[:1]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("gaz", ["The Gazette"]),
        ("the  GAZ", ["The Gazette"]),
        ("zette", []),
        ("ém", ["Émile"]),
        ("новая г", ["Новая газета"]),
        ("100%", ["100% News"]),
        ("1_", []),
        ("%", []),
        ("\\", ["\\o/"]),
    ],
)
def test_a_name_is_found_by_how_a_word_of_it_starts(
    names: Names, put: Put, start: str, expected: list[str]
) -> None:
    for number, outlet in enumerate(["Émile", "The Gazette", "Новая газета", "100% News", "\\o/"]):
        put(f"Text {number}.", id=f"a{number}", outlet=outlet)
    assert [one.name for one in names.outlets(start, 10)] == expected


def test_a_name_that_no_filter_would_take_is_left_out(names: Names, put: Put) -> None:
    put("Text 1.", id="a", outlet="x" * LONGEST)
    put("Text 2.", id="b", outlet="x" * (LONGEST + 1))
    assert [one.name for one in names.outlets("x", 10)] == ["x" * LONGEST]


def test_spellings_that_differ_in_case_alone_are_one_speaker(
    names: Names, database: Database, put: Put
) -> None:
    put("The Harbour Board said on Monday the bridge will close.", id="a")
    put("The city is late, the Harbour Board said. “No,” the Harbour Board said.", id="b")
    read(database)
    (found,) = names.speakers("harbour", 10)
    assert found.count == 3


def test_speakers_are_those_of_articles_that_answers_may_use(
    names: Names, database: Database, catalogue: Catalogue, put: Put
) -> None:
    put("Mayor Ana Ruiz said the bridge will close.\n“It is not safe,” she said.", id="a")
    put("Ana Ruiz said the ferry sails.\nPeter Smith said trains are late.", id="b")
    put("Ruth Bird said the library opens at nine.", id="c")
    read(database)
    assert [(one.name, one.count) for one in names.speakers("", 10)] == [
        ("Ana Ruiz", 3), ("Peter Smith", 1), ("Ruth Bird", 1),
    ]  # fmt: skip
    assert [one.name for one in names.speakers("ru", 10)] == ["Ana Ruiz", "Ruth Bird"]
    assert [one.name for one in names.speakers("ru", 1)] == ["Ana Ruiz"]
    catalogue.retract("c", "It was wrong.")
    assert [one.name for one in names.speakers("ru", 10)] == ["Ana Ruiz"]
