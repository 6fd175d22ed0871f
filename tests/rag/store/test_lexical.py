from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import TypeVar

import pytest

from rag.store import lexical
from rag.store.lexical import LexicalIndex
from rag.store.milvus_rows import Extent, Rows
from rag.store.milvus_words import MilvusWords
from rag.store.rows import IndexRow
from rag.types import Filters
from tests.rag.store.conftest import vectors_for

NONE = Filters()


def row(name: str, text: str, day: int | None = None, **fields: str) -> IndexRow:
    return IndexRow(
        key=1,
        id=name,
        article_id=fields.get("article", name),
        title=fields.get("title"),
        text=text,
        outlet=fields.get("outlet"),
        published_at=datetime(2025, 1, day, tzinfo=UTC) if day else None,
        vector=vectors_for([text])[0],
    )


class InMilvus(MilvusWords):
    """Words whose rows tests write themselves."""

    def __init__(self, rows: Rows) -> None:
        self._generation = 0
        super().__init__(rows, lambda: Extent(self._generation, rows.count(), 1))

    def apply(self, removed: Iterable[str], added: Sequence[IndexRow]) -> None:
        self._generation += 1
        self._rows.remove(removed)
        self._rows.put(added)


Words = LexicalIndex | InMilvus
Made = TypeVar("Made", LexicalIndex, InMilvus)


@pytest.fixture(params=["tantivy", "milvus"])
def words(request: pytest.FixtureRequest, tmp_path: Path) -> Words:
    if request.param == "tantivy":
        return LexicalIndex(tmp_path / "words")
    return InMilvus(request.getfixturevalue("rows"))


@pytest.fixture
def index(words: Words) -> Words:
    return filled(words)


def filled(made: Made) -> Made:
    made.apply(
        (),
        [
            row("a", "Tariffs on steel were announced by the U.S. government.", 1, outlet="Times"),
            row("b", "Talks about steel went on in Istanbul.", 2, outlet="Post"),
            row("c", "The call is planned.", title="Steel tariffs"),
        ],
    )
    return made


def ids(index: Words, text: str, filters: Filters = NONE, limit: int = 10) -> list[str]:
    return [name for name, _ in index.search(text, filters, limit)]


def test_rarer_words_and_text_before_title_rank_first(index: Words) -> None:
    assert ids(index, "tariff on steel") == ["a", "c", "b"]
    assert ids(index, "US governments") == ["a"]
    assert ids(index, "nothing like it") == []
    assert ids(index, "the and of") == []
    assert ids(index, "steel", limit=0) == []


def test_removing_and_adding_shows_at_once(index: Words) -> None:
    index.apply(["a"], [row("a", "Something else about Cuba.")])
    assert ids(index, "tariffs") == ["c"]
    assert ids(index, "Cuba") == ["a"]
    assert len(index) == 3
    assert index.document_frequency("cuba") == 1


def test_filters(index: Words) -> None:
    def on(day: int) -> datetime:
        return datetime(2025, 1, day, tzinfo=UTC)

    assert ids(index, "steel", Filters(as_of=on(1))) == ["a"]
    assert ids(index, "steel", Filters(after=on(2))) == ["b"]
    assert ids(index, "steel", Filters(before=on(2))) == ["a"]
    assert ids(index, "steel", Filters(after=on(1), before=on(3), outlets=("POST",))) == ["b"]
    assert set(ids(index, "steel", Filters(articles=("c", "b")))) == {"b", "c"}
    assert ids(index, "steel", Filters(outlets=("none",))) == []


@pytest.mark.parametrize("few", [0.0, 1.0])
def test_dates_are_looked_up_by_their_days_or_compared_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: float
) -> None:
    monkeypatch.setattr(lexical, "FEW", few)
    start, step = datetime(2020, 12, 25, tzinfo=UTC), timedelta(hours=7)
    moments = {f"p{n}": start + n * step for n in range(200)}
    rows = [replace(row(name, "Steel."), published_at=moment) for name, moment in moments.items()]
    index = LexicalIndex(tmp_path / "words")
    index.apply((), [*rows, row("undated", "Steel.")])
    marks = [start + timedelta(days=days, hours=hours) for days in (0, 7, 38) for hours in (0, 5)]
    for one, other in product(marks, marks):
        for filters in (
            Filters(after=one, before=other),
            Filters(after=one, as_of=other),
            Filters(as_of=one, before=other),
            Filters(after=one),
            Filters(before=other),
        ):
            expected = {
                name
                for name, moment in moments.items()
                if (filters.after is None or filters.after <= moment)
                and (filters.before is None or moment < filters.before)
                and (filters.as_of is None or moment <= filters.as_of)
            }
            assert set(ids(index, "steel", filters, 300)) == expected
    first = datetime.min.replace(tzinfo=UTC)
    assert ids(index, "steel", Filters(before=first)) == []
    assert len(ids(index, "steel", Filters(after=first), 300)) == 200


def test_a_hostile_query_is_bounded_and_never_parsed(index: Words) -> None:
    assert ids(index, 'text:* OR outlet:"Times" ~ ^ (((') != ["x"]
    assert ids(index, "steel " + " ".join(f"word{n}" for n in range(100_000)))


def test_a_copy_opens_as_the_same_index(tmp_path: Path) -> None:
    index = filled(LexicalIndex(tmp_path / "words"))
    index.copy(tmp_path / "copy")
    index.apply(["a"], ())
    again = LexicalIndex(tmp_path / "copy")
    assert ids(again, "tariffs") == ["a", "c"]
    assert ids(index, "tariffs") == ["c"]


def test_phrases_are_found_before_the_same_words_elsewhere(words: Words) -> None:
    index = words
    texts = {
        "exact": "We will not be moved by the threats of U.S. officials, ever.",
        "words": "Threats moved the officials; the US was moved.",
        "other": "The park is green.",
    }
    index.apply((), [row(name, text) for name, text in texts.items()])
    found = index.search_phrases(["moved by the threats of US officials"], NONE, 9)
    assert [id_ for id_, _ in found] == ["exact"]
    assert [id_ for id_, _ in index.search_phrases(["green"], NONE, 9)] == ["other"]
    assert index.search_phrases(["of the"], NONE, 9) == []
    assert index.search_phrases(["moved by the threats"], NONE, 0) == []
    only = Filters(articles=("nothing",))
    assert index.search_phrases(["moved by the threats"], only, 9) == []
