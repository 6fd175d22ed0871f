from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from rag.errors import DatelineError, InputError, SourceEmpty, SourceMissing, SourceUnreadable
from rag.ingest import load as load_module
from rag.ingest.clean import clean
from rag.ingest.limits import Budget, Limits
from rag.ingest.load import Upload, find, load, sources
from rag.ingest.options import Options
from rag.types import Source
from tests.rag.ingest.test_pdf import LINES, make, written

MANY = 1_000_000


def one(path: Path, max_bytes: int = MANY) -> Source | DatelineError:
    (item,) = load(path, max_bytes)
    return item


def code(path: Path, max_bytes: int = MANY) -> str:
    item = one(path, max_bytes)
    assert isinstance(item, DatelineError)
    return item.code


def test_a_text_file_is_one_article_named_by_its_stem(tmp_path: Path) -> None:
    path = tmp_path / "a story.txt"
    path.write_bytes("\ufeffÉmile said “no”.".encode())
    item = one(path)
    assert isinstance(item, Source)
    assert (item.text, item.name, item.origin) == ("Émile said “no”.", "a story", path.as_uri())


def test_json_lines_are_articles_and_a_bad_line_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    lines = [json.dumps({"id": "a", "text": "One."}), "{broken", "", json.dumps({"text": "Two."})]
    path.write_text("\n".join(lines))
    first, bad, last = load(path, MANY)
    assert isinstance(first, Source)
    assert first.id == "a"
    assert isinstance(bad, DatelineError)
    assert "all.jsonl:2 is not valid JSON" in bad.message
    assert isinstance(last, Source)
    assert last.origin.endswith("#4")


@pytest.mark.parametrize("content", ['[{"text": "a"}, 5]', '{"text": "a"}'])
def test_a_json_file_is_an_article_or_a_list(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    items = list(load(path, MANY))
    assert isinstance(items[0], Source)
    assert all(isinstance(item, DatelineError) for item in items[1:])


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("x.txt", b"\x89PNG\r\n\x1a\n\x00\x00", "source_unsupported"),
        ("x.txt", b"caf\xe9", "source_encoding"),
        ("x.exe", b"text", "source_unsupported"),
        ("noending", b"text", "source_unsupported"),
        ("x.json", b"{", "article_invalid"),
        ("x.json", b"[" * 100_000, "article_invalid"),
    ],
)
def test_what_cannot_be_read_says_why(
    tmp_path: Path, name: str, data: bytes, expected: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert code(path) == expected


def test_a_file_over_the_limit_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("12345")
    assert code(path, max_bytes=4) == "source_too_large"
    assert isinstance(one(path, max_bytes=5), Source)


def test_a_missing_path_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="nothere"):
        find(tmp_path / "nothere")
    with pytest.raises(SourceEmpty):
        find(tmp_path)


def test_a_folder_gives_its_files_sorted_without_hidden_ones_and_links_out(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    for name in ("b.txt", "sub/a.txt", ".hidden.txt", ".git/c.txt"):
        (folder / name).write_text("x")
    (tmp_path / "outside.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    assert [path.relative_to(folder).as_posix() for path in find(folder)] == ["b.txt", "sub/a.txt"]


def test_a_file_that_vanished_says_so(tmp_path: Path) -> None:
    assert code(tmp_path / "gone.txt") == "source_unreadable"


def test_every_kind_of_file_is_an_article(tmp_path: Path, page: bytes) -> None:
    (tmp_path / "a.html").write_bytes(page)
    (tmp_path / "b.md").write_text("---\ndate: 2025-03-18\nlayout: x\n---\n# Title\n\nText.")
    (tmp_path / "c.tsv").write_text("headline\tbody\nA\tText.\n")
    (tmp_path / "d.ndjson").write_text('{"body": "Text.", "guid": "x"}')
    (tmp_path / "e.atom").write_text(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><id>1</id>'
        "<title>E</title><summary>Text.</summary></entry></feed>"
    )
    (tmp_path / "f.pdf").write_bytes(written(make(LINES, Title="Talks")))
    found = [item for item in sources(tmp_path) if isinstance(item, Source)]
    assert [item.title for item in found] == [
        "Talks to resume", "Title", "A", None, "E", "Talks",
    ]  # fmt: skip
    assert found[0].origin == "https://www.dailypost.example/world/talks"
    assert found[1].origins == {"title": "text"}
    assert found[1].name == "b"
    assert str(found[1].published_at) == "2025-03-18 00:00:00+00:00"
    assert found[5].name == "f"


def test_a_mapping_reaches_files_of_records(tmp_path: Path) -> None:
    options = Options(mapping={"text": "story", "title": "meta.head"})
    (tmp_path / "a.json").write_text('[{"story": "T", "meta": {"head": "H"}, "x": 1}, {"x": 2}]')
    good, bad = sources(tmp_path / "a.json", options)
    assert isinstance(good, Source)
    assert (good.title, good.text) == ("H", "T")
    assert isinstance(bad, InputError)
    assert "(called 'story')" in str(bad)


def test_an_upload_is_read_by_its_name(page: bytes) -> None:
    (item,) = sources(Upload("C:\\pages\\talks.HTML", io.BufferedReader(io.BytesIO(page))))
    assert isinstance(item, Source)
    assert item.title == "Talks to resume"
    (refused,) = sources(Upload("", io.BufferedReader(io.BytesIO(b"x"))))
    assert isinstance(refused, InputError)
    assert (refused.code, refused.origin) == ("source_unsupported", "upload:upload")


def test_a_name_that_is_no_utf_8_is_written_out(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    with open(folder + b"/caf\xe9.txt", "wb") as file:  # noqa: PTH123  bytes
        file.write(b"Text.")
    (item,) = sources(tmp_path)
    assert isinstance(item, Source)
    item.origin.encode()
    assert clean(item, 100)[0].id == "caf"


def test_a_folder_that_cannot_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", denied)
    with pytest.raises(SourceUnreadable, match="Permission denied"):
        list(sources(tmp_path))


def test_a_path_with_a_zero_byte_is_refused() -> None:
    with pytest.raises(SourceUnreadable):
        list(sources("a\0b"))


def test_a_disk_that_fails_while_reading_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    file = load_module._File("a.txt", "a.txt", "o", Failing(), Budget("a", Limits(), lambda: 0))
    (refused,) = load_module._read(file, Options())
    assert isinstance(refused, SourceUnreadable)
    assert "Input/output error" in str(refused)
