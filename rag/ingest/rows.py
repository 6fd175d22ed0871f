"""Stream the articles of JSON Lines and of tables, one at a time, whatever the file's size."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from rag.errors import (
    ArticleError,
    InputError,
    MappingError,
    SourceDamaged,
    SourceEncoding,
    SourceTooLarge,
    SourceUnsupported,
)
from rag.ingest.decode import encoding_of
from rag.ingest.record import FIELDS, field_names, source_from_record
from rag.types import Source

# Much of a file is read to learn its encoding and its separator.
_SAMPLE = 64_000
_SEPARATORS = ",;\t|"
_PIECE = 1_000_000
_MAX_BLANK = 100_000
# A line of this many times the limit is no line any more.
_HOPELESS = 50


def json_lines(
    stream: BinaryIO, place: str, origin: str, limit: int, mapping: Mapping[str, str] | None
) -> Iterator[Source | InputError]:
    """Yield the article of each line, or the error that says what is wrong with it and where.

    A line has at most ``limit`` bytes; memory does not grow beyond a few of them. Raises
    SourceUnsupported for binary data, SourceTooLarge or SourceDamaged where nothing can follow.
    """
    if b"\0" in _peek(stream):
        raise SourceUnsupported(
            f"{place} holds binary data.", remedy="JSON Lines are read in UTF-8."
        )
    for number, line in _lines(stream, place, limit):
        where, identity = f"{place}:{number}", f"{origin}#{number}"
        try:
            if line is None:
                raise _too_long(where, limit)
            if line.strip():
                yield source_from_record(
                    parse_json(_utf8(line, where), where),
                    place=where, origin=identity, mapping=mapping, aliases=True,
                )  # fmt: skip
        except InputError as error:
            error.origin = error.origin or identity
            yield error


def parse_json(text: str, where: str) -> object:
    """Read JSON; raises ArticleError for what is none, is nested too deeply or counts too far."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ArticleError(f"{where} is not valid JSON: it is nested too deeply.") from error
    except ValueError as error:
        raise ArticleError(f"{where} is not valid JSON: {error}.") from error


def table(
    stream: BinaryIO,
    place: str,
    origin: str,
    limit: int,
    mapping: Mapping[str, str] | None,
    *,
    tabs: bool = False,
) -> Iterator[Source | InputError]:
    """Yield the article of each row of a table whose first row names the columns.

    Columns are separated by tabs with ``tabs``, else by whatever of ``, ; tab |`` its first line
    has most. Raises MappingError for columns that are missing or unknown, SourceEncoding.
    """
    sample = _peek(stream)
    encoding = _encoding(sample, place)
    lines = _Lines(stream, place, encoding, limit)
    separator = "\t" if tabs else _separator(sample)
    header: list[str] | None = None
    lost = False
    for number, row in _rows(lines, separator):
        where, identity = f"{place}:{number}", f"{origin}#{number}"
        try:
            if isinstance(row, InputError):
                raise row
            if header is None:
                header = [name.strip() for name in row]
                _check_header(header, mapping, place)
                continue
            if not any(cell.strip() for cell in row):
                continue
            if lost and len(row) != len(header):
                continue  # still of the record that was refused
            lost = False
            if len(row) != len(header):
                raise ArticleError(f"{where} has {len(row)} columns, the header {len(header)}.")
            yield source_from_record(
                dict(zip(header, row, strict=True)),
                place=where, origin=identity, mapping=mapping, aliases=True,
            )  # fmt: skip
        except MappingError:
            raise
        except InputError as error:
            error.origin = error.origin or identity
            lost = isinstance(error, SourceTooLarge)
            yield error


def _check_header(header: list[str], mapping: Mapping[str, str] | None, place: str) -> None:
    columns = dict.fromkeys(header)
    names = field_names(columns, mapping, aliases=True)
    if missing := [name for name in names.values() if name not in columns]:
        raise MappingError(
            f"{place} has no column {missing[0]!r}; it has {', '.join(header)[:300]}.",
            remedy="Give --map the names in its first row.",
        )
    unknown = [name for name in header if name not in names.values()]
    if "text" not in names or (unknown and mapping is None):
        what = (
            "no column for 'text'" if "text" not in names else f"an unknown column {unknown[0]!r}"
        )
        raise MappingError(
            f"{place} has {what}; its columns are {', '.join(header)[:300]}.",
            remedy="Say which is which, such as --map text=body; other columns are then passed "
            f"over. The fields are {', '.join(FIELDS)}.",
        )


