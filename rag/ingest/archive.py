"""Read the members of zip and tar archives one after the other; nothing is written to disk."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

from rag.errors import InputError, SourceBomb, SourceDamaged, SourceEncrypted, SourceUnsupported
from rag.ingest.limits import Budget

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# What a single read of an archive's own structures may take: the directory of a zip archive, and a
# header of a tar archive. A hundred thousand members with long paths have a directory of 20 MB.
_MAX_DIRECTORY = 64_000_000
_MAX_HEADER = 1_000_000
_PIECE = 1 << 18
_BUFFER = 1 << 16
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError,
           NotImplementedError, ValueError)  # fmt: skip

Member = tuple[str, BinaryIO | InputError]
"""A member's path and its bytes, or why they cannot be had."""


def unzipped(stream: BinaryIO, place: str, budget: Budget) -> Iterator[Member]:
    """Yield the files of a zip archive in its order; raises SourceBomb or SourceDamaged."""
    try:
        archive = zipfile.ZipFile(cast(BinaryIO, _Guarded(stream, place, budget)))
    except _BROKEN as error:
        raise _damaged(place, error) from error
    with archive:
        budget.check_members(len(archive.filelist))
        for info in archive.filelist:
            if info.is_dir():
                continue
            budget.enter()
            if info.flag_bits & 0x1:
                yield (
                    info.filename,
                    SourceEncrypted(
                        f"{place}!/{info.filename} is protected with a password.",
                        remedy="Pack it without one.",
                    ),
                )
                continue
            try:
                member = archive.open(info)
            except (*_BROKEN, RuntimeError) as error:
                yield info.filename, _damaged(f"{place}!/{info.filename}", error)
                continue
            with unpacked(cast(BinaryIO, member), f"{place}!/{info.filename}", budget) as bytes_:
                yield info.filename, bytes_


def untarred(stream: BinaryIO, place: str, budget: Budget) -> Iterator[Member]:
    """Yield the regular files of a tar archive in its order, read once from front to back.

    Raises SourceBomb or SourceDamaged. Links and devices are refused one by one.
    """
    try:
        archive = tarfile.TarFile(fileobj=cast(BinaryIO, _Forward(stream, place)))
        while (info := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # or the list of all of them would grow with the archive
            name = info.name.encode("utf-8", "replace").decode()
            if info.isdir():
                continue
            budget.enter()
            inner = archive.extractfile(info) if info.isreg() and not info.issparse() else None
            if inner is None:
                yield (
                    name,
                    SourceUnsupported(
                        f"{place}!/{name} is a link, a device or a sparse file.",
                        remedy="Only regular files are read from archives.",
                    ),
                )
                continue
            with unpacked(cast(BinaryIO, inner), f"{place}!/{name}", budget) as bytes_:
                yield name, bytes_
    except _BROKEN as error:
        raise _damaged(place, error) from error


def gunzipped(stream: BinaryIO, place: str, budget: Budget) -> BinaryIO:
    """Return the bytes that a gzip file unpacks to; reading raises SourceBomb or SourceDamaged."""
    return unpacked(cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb")), place, budget)


def unpacked(inner: BinaryIO, place: str, budget: Budget) -> BinaryIO:
    """Return a stream that counts what it gives and raises our own errors."""
    return cast(BinaryIO, io.BufferedReader(_Unpacked(inner, place, budget), _BUFFER))


class _Unpacked(io.RawIOBase):
    def __init__(self, inner: BinaryIO, place: str, budget: Budget) -> None:
        self._inner = inner
        self._place = place
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        try:
            data = self._inner.read(min(len(view), _PIECE))
        except _BROKEN as error:
            raise _damaged(self._place, error) from error
        self._budget.spend(len(data))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()


class _Guarded:
    """A seekable file that refuses a directory of too many members before it is parsed.

    zipfile reads the whole directory with one call, whatever the archive says of its size.
    """

    def __init__(self, file: BinaryIO, place: str, budget: Budget) -> None:
        self._file = file
        self._place = place
        self._budget = budget
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > _MAX_DIRECTORY:
            raise SourceBomb(
                f"{self._place} has a directory of more than {_MAX_DIRECTORY:,} bytes.",
                remedy="Split it.",
            )
        data = self._file.read(size if size >= 0 else _MAX_DIRECTORY)
        self._budget.check_members(data.count(b"PK\x01\x02"))
        return data


class _Forward:
    """A stream that tarfile may take for a file as long as it does not go back."""

    def __init__(self, stream: BinaryIO, place: str) -> None:
        self._stream = stream
        self._place = place
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MAX_HEADER:
            raise SourceBomb(
                f"{self._place} has a header of more than {_MAX_HEADER:,} bytes.",
                remedy="Pack it anew.",
            )
        data = self._stream.read(size)
        self._at += len(data)
        return data

    def tell(self) -> int:
        return self._at

    def seek(self, position: int, _whence: int = 0) -> int:
        while self._at < position:
            if not self.read(min(position - self._at, _PIECE)):
                break
        return self._at


def _damaged(place: str, error: Exception) -> SourceDamaged:
    return SourceDamaged(
        f"{place} cannot be unpacked: {error}.", remedy="Get or make the archive again."
    )
