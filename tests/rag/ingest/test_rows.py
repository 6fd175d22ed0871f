from __future__ import annotations

import io
from typing import BinaryIO, cast

import pytest

from rag.errors import (
    InputError,
    MappingError,
    SourceDamaged,
    SourceEncoding,
    SourceTooLarge,
    SourceUnsupported,
)
from rag.ingest.rows import json_lines, table
from rag.types import Source

Items = list[Source | InputError]


def stream(data: bytes) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, io.BytesIO(data))))


def lines(data: bytes, limit: int = 1_000, mapping: dict[str, str] | None = None) -> Items:
    return list(json_lines(stream(data), "f.jsonl", "file:f", limit, mapping))


def rows(data: bytes, limit: int = 1_000, mapping: dict[str, str] | None = None) -> Items:
    return list(table(stream(data), "f.csv", "file:f", limit, mapping))


def texts(items: Items) -> list[str]:
    return [item.text if isinstance(item, Source) else item.code for item in items]


def test_common_names_of_fields_are_known_in_files() -> None:
    (item,) = lines(b'{"headline": "H", "source": "O", "date": "2025-03-18", "body": "T"}')
    assert isinstance(item, Source)
    assert (item.title, item.outlet, item.text) == ("H", "O", "T")
    assert item.published_at is not None
    assert item.origin == "file:f#1"


def test_an_unknown_field_is_refused_without_a_mapping_and_passed_over_with_one() -> None:
    row = b'{"text": "T", "shoe_size": 9}'
    assert texts(lines(row)) == ["article_invalid"]
    assert texts(lines(row, mapping={})) == ["T"]


def test_a_mapping_reaches_into_nested_objects() -> None:
    row = b'{"meta": {"head": "H", "by": ["A", "B"]}, "parts": ["One.", "Two."], "n": 7}'
    mapping = {"title": "meta.head", "author": "meta.by", "text": "parts", "id": "n"}
    (item,) = lines(row, mapping=mapping)
    assert isinstance(item, Source)
    assert (item.title, item.author, item.text, item.id) == ("H", "A, B", "One.\n\nTwo.", "7")


def test_a_bad_line_is_named_and_stops_nothing() -> None:
    items = lines(b'{"text": "a"}\n\n{"te\n{"text": "caf\xe9"}\n5\n{"text": "b"}', mapping={})
    assert texts(items) == ["a", "article_invalid", "source_encoding", "article_invalid", "b"]
    assert [item.origin for item in items] == [f"file:f#{n}" for n in (1, 3, 4, 5, 6)]
    assert "f.jsonl:3 " in str(items[1])


def test_a_line_over_the_limit_is_passed_over() -> None:
    items = lines(b'{"text": "a"}\n{"text": "' + b"x" * 5_000 + b'"}\n{"text": "b"}\n', limit=100)
    assert texts(items) == ["a", "source_too_large", "b"]


def test_a_line_without_end_is_given_up() -> None:
    with pytest.raises(SourceTooLarge, match="nothing was read"):
        lines(b"x" * 3_000_000, limit=10)


def test_endless_blank_lines_are_given_up() -> None:
    with pytest.raises(SourceDamaged, match="blank lines"):
        lines(b"\n" * 200_000)


def test_a_number_or_a_nesting_that_json_cannot_hold_is_refused() -> None:
    deep = b"[" * 100_000
    assert (
        texts(lines(b'{"text": 1' + b"0" * 5_000 + b"}\n" + deep, 10**6)) == ["article_invalid"] * 2
    )


def test_a_table_is_read_by_its_header() -> None:
    items = rows(b'title,text,url\n"A, b","One\nmore",https://x.org/1\nC,Two,\n')
    assert texts(items) == ["One\nmore", "Two"]
    assert isinstance(items[0], Source)
    assert (items[0].title, items[0].url) == ("A, b", "https://x.org/1")
    assert items[1].origin == "file:f#4"


@pytest.mark.parametrize("separator", [b",", b";", b"\t", b"|"])
def test_the_separator_is_found_in_the_header(separator: bytes) -> None:
    assert texts(rows(b"title" + separator + b"text\na" + separator + b"b\n")) == ["b"]


def test_tabs_are_taken_at_their_word() -> None:
    items = list(table(stream(b"text\ttitle\na,b;c\tT\n"), "f.tsv", "o", 99, None, tabs=True))
    assert texts(items) == ["a,b;c"]


def test_rows_that_do_not_fit_are_named_and_stop_nothing() -> None:
    items = rows(b"title,text\na\n,\nb,c,d\ne,f\n")
    assert texts(items) == ["article_invalid", "article_invalid", "f"]
    assert "f.csv:2 has 1 columns" in str(items[0])


def test_a_quotation_that_never_ends_costs_only_its_own_record() -> None:
    data = b'title,text\na,"' + b"x" * 50 + b"\n" + b"yy\n" * 40 + b"b,fine\n"
    assert texts(rows(data, limit=100)) == ["source_too_large", "fine"]


def test_a_row_longer_than_the_limit_is_passed_over() -> None:
    assert texts(rows(b"title,text\na," + b"x" * 500 + b"\nb,c\n", limit=100)) == [
        "source_too_large",
        "c",
    ]


def test_a_legacy_table_is_read_when_its_head_leaves_no_doubt() -> None:
    data = "title,text\nA,“It’s the café’s” he said\n".encode("cp1252")
    assert texts(rows(data)) == ["“It’s the café’s” he said"]


def test_a_line_in_another_encoding_is_named() -> None:
    data = b"title,text\n" + b"a,b\n" * 20_000 + b"c,caf\xe9\nd,e\n"
    items = rows(data)
    assert texts(items)[-2:] == ["source_encoding", "e"]


@pytest.mark.parametrize(
    ("data", "mapping", "message"),
    [
        (b"title,shoe\na,b\n", None, "no column for 'text'"),
        (b"title,text,shoe\na,b,c\n", None, "unknown column 'shoe'"),
        (b"title,body2\na,b\n", {"text": "body3"}, "no column 'body3'"),
    ],
)
def test_columns_that_do_not_fit_are_said_once(
    data: bytes, mapping: dict[str, str] | None, message: str
) -> None:
    with pytest.raises(MappingError, match=message):
        rows(data, mapping=mapping)


def test_a_table_in_utf_16_is_refused() -> None:
    with pytest.raises(SourceEncoding, match="utf-16"):
        rows("text\na\n".encode("utf-16"))


def test_binary_data_is_no_json_lines() -> None:
    with pytest.raises(SourceUnsupported):
        lines(b"{}\n\0\0")
