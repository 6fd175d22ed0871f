from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from rag.errors import InputError
from rag.ingest.limits import Limits
from rag.ingest.load import Upload, sources
from rag.ingest.options import Options
from rag.types import Source

ROW = b'{"text": "News."}\n'


def read(name: str, data: bytes, **limits: int) -> list[Source | InputError]:
    return list(
        sources(Upload(name, io.BufferedReader(io.BytesIO(data))), Options(limits=Limits(**limits)))
    )


def codes(name: str, data: bytes, **limits: int) -> list[str]:
    return ["ok" if isinstance(i, Source) else i.code for i in read(name, data, **limits)]


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.type, info.size = kind, len(data)
            archive.addfile(info, io.BufferedReader(io.BytesIO(data)))
    return file.getvalue()


def test_members_are_read_like_files_and_named_by_their_path() -> None:
    data = zipped(**{"in/a.txt": b"One.", "b.jsonl": ROW * 2, "c.exe": b"x", "empty/": b""})
    one, two, three, four = read("x.zip", data)
    assert isinstance(one, Source)
    assert (one.text, one.name, one.origin) == ("One.", "a", "upload:x.zip!/in/a.txt")
    assert isinstance(two, Source)
    assert isinstance(three, Source)
    assert three.origin == "upload:x.zip!/b.jsonl#2"
    assert isinstance(four, InputError)
    assert four.code == "source_unsupported"
    assert four.origin == "upload:x.zip!/c.exe"


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.tgz"])
def test_tar_archives_are_read_packed_or_not(name: str) -> None:
    data = tarred(("./a.txt", b"One."), ("../../b.txt", b"Two."), (".hidden.txt", b"No."))
    assert codes(name, data if name == "x.tar" else gzip.compress(data, mtime=0)) == ["ok", "ok"]


def test_archives_in_archives_are_read_to_a_depth() -> None:
    inner = zipped(**{"a.jsonl.gz": gzip.compress(ROW, mtime=0)})
    assert codes("x.tar", tarred(("in.zip", inner))) == ["ok"]
    assert codes("x.zip", zipped(**{"d.tar": tarred(("in.zip", inner))})) == ["source_bomb"]


def test_what_unpacks_to_too_much_is_refused() -> None:
    packed = gzip.compress(ROW * 100_000, mtime=0)
    assert codes("a.jsonl.gz", packed, unpacked_bytes=100_000)[-1] == "source_bomb"
    assert codes("a.txt.gz", packed, file_bytes=1_000) == ["source_too_large"]
    many = zipped(**{f"{n}.txt": b"a" * 10_000 for n in range(20)})
    assert codes("a.zip", many, unpacked_bytes=45_000) == ["ok"] * 4 + ["source_bomb"]


def test_a_ratio_that_no_text_has_is_refused() -> None:
    row = b'{"text": "' + b"a" * 30_000 + b'"}\n'
    bomb = gzip.compress(row * 1_500, 9, mtime=0)
    found = codes("a.jsonl.gz", bomb)
    assert found[-1] == "source_bomb"
    assert len(found) < 1_500


def test_too_many_members_are_refused_before_they_are_listed() -> None:
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 9, 1, *[0] * 6)[:46] + b"a"
    directory = entry * 200_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65535, 65535, len(directory), 0, 0)
    assert codes("a.zip", directory + end) == ["source_bomb"]
    assert codes("a.zip", zipped(**{f"{n}.txt": b"x" for n in range(5)}), members=4) == [
        "source_bomb"
    ]
    data = tarred(*[(f"{n}.txt", b"x") for n in range(5)])
    assert codes("a.tar", data, members=4) == ["ok"] * 4 + ["source_bomb"]


def test_a_header_that_claims_gigabytes_is_refused() -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 5 * 10**9
    assert codes("a.tar", info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 1024) == ["source_bomb"]
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, 100_000_000, 0, 0)
    assert codes("a.zip", b"\0" * 100_000_000 + end) == ["source_bomb"]


def test_links_and_devices_in_archives_are_refused() -> None:
    assert codes("a.tar", tarred(("l.txt", b""), kind=tarfile.SYMTYPE)) == ["source_unsupported"]
    assert codes("a.tar", tarred(("d.txt", b""), kind=tarfile.CHRTYPE)) == ["source_unsupported"]


def test_a_member_with_a_password_is_refused_and_the_others_are_read() -> None:
    data = bytearray(zipped(**{"a.txt": b"One.", "b.txt": b"Two."}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert codes("a.zip", bytes(data)) == ["source_encrypted", "ok"]


def test_an_unknown_compression_is_refused_member_by_member() -> None:
    data = bytearray(zipped(**{"a.txt": b"One.", "b.txt": b"Two."}))
    data[8] = 97
    data[data.index(b"PK\x01\x02") + 10] = 97
    assert codes("a.zip", bytes(data)) == ["source_damaged", "ok"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.zip", b"PK\x03\x04 not a zip"),
        ("a.zip", b""),
        ("a.tar", b"x" * 600),
        ("a.txt.gz", b"not gzip"),
        ("a.txt.gz", gzip.compress(b"text" * 100, mtime=0)[:-20]),
        ("a.tar.gz", gzip.compress(tarred(("a.jsonl", ROW * 9_999)), mtime=0)[:-2_000]),
    ],
    # Tests that run beside each other have to have the same names in both processes.
    ids=lambda value: value if isinstance(value, str) else str(len(value)),
)
def test_a_damaged_archive_is_refused(name: str, data: bytes) -> None:
    assert codes(name, data)[-1] == "source_damaged"


def test_a_damaged_member_does_not_stop_the_others() -> None:
    data = bytearray(zipped(**{"a.txt": b"One." * 50, "b.txt": b"Two."}))
    data[40] ^= 0xFF
    assert codes("a.zip", bytes(data)) == ["source_damaged", "ok"]


def test_an_archive_on_disk_is_read_in_place(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(**{"a.txt": b"One."}))
    (tmp_path / "b.tar.gz").write_bytes(gzip.compress(tarred(("b.txt", b"Two."))))
    found = [item.text for item in sources(tmp_path) if isinstance(item, Source)]
    assert found == ["One.", "Two."]
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip", "b.tar.gz"}
