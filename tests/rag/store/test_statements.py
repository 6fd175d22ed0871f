from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from rag.attribution import statements
from rag.store import statements as stored
from rag.store.catalogue import Catalogue
from rag.store.statements import Said, Statements, Unread, decoded, encoded, words_hash
from rag.store.statements_query import StatementQuery, Wanted
from rag.types import Filters
from tests.rag.store.conftest import Put

TEXT = (
    "Mayor Ana Ruiz said the bridge will close.\n“It is not safe,” she said.\n"
    "Ruiz denied that money was lost.\n"
)


@pytest.fixture
def own(catalogue: Catalogue) -> Statements:
    return Statements(catalogue._db)


@pytest.fixture
def query(catalogue: Catalogue) -> StatementQuery:
    return StatementQuery(catalogue._db)


def read(own: Statements) -> list[Unread]:
    """Read everything that waits."""
    waiting = own.unread(100)
    for item in waiting:
        days = (date(2025, 3, 18), date(2025, 3, 18))
        found = [Said(statement=s, role="Mayor", days=days) for s in statements(item.text)]
        assert own.put(item, found)
    return waiting


def test_a_statement_comes_back_as_it_was(own: Statements, put: Put) -> None:
    put(TEXT, id="a")
    assert own.of("a", 1) is None
    read(own)
    assert own.of("a", 1) == statements(TEXT)
    for item in statements(TEXT):
        assert decoded(encoded(item)) == item


def test_what_is_shown_is_the_article_word_for_word(
    own: Statements, put: Put, query: StatementQuery
) -> None:
    put("\U0001f30a " + TEXT, id="a", outlet="Gazette")
    read(own)
    found = query.of_articles(Wanted(), ["a"])
    assert len(found) == 3
    for item in found:
        assert ("\U0001f30a " + TEXT)[item.start : item.end] == item.quote
        assert item.outlet == "Gazette"
    assert [item.statement.denied for item in found] == [False, False, True]


def test_a_new_version_and_new_rules_are_read_anew(
    own: Statements, put: Put, query: StatementQuery, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(TEXT, id="a")
    read(own)
    assert (own.waiting(), own.unread(9)) == (0, [])
    put(TEXT.replace("Ruiz", "Rice"), id="a")
    assert own.waiting() == 1
    assert query.newest(Wanted(), 10) == [], "the old version's statements are not shown"
    read(own)
    assert {item.statement.speaker for item in query.newest(Wanted(), 10)} == {"Ana Rice"}
    assert own.of("a", 1) is None
    monkeypatch.setattr(stored, "RULES", "next")
    assert own.of("a", 2) is None


def test_what_was_read_of_an_old_version_is_not_stored(own: Statements, put: Put) -> None:
    put(TEXT, id="a")
    outdated = own.unread(1)[0]
    put("Nothing is said here.", id="a")
    assert not own.put(outdated, [])
    assert own.waiting() == 1


def test_statements_of_retracted_and_deleted_articles_vanish(
    own: Statements, put: Put, query: StatementQuery, catalogue: Catalogue
) -> None:
    put(TEXT, id="a")
    put(TEXT, id="b")
    read(own)
    assert own.counts() == (6, 0)
    catalogue.retract("a", "Wrong.")
    assert {item.article_id for item in query.newest(Wanted(), 10)} == {"b"}
    assert all(item.article_id == "b" for group in query.twins(query.newest(Wanted(), 9)).values()
               for item in group)  # fmt: skip
    catalogue.delete("b")
    assert query.newest(Wanted(), 10) == []
    assert own.counts()[0] == 3
    assert own.waiting() == 0


def test_an_article_that_cannot_be_read_does_not_come_again(own: Statements, put: Put) -> None:
    put(TEXT, id="a")
    assert own.put(own.unread(1)[0], [], error="RecursionError: too deep")
    assert own.waiting() == 0
    assert own.counts() == (0, 1)
    assert own.of("a", 1) is None


def test_pages_go_from_the_newest_to_the_undated_and_miss_nothing(
    own: Statements, put: Put, query: StatementQuery
) -> None:
    for number, day in enumerate((3, None, 5, 3)):
        at = None if day is None else datetime(2025, 3, day, tzinfo=UTC)
        put(TEXT.replace("bridge", f"bridge {number}"), id=f"a{number}", published_at=at)
    read(own)
    whole = query.newest(Wanted(), 99)
    assert [item.published_at.day if item.published_at else None for item in whole] == (
        [5] * 3 + [3] * 6 + [None] * 3
    )
    paged, after = [], None
    while page := query.newest(Wanted(), 2, after):
        paged += page
        after = (page[-1].published_at, page[-1].key)
    assert paged == whole


def test_filters_narrow_by_time_outlet_article_and_kind(
    own: Statements, put: Put, query: StatementQuery
) -> None:
    put(TEXT, id="a", outlet="Süddeutsche ÉCHO", published_at=datetime(2025, 3, 3, tzinfo=UTC))
    put(TEXT, id="b", outlet="Gazette")
    read(own)

    def articles(**fields: object) -> set[str]:
        return set(query.articles(Wanted(**fields)))  # type: ignore[arg-type]

    third = datetime(2025, 3, 3, tzinfo=UTC)
    assert articles() == {"a", "b"}
    assert articles(filters=Filters(outlets=("süddeutsche écho",))) == {"a"}
    assert articles(filters=Filters(outlets=("nobody",))) == set()
    assert articles(filters=Filters(articles=("b",))) == {"b"}
    assert articles(filters=Filters(as_of=third)) == {"a"}
    assert articles(filters=Filters(after=third)) == {"a"}
    assert articles(filters=Filters(before=third)) == set()
    assert len(query.newest(Wanted(quote_type="direct"), 9)) == 2
    assert query.newest(Wanted(names=frozenset(["Bob"]), namesakes=frozenset(["bob"])), 9) == []


def test_names_are_counted_by_what_namesakes_share(
    own: Statements, put: Put, query: StatementQuery
) -> None:
    put(TEXT, id="a")
    put("Bob Ruiz said the ferry is late.\n", id="b")
    read(own)
    assert query.names(["ruiz", "nobody"]) == {"ruiz": {"Ana Ruiz": 3, "Bob Ruiz": 1}}


def test_the_same_words_have_the_same_hash_whatever_stands_between() -> None:
    assert words_hash("“It is not safe,”") == words_hash("it is — not safe")
    assert words_hash("It is safe") != words_hash("It is not safe")
