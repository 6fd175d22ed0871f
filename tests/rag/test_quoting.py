from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import FilterError, QuestionError
from rag.types import Filters, Source

WORDS = "Every child in this city will have a garden within a short walk of home"
WIRE = (
    f"“{WORDS},” Mayor Ana Ruiz said on Monday.\n"
    + "The plan names streets, ponds, benches and a budget that nobody disputes.\n" * 6
)
OTHER = (
    "The newspaper printed a summary of the speech and of the questions.\n"
    f"“{WORDS},” Ruiz had promised, according to the minutes.\n"
)
LONG_AGO = "Nobody remembers who said that every garden in this city was once a walk from home.\n"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dateline]:
    opened = Dateline(Settings(data=tmp_path_factory.mktemp("quotes")))
    texts = {"wire": WIRE, "reprint": WIRE, "other": OTHER, "long-ago": LONG_AGO}
    opened.add(
        Source(
            text=text,
            origin=f"test:{name}",
            id=name,
            outlet=name.title(),
            published_at=datetime(2024, 3, 5 + number, tzinfo=UTC),
        )
        for number, (name, text) in enumerate(texts.items())
    )
    opened.read_statements()
    yield opened
    opened.close()


def test_a_quotation_is_found_with_speaker_day_and_reprints(own: Dateline) -> None:
    found = own.lookup_quote(f"“{WORDS.upper()}!”")
    assert found.found
    assert [(item.article_id, item.exact, item.similarity) for item in found.matches] == [
        ("wire", True, 1.0),
        ("other", True, 1.0),
    ]
    first = found.matches[0]
    assert first.quote == WORDS
    assert own.article("wire").text[first.start : first.end] == WORDS
    assert first.by is not None
    assert (first.by.speaker, first.by.quote_type, str(first.by.day)) == (
        "Ana Ruiz", "direct", "2024-03-04",
    )  # fmt: skip
    assert [other.article_id for other in first.also_in] == ["reprint"]
    assert found.sources == 2


def test_a_changed_word_is_marked(own: Dateline) -> None:
    found = own.lookup_quote(WORDS.replace("garden", "school"), limit=1)
    (match,) = found.matches
    assert not match.exact
    (difference,) = match.differences
    assert (difference.kind, difference.quoted, difference.written) == (
        "changed", "school", "garden",
    )  # fmt: skip
    text = own.article(match.article_id).text
    assert text[difference.start : difference.end] == "garden"
    assert found.sources == 2, "the limit cuts the list, not the count"
    # Where the reprint stands is told of changed words too.
    assert [other.article_id for other in match.also_in] == ["reprint"]


def test_an_ellipsis_stands_for_words(own: Dateline) -> None:
    match = own.lookup_quote("Every child in this city … a short walk of home").matches[0]
    text = own.article(match.article_id).text
    assert [text[start:end] for start, end in match.parts] == [
        "Every child in this city",
        "a short walk of home",
    ]


def test_what_nobody_printed_is_not_found(own: Dateline) -> None:
    found = own.lookup_quote("Every dog in this town shall get a bone before the winter comes")
    assert (found.found, found.matches, found.sources) == (False, (), 0)


def test_filters_hold_for_matches_and_reprints(own: Dateline) -> None:
    early = Filters(as_of=datetime(2024, 3, 5, 12, tzinfo=UTC))
    found = own.lookup_quote(WORDS, early)
    assert [item.article_id for item in found.matches] == ["wire"]
    assert found.matches[0].also_in == ()
    there = own.lookup_quote(WORDS, Filters(outlets=("reprint",)))
    assert [item.article_id for item in there.matches] == ["reprint"]


def test_without_statements_the_place_is_given_all_the_same(own: Dateline) -> None:
    own.add([Source(text=WIRE.replace("garden", "harbour"), origin="test:new", id="new")])
    found = own.lookup_quote(WORDS.replace("garden", "harbour"), Filters(articles=("new",)))
    assert found.matches[0].by is None
    assert found.unread == 1
    own.delete("new")


def test_what_cannot_be_looked_up_is_refused(own: Dateline) -> None:
    for quote in ("", "…", "x" * 5_001, "what \udfff"):
        with pytest.raises(QuestionError):
            own.lookup_quote(quote)
    moment = datetime(2024, 3, 5, tzinfo=UTC)
    with pytest.raises(FilterError):
        own.lookup_quote(WORDS, Filters(after=moment, before=moment))
