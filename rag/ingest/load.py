"""Read files into sources: one article for a text file, one for each line of a JSON Lines file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from rag.errors import (
    ArticleError,
    InputError,
    SourceEmpty,
    SourceEncoding,
    SourceMissing,
    SourceTooLarge,
    SourceUnreadable,
    SourceUnsupported,
)
from rag.ingest.record import source_from_record
from rag.types import Source

SUFFIXES = (".txt", ".jsonl", ".json")


def find(path: Path) -> list[Path]:
    """List the files to read below ``path``, sorted; a file stands for itself.

    Raises SourceMissing, SourceUnreadable, or SourceEmpty for a folder without files. Hidden files
    and links that leave the folder are passed over.
    """
    try:
        if path.is_file():
            return [path]
        if not path.is_dir():
            raise SourceMissing(
                f"There is no file or folder at {path}.", remedy="Check the path and try again."
            )
        root = path.resolve()
        files = [
            file
            for file in sorted(path.rglob("*"))
            if file.is_file()
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
            and file.resolve().is_relative_to(root)
        ]
    except OSError as error:
        raise SourceUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    if not files:
        raise SourceEmpty(
            f"The folder {path} holds no files.", remedy=f"It takes {', '.join(SUFFIXES)} files."
        )
    return files


def load(path: Path, max_bytes: int) -> Iterator[Source | InputError]:
    """Yield the articles of one file; what cannot be read is yielded as the error that says why."""
    try:
        text = _text(path, max_bytes)
    except InputError as error:
        yield error
        return
    origin = path.resolve().as_uri()
    if path.suffix == ".txt":
        yield Source(text=text, origin=origin, name=path.stem)
    elif path.suffix == ".jsonl":
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield _record(line, f"{path}, line {number}", f"{origin}#{number}")
    else:
        yield from _documents(text, path, origin)


def _text(path: Path, max_bytes: int) -> str:
    if path.suffix not in SUFFIXES:
        raise SourceUnsupported(
            f"{path} is a {path.suffix or 'nameless'} file.",
            remedy=f"Dateline reads {', '.join(SUFFIXES)} files in UTF-8.",
        )
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise SourceUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > max_bytes:
        raise SourceTooLarge(
            f"{path} is larger than {max_bytes:,} bytes.",
            remedy="Split it, or raise DATELINE_MAX_FILE_BYTES.",
        )
    if b"\0" in data:
        raise SourceUnsupported(
            f"{path} holds binary data (a zero byte at offset {data.index(0)}).",
            remedy="Dateline reads plain text in UTF-8.",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceEncoding(
            f"{path} is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}.",
            remedy="Save it as UTF-8, for example with `iconv -f LATIN1 -t UTF-8`.",
        ) from error


def _record(line: str, place: str, origin: str) -> Source | InputError:
    try:
        return source_from_record(json.loads(line), place=place, origin=origin)
    except (ValueError, RecursionError) as error:
        return ArticleError(f"{place} is not valid JSON: {error}.")
    except InputError as error:
        return error


def _documents(text: str, path: Path, origin: str) -> Iterator[Source | InputError]:
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield ArticleError(f"{path} is not valid JSON: {error}.")
        return
    records = cast(list[object], loaded) if isinstance(loaded, list) else [loaded]
    for number, record in enumerate(records, start=1):
        try:
            yield source_from_record(
                record, place=f"{path}, article {number}", origin=f"{origin}#{number}"
            )
        except InputError as error:
            yield error
