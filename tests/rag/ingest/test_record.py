from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rag.errors import ArticleError, MappingError
from rag.ingest.record import parse_mapping, parse_time, source_from_record


def read(record: object) -> object:
    return source_from_record(record, place="article 1", origin="file#1")


def test_every_field_is_kept() -> None:
    source = source_from_record(
        {"id": "a", "url": "https://x.org/1", "title": " T ", "outlet": "O", "author": "A",
         "published_at": "2025-03-18", "language": "en", "text": " body "},
        place="p", origin="o",
    )  # fmt: skip
    assert (source.id, source.title, source.text) == ("a", "T", " body ")
    assert source.published_at == datetime(2025, 3, 18, tzinfo=UTC)
    assert source.origin == "https://x.org/1"


def test_an_empty_field_is_unknown() -> None:
    source = source_from_record({"text": "x", "outlet": " "}, place="p", origin="o")
    assert source.outlet is None


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (5, "not a JSON object"),
        ({}, "no 'text'"),
        ({"text": None}, "no 'text'"),
        ({"text": 5}, "must be a string"),
        ({"text": "x", "headline": "y"}, "unknown field 'headline'"),
        ({"text": "x", "published_at": "soon"}, "not an ISO 8601"),
    ],
)
def test_a_bad_record_is_refused_with_its_place(record: object, message: str) -> None:
    with pytest.raises(ArticleError, match=f"article 1.*{message}"):
        read(record)


def test_a_url_is_written_canonically_and_is_the_identity() -> None:
    given = {"text": "x", "url": "HTTPS://X.org/1?utm_source=a#b"}
    source = source_from_record(given, place="p", origin="o")
    assert source.url == source.origin == "https://x.org/1"


def test_update_section_and_place_are_fields_too() -> None:
    given = {"text": "x", "updated_at": "2025-03-19", "section": "World", "place": "MOSCOW"}
    source = source_from_record(given, place="p", origin="o")
    assert (source.section, source.place) == ("World", "MOSCOW")
    assert source.updated_at == datetime(2025, 3, 19, tzinfo=UTC)


def test_other_names_are_for_files_only() -> None:
    with pytest.raises(ArticleError, match="unknown field 'body'"):
        read({"body": "x"})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Tue, 18 Mar 2025 14:00:00 GMT", datetime(2025, 3, 18, 14, tzinfo=UTC)),
        ("18 Mar 2025 14:00 +0200", datetime(2025, 3, 18, 12, tzinfo=UTC)),
        ("20250318", datetime(2025, 3, 18, tzinfo=UTC)),
    ],
)
def test_files_may_date_as_in_mail(given: str, expected: datetime) -> None:
    assert parse_time(given, "p", lenient=True) == expected


@pytest.mark.parametrize("given", ["18/03/2025", "March 18", "Tue, 99 Mar 2025 14:00:00 GMT"])
def test_a_date_in_doubt_is_refused(given: str) -> None:
    with pytest.raises(ArticleError):
        parse_time(given, "p", lenient=True)


def test_a_mapping_is_read_from_words() -> None:
    assert parse_mapping("title=headline, text = a.b") == {"title": "headline", "text": "a.b"}


@pytest.mark.parametrize("words", ["", "title", "title=", "shoe=x", "text=a,text=b"])
def test_a_bad_mapping_is_refused(words: str) -> None:
    with pytest.raises(MappingError):
        parse_mapping(words)


def test_a_mapped_field_wins_over_one_with_our_name() -> None:
    given = {"title": "wrong", "head": "right", "text": "x"}
    source = source_from_record(given, place="p", origin="o", mapping={"title": "head"})
    assert source.title == "right"
