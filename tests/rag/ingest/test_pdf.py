from __future__ import annotations

import builtins
import io
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from rag.errors import ExtraMissing, SourceDamaged, SourceEmpty, SourceEncrypted, SourceTooLarge
from rag.ingest import pdf
from rag.ingest.pdf import flowing, parse_pdf

LINES = [
    "The minister said on Monday that talks with the unions",
    "would resume within days, and that the govern-",
    "ment had a plan.",
    "The government gave no date for the well-",
    "known talks.",
]


def make(lines: list[str], **metadata: str) -> PdfWriter:
    writer = PdfWriter()
    page = writer.add_blank_page(612, 792)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
    content = DecodedStreamObject()
    content.set_data(f"BT /F1 12 Tf 72 720 Td {shown}ET".encode())
    page[NameObject("/Contents")] = writer._add_object(content)
    writer.add_metadata({f"/{name}": value for name, value in metadata.items()})
    return writer


def written(writer: PdfWriter) -> bytes:
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_text_flows_and_only_the_title_is_taken_from_the_file() -> None:
    data = written(make(LINES, Title="Talks", Author="typist", CreationDate="D:20250318"))
    found = parse_pdf(data, "f.pdf")
    assert found["title"] == "Talks"
    assert set(found) == {"text", "title"}
    assert "the government had a plan." in found["text"]
    assert "well-known" in found["text"]


def test_the_name_of_a_program_s_file_is_no_title() -> None:
    assert "title" not in parse_pdf(written(make(LINES, Title="Microsoft Word - a.docx")), "f")


def test_paragraphs_end_where_a_line_is_short() -> None:
    page = """A first line of a paragraph that is long
and short.
Another long line of the text here
ends."""
    assert flowing([page]).split("\n") == [
        "A first line of a paragraph that is long and short.",
        "Another long line of the text here ends.",
    ]


def test_a_file_with_a_password_is_refused() -> None:
    writer = make(LINES)
    writer.encrypt("secret", algorithm="RC4-128")
    with pytest.raises(SourceEncrypted):
        parse_pdf(written(writer), "f.pdf")


def test_a_file_that_only_forbids_changes_is_read() -> None:
    writer = make(LINES)
    writer.encrypt("", "owner", algorithm="RC4-128")
    assert "minister" in parse_pdf(written(writer), "f.pdf")["text"]


def test_a_file_without_a_text_layer_is_refused() -> None:
    with pytest.raises(SourceEmpty, match="text layer"):
        parse_pdf(written(make([])), "f.pdf")


def test_a_file_of_too_many_pages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGES", 0)
    with pytest.raises(SourceTooLarge):
        parse_pdf(written(make(LINES)), "f.pdf")


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.4\n" + b"x" * 100, b"%PDF-1.4\ntrailer<</Root 1 0 R>>"]
)
def test_a_damaged_file_is_refused(data: bytes) -> None:
    with pytest.raises(SourceDamaged):
        parse_pdf(data, "f.pdf")


def test_without_pypdf_the_command_that_installs_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.startswith("pypdf"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ExtraMissing, match=r"pip install 'dateline\[pdf\]'"):
        parse_pdf(b"%PDF", "f.pdf")
