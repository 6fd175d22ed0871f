from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rag.errors import ArticleError
from rag.ingest.record import source_from_record


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
