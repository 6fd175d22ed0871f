"""Files made to hurt: each is read in a process of its own, whose memory is measured."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MB = 1_000_000

READ = r"""
import json, re, sys
from rag.errors import InputError
from rag.ingest.clean import clean
from rag.ingest.confine import PARSER
from rag.ingest.load import sources

codes = {}
for item in sources(sys.argv[1]):
    try:
        if isinstance(item, InputError):
            raise item
        clean(item, 1_000_000)
        code = "ok"
    except InputError as error:
        code = error.code
    codes[code] = codes.get(code, 0) + 1


def peak(process):
    # Not getrusage: its peak is that of the process this one was forked from, when that was larger.
    with open(f"/proc/{process}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) // 1024


used = [peak("self"), peak(PARSER._process.pid) if PARSER._process else 0]
PARSER.close()
print(json.dumps([codes, *used]))
"""


def read(path: Path) -> tuple[dict[str, int], int, int]:
    """Return how often each code came, and the peak memory of reader and parser in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        capture_output=True, text=True, cwd=ROOT, check=True, timeout=300,
    )  # fmt: skip
    codes, reader, parser = json.loads(done.stdout)
    return codes, reader, parser


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def sparse(path: Path) -> Path:
    with path.open("wb") as file:
        file.truncate(1_000 * MB)
    return path


def packed(path: Path, piece: bytes, times: int) -> Path:
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(times):
            file.write(piece)
    return path


def zip_of(path: Path, piece: bytes, times: int, name: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            with archive.open(f"{number}{name}", "w") as file:
                for _ in range(times):
                    file.write(piece)
    return path


def long_field(path: Path) -> Path:
    with path.open("wb") as file:
        file.write(b'title,text\na,"')
        for _ in range(100):
            file.write(b"x" * MB + b"\n")
        file.write(b'"\n')
    return path


def deep_zip(path: Path) -> Path:
    data = b'{"text": "x"}\n'
    for level in range(8):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(f"{level}.zip" if level else "a.jsonl", data)
        data = file.getvalue()
    return write(path, data)


ROW = b'{"text": "' + b"a" * 50_000 + b'"}\n'
FILES = {
    "a text of 1 GB": (lambda d: sparse(d / "a.txt"), "source_too_large"),
    "JSON Lines of 1 GB": (lambda d: sparse(d / "a.jsonl"), "source_unsupported"),
    "a gzip bomb": (lambda d: packed(d / "a.txt.gz", b"a" * MB, 300), "source_too_large"),
    "a gzip bomb of rows": (lambda d: packed(d / "a.jsonl.gz", ROW, 2_000), "source_bomb"),
    "a gzip bomb of blanks": (lambda d: packed(d / "a.jsonl.gz", b"\n" * MB, 50), "source_damaged"),
    "a zip bomb": (lambda d: zip_of(d / "a.zip", b"a" * MB, 50, ".txt"), "source_too_large"),
    "a zip bomb of rows": (lambda d: zip_of(d / "a.zip", ROW, 400, ".jsonl"), "source_bomb"),
    "zips in zips": (lambda d: deep_zip(d / "a.zip"), "source_bomb"),
    "a field of 100 MB": (lambda d: long_field(d / "a.csv"), "source_too_large"),
    "JSON 100,000 levels deep": (lambda d: write(d / "a.json", b"[" * 100_000), "article_invalid"),
    "HTML 100,000 levels deep": (
        lambda d: write(d / "a.html", b"<html><body>" + b"<div><b>" * 50_000 + b"text"),
        "source_damaged",
    ),
    "a feed of entities": (
        lambda d: write(
            d / "a.xml",
            b'<!DOCTYPE r [<!ENTITY a "ha">'
            + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a;" * 10) for n in range(9))
            + b"]><rss><channel><title>&a8;</title></channel></rss>",
        ),
        "source_damaged",
    ),
    "YAML of aliases": (
        lambda d: write(
            d / "a.md",
            b"---\na0: &a0 [x]\n"
            + b"".join(b"a%d: &a%d [%s]\n" % (n + 1, n + 1, b",".join([b"*a%d" % n] * 9))
                       for n in range(20))
            + b"---\nThe minister resigned.\n",
        ),
        "ok",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_within_bounded_memory(name: str, tmp_path: Path) -> None:
    make, expected = FILES[name]
    codes, reader, parser = read(make(tmp_path))
    assert expected in codes
    # A reader needs 30 MB for itself and holds at most a few records of 20 MB.
    assert reader < 200
    assert parser < 500


def test_pipes_devices_and_loops_are_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "ring").symlink_to(tmp_path)
    (tmp_path / "good.txt").write_text("The minister resigned.")
    codes, _, _ = read(tmp_path)
    assert codes == {"ok": 1, "source_unsupported": 1, "source_unreadable": 1}
    assert read(Path("/dev/zero"))[0] == {"source_unsupported": 1}


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    words = json.dumps({"text": "The minister said that talks would resume. " * 120}).encode()
    small = packed(tmp_path / "small.jsonl.gz", words + b"\n", 500)
    large = packed(tmp_path / "large.jsonl.gz", words + b"\n", 5_000)
    assert read(large)[1] < read(small)[1] + 10
