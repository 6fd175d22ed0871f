from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.errors import DatelineError, SourceEmpty, SourceMissing
from rag.ingest.load import find, load
from rag.types import Source

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