def _rows(lines: _Lines, separator: str) -> Iterator[tuple[int, list[str] | InputError]]:
    """Yield (number of its first line, row); after an error reading goes on with the next line."""
    # The record's size is bounded by _Lines; the module's own limit only has to stay out of it.
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(lines, delimiter=separator)
    while True:
        first = lines.begin()
        try:
            yield first, next(reader)
        except StopIteration:
            return
        except (InputError, csv.Error) as error:
            yield (
                first,
                error
                if isinstance(error, InputError)
                else ArticleError(f"{lines.place}:{first} is not a row of a table: {error}."),
            )
            reader = csv.reader(lines, delimiter=separator)


class _Lines:
    """Decoded lines for csv.reader, with a bound on what one record may take."""

    def __init__(self, stream: BinaryIO, place: str, encoding: str, limit: int) -> None:
        self.place = place
        self._lines = _lines(stream, place, limit)
        self._encoding = encoding
        self._limit = limit
        self._number = 0
        self._first = 1
        self._size = 0

    def begin(self) -> int:
        """Start a record; returns the number of its first line."""
        self._first, self._size = self._number + 1, 0
        return self._first

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self._number, line = next(self._lines)
        self._size += 0 if line is None else len(line)
        if line is None or self._size > self._limit:
            raise _too_long(f"{self.place}:{self._first}", self._limit)
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError as error:
            raise _not_decodable(f"{self.place}:{self._number}", line, error) from error


def _lines(stream: BinaryIO, place: str, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield numbered lines; None for one over the limit, which is passed over piece by piece.

    Raises SourceTooLarge for one that is longer still and SourceDamaged for endless blank lines,
    after which nothing more can be expected.
    """
    number = blank = 0
    while line := stream.readline(limit + 1):
        number += 1
        blank = blank + 1 if len(line) <= 2 else 0
        if blank > _MAX_BLANK:
            raise SourceDamaged(f"{place}:{number} comes after {_MAX_BLANK:,} blank lines.")
        if len(line) <= limit or line.endswith(b"\n"):
            yield number, line
            continue
        skipped = len(line)
        del line
        while (piece := stream.readline(_PIECE)) and not piece.endswith(b"\n"):
            skipped += len(piece)
            if skipped > _HOPELESS * limit:
                raise SourceTooLarge(
                    f"{place}:{number} is longer than {_HOPELESS * limit:,} bytes; from there on "
                    "nothing was read.",
                    remedy="Mend the file.",
                )
        yield number, None


def _utf8(line: bytes, where: str) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_decodable(where, line, error) from error


def _not_decodable(where: str, line: bytes, error: UnicodeDecodeError) -> SourceEncoding:
    return SourceEncoding(
        f"{where} is not {error.encoding}: byte 0x{line[error.start]:02x} at offset {error.start} "
        "of the line.",
        remedy="Save it as UTF-8.",
    )


def _too_long(where: str, limit: int) -> SourceTooLarge:
    return SourceTooLarge(
        f"{where} has a record of more than {limit:,} bytes.",
        remedy="Split it, mend an open quotation mark, or raise DATELINE_MAX_FILE_BYTES.",
    )


def _peek(stream: BinaryIO) -> bytes:
    """Return the head of a buffered stream without moving on in it."""
    peek = getattr(stream, "peek", None)
    return bytes(peek(_SAMPLE)[:_SAMPLE]) if peek else b""


def _encoding(sample: bytes, place: str) -> str:
    """Return the encoding of a table from its head, which ends at a line's end if it can."""
    name, _ = encoding_of(sample[: sample.rfind(b"\n") + 1] or sample, place)
    if name.startswith(("utf-16", "utf-32")):
        raise SourceEncoding(f"{place} is in {name}.", remedy="Save it as UTF-8.")
    return "utf-8-sig" if name == "utf-8" else name


def _separator(sample: bytes) -> str:
    head = sample.split(b"\n", 1)[0].decode("utf-8", "replace")
    return max(_SEPARATORS, key=head.count)
