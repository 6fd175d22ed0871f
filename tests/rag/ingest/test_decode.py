from __future__ import annotations

import pytest

from rag.errors import SourceEncoding, SourceUnsupported
from rag.ingest.decode import declared_in, decode

ENGLISH = "The café owner said “no” on Monday — and that he wouldn’t sell to Zürich’s bank. " * 5
RUSSIAN = (
    "Президент России Владимир Путин заявил в четверг, что переговоры будут продолжены на "
    "следующей неделе. По словам его представителя, стороны обсудили прекращение огня. "
) * 4


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "cp1250", "cp1254"]
)
def test_english_is_read_from_what_it_is_written_in(encoding: str) -> None:
    assert decode(ENGLISH.encode(encoding), "x") == ENGLISH


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r"])
def test_another_script_is_read_when_there_is_one_reading(encoding: str) -> None:
    assert decode(RUSSIAN.encode(encoding), "x") == RUSSIAN


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("café", "mac_roman"),
        ("The café and “more”.", "mac_roman"),
        ("The Köln café", "cp850"),
        ("Прага", "cp1251"),
        ("Řekl, že přijde.", "cp1250"),
        ("© 2025 The Post", "cp850"),
        ("東京で会談", "shift_jis"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(text: str, encoding: str) -> None:
    with pytest.raises(SourceEncoding, match="no other encoding is sure"):
        decode(text.encode(encoding), "x")


def test_a_declared_encoding_is_believed_unless_it_is_utf_8() -> None:
    assert decode("東京で会談".encode("shift_jis"), "x", "Shift_JIS") == "東京で会談"
    assert decode("“q”".encode("cp1252"), "x", "iso-8859-1") == "“q”"
    assert decode("東京".encode("iso2022_jp"), "x", "ISO-2022-JP") == "東京"
    assert decode("é".encode(), "x", "iso-8859-1") == "é"


def test_a_wrong_declaration_is_refused() -> None:
    with pytest.raises(SourceEncoding, match="as it says it is"):
        decode(b"\x81\xff", "x", "shift_jis")
    with pytest.raises(SourceEncoding):
        decode(b"\xff\xfea", "x")
    with pytest.raises(SourceEncoding):
        decode(b"caf\xe9 \x81", "x", "no-such-charset")


def test_binary_data_is_refused() -> None:
    with pytest.raises(SourceUnsupported, match="offset 3"):
        decode(b"abc\0", "x")


@pytest.mark.parametrize(
    "head",
    [
        b'<meta charset="windows-1251">',
        b"<META http-equiv=Content-Type content='text/html; charset=windows-1251'>",
        b'<?xml version="1.0" encoding="windows-1251"?>',
    ],
)
def test_a_page_declares_its_charset(head: bytes) -> None:
    assert declared_in(b"<html>" + head) == "windows-1251"
    assert declared_in(b"<html>") is None
