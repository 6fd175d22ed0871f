"""Read articles out of whatever is handed in: files, folders, archives, uploads and web addresses.

Everything ends in `sources`, which yields one Source for each article and one InputError for each
thing that is none; nothing that is wrong with one stops the rest.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from rag.errors import (
    InputError,
    SourceEmpty,
    SourceMissing,
    SourceTooLarge,
    SourceUnreadable,
    SourceUnsupported,
)
from rag.ingest import archive, rows, urls
from rag.ingest.confine import PARSER
from rag.ingest.decode import decode
from rag.ingest.entries import feed_sources, page_source
from rag.ingest.limits import Budget, Limits
from rag.ingest.options import Options
from rag.ingest.record import source_from_record
from rag.types import Source

KINDS = {
    ".txt": "text", ".text": "text",
    ".md": "markdown", ".markdown": "markdown",
    ".html": "page", ".htm": "page", ".xhtml": "page",
    ".pdf": "pdf",
    ".json": "json", ".jsonl": "lines", ".ndjson": "lines",
    ".csv": "table", ".tsv": "tabs",
    ".xml": "feed", ".rss": "feed", ".atom": "feed",
    ".gz": "gzip", ".zip": "zip", ".tar": "tar", ".tgz": "tgz",
}  # fmt: skip
PACKED = ("gzip", "zip", "tar", "tgz")
ANY = Options()

Item = Source | InputError


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came over HTTP: its name, which decides how it is read, and its bytes.

    The stream can be sought in, and is read bit by bit; whoever opened it closes it, after the last
    article was taken.
    """

    name: str
    stream: io.BufferedReader


@dataclass(frozen=True, slots=True)
class _File:
    """Bytes with their names: for kind and id, for messages, and for identity."""

    name: str
    place: str
    origin: str
    stream: BinaryIO
    budget: Budget
    depth: int = 0


def sources(target: str | Path | Upload, options: Options = ANY) -> Iterator[Item]:
    """Yield every article of a file, a folder, an archive, an upload or a web address.

    A string that begins with http:// or https:// is fetched. What cannot be read is yielded as the
    error that says why, with its ``origin``; only a path with nothing there raises: SourceMissing,
    SourceEmpty or SourceUnreadable.
    """
    if isinstance(target, Upload):
        yield from _upload(target, options)
    elif isinstance(target, str) and urls.is_url(target):
        from rag.ingest.web import web_sources

        yield from web_sources(target, options)
    else:
        for file in walk(Path(target)):
            yield from _file(file, options)


def find(path: Path) -> list[Path]:
    """List the files to read below ``path``; see `walk`."""
    return list(walk(path))


def load(path: Path, max_bytes: int) -> Iterator[Item]:
    """Yield the articles of one file, none of which may have more than ``max_bytes``."""
    return _file(path, Options(limits=Limits(file_bytes=max_bytes)))


def walk(path: Path) -> Iterator[Path]:
    """Yield the files below ``path``, folder by folder and sorted; a file stands for itself.

    Raises SourceMissing, SourceUnreadable, or SourceEmpty for a folder without files. Hidden files
    and links that leave the folder are passed over.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise SourceMissing(
            f"There is no file or folder at {_shown(path)}.", remedy="Check the path and try again."
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceUnreadable(f"{_shown(path)} cannot be read: {reason}.") from error
    if not stat.S_ISDIR(mode):
        yield path
        return
    empty = True
    for file in _below(path, path.resolve()):
        empty = False
        yield file
    if empty:
        raise SourceEmpty(
            f"The folder {_shown(path)} holds no files.",
            remedy=f"It takes {', '.join(KINDS)} files.",
        )


def _below(folder: Path, root: Path) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise SourceUnreadable(f"{_shown(folder)} cannot be read: {error.strerror}.") from error
    folders: list[Path] = []
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            folders.append(path)
        elif not entry.is_symlink() or _stays(path, root):
            yield path
    for inner in folders:
        yield from _below(inner, root)


def _stays(link: Path, root: Path) -> bool:
    """Whether a link leads to a file of the folder, or nowhere, which is to be told."""
    try:
        return link.resolve().is_relative_to(root) and not link.is_dir()
    except (OSError, RuntimeError):
        return True


# ---- one file -----------------------------------------------------------------------------------


def _file(path: Path, options: Options) -> Iterator[Item]:
    origin = os.path.abspath(path)  # noqa: PTH100  a link's own name, not where it leads
    try:
        origin = path.resolve().as_uri()
        stream = _opened(path)
    except (InputError, RuntimeError, OSError) as error:
        refused = (
            error
            if isinstance(error, InputError)
            else SourceUnreadable(f"{_shown(path)} cannot be read: it is a loop of links.")
        )
        refused.origin = origin
        yield refused
        return
    with stream:
        size = os.fstat(stream.fileno()).st_size
        budget = Budget(_shown(path), options.limits, _packed(path.name, stream, size))
        yield from _read(_File(path.name, _shown(path), origin, stream, budget), options)


def _upload(upload: Upload, options: Options) -> Iterator[Item]:
    name = PurePosixPath(upload.name.replace("\\", "/")).name or "upload"
    size = upload.stream.seek(0, io.SEEK_END)
    upload.stream.seek(0)
    stream = upload.stream
    budget = Budget(name, options.limits, _packed(name, stream, size))
    yield from _read(_File(name, _clean(name), f"upload:{_clean(name)}", stream, budget), options)


def _packed(name: str, stream: BinaryIO, size: int) -> Any:
    """Say how many packed bytes were read; a zip archive is read here and there, so all count."""
    return (lambda: size) if kind_of(name) == "zip" else stream.tell


def _opened(path: Path) -> BinaryIO:
    """Open a regular file; anything else might never end, or do something when it is opened."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            # Another kind of file may have taken its place since; this does not wait for it.
            number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            file = os.fdopen(number, "rb", buffering=1 << 16)
            if stat.S_ISREG(os.fstat(number).st_mode):
                return file
            file.close()
    except OSError as error:
        raise SourceUnreadable(f"{_shown(path)} cannot be read: {error.strerror}.") from error
    raise SourceUnsupported(
        f"{_shown(path)} is not a regular file but a pipe, a device or a socket.",
        remedy="Copy what it gives into a file.",
    )


def kind_of(name: str) -> str | None:
    """Return how a file of this name is read; None when it is not."""
    return KINDS.get(PurePosixPath(name).suffix.lower())


def _read(file: _File, options: Options) -> Iterator[Item]:
    """Yield the articles of a file of any kind; what stops it is yielded last."""
    try:
        for item in _articles(file, options):
            if isinstance(item, InputError):
                item.origin = item.origin or file.origin
            yield item
    except InputError as error:
        error.origin = error.origin or file.origin
        yield error
    except OSError as error:
        refused = SourceUnreadable(f"{file.place} cannot be read: {error.strerror}.")
        refused.origin = file.origin
        yield refused


def _articles(file: _File, options: Options) -> Iterator[Item]:
    limits, mapping = options.limits, options.mapping
    kind = kind_of(file.name)
    match kind:
        case "text":
            text = decode(_whole(file, limits), file.place)
            yield Source(text=text, origin=file.origin, name=PurePosixPath(file.name).stem)
        case "markdown":
            yield _markdown(file, options)
        case "page":
            yield _page(file, limits)
        case "pdf":
            found = PARSER.parse("pdf", _whole(file, limits), file.place, limits)
            yield Source(
                text=found["text"], title=found.get("title"), origin=file.origin,
                name=PurePosixPath(file.name).stem,
            )  # fmt: skip
        case "json":
            yield from _json(file, options)
        case "lines":
            yield from rows.json_lines(
                file.stream, file.place, file.origin, limits.file_bytes, mapping
            )
        case "table" | "tabs":
            yield from rows.table(
                file.stream, file.place, file.origin, limits.file_bytes, mapping,
                tabs=kind == "tabs",
            )  # fmt: skip
        case "feed":
            data = _whole(file, limits)
            found = PARSER.parse("feed", data, file.place, limits, charset=None, url=None)
            yield from feed_sources(found, file.place, file.origin)
        case str():
            yield from _members(file, kind, options)
        case None:
            suffix = PurePosixPath(file.name).suffix
            raise SourceUnsupported(
                f"{file.place} is a {suffix or 'nameless'} file.",
                remedy=f"Dateline reads {', '.join(KINDS)} files.",
            )


def _whole(file: _File, limits: Limits) -> bytes:
    data = file.stream.read(limits.file_bytes + 1)
    if len(data) > limits.file_bytes:
        raise SourceTooLarge(
            f"{file.place} is larger than {limits.file_bytes:,} bytes.",
            remedy="Split it, or raise DATELINE_MAX_FILE_BYTES.",
        )
    return data


def _page(file: _File, limits: Limits) -> Source:
    data = _whole(file, limits)
    found = PARSER.parse("page", data, file.place, limits, charset=None, url=None)
    return page_source(found, file.origin, PurePosixPath(file.name).stem)


def _markdown(file: _File, options: Options) -> Source:
    text = decode(_whole(file, options.limits), file.place)
    found = PARSER.parse("markdown", text.encode(), file.place, options.limits)
    # Front matter holds much that concerns only the site it was written for: it is passed over.
    given: dict[str, Any] = {**found["fields"], "text": found["text"]}
    source = source_from_record(
        given, place=file.place, origin=file.origin, mapping=options.mapping or {}, aliases=True
    )
    source = replace(source, name=PurePosixPath(file.name).stem)
    if source.title is None and found["heading"]:
        source = replace(source, title=found["heading"], origins={"title": "text"})
    return source


def _json(file: _File, options: Options) -> Iterator[Item]:
    text = decode(_whole(file, options.limits), file.place)
    loaded = rows.parse_json(text, file.place)
    records = loaded if isinstance(loaded, list) else [loaded]
    for number, record in enumerate(records, start=1):
        place = f"{file.place}, article {number}"
        try:
            yield source_from_record(
                record, place=place, origin=f"{file.origin}#{number}", mapping=options.mapping,
                aliases=True,
            )  # fmt: skip
        except InputError as error:
            error.origin = f"{file.origin}#{number}"
            yield error


def _members(file: _File, kind: str, options: Options) -> Iterator[Item]:
    """Yield the articles of an archive, one member open at a time."""
    depth = file.depth + 1
    file.budget.check_depth(depth)
    inside = replace(file, depth=depth)
    if kind == "gzip":
        name = PurePosixPath(file.name).stem
        with archive.gunzipped(file.stream, file.place, file.budget) as stream:
            # "a.tar.gz" is one archive, not one in another.
            yield from _read(replace(inside, name=name, stream=stream, depth=file.depth
                                     if name.endswith(".tar") else depth), options)  # fmt: skip
        return
    if kind == "tgz":
        with archive.gunzipped(file.stream, file.place, file.budget) as stream:
            yield from _members(replace(file, stream=stream), "tar", options)
        return
    if kind == "zip":
        seekable = file.stream
        if file.depth or not seekable.seekable():
            seekable = io.BytesIO(_whole(file, options.limits))
        members = archive.unzipped(seekable, file.place, file.budget)
    else:
        members = archive.untarred(file.stream, file.place, file.budget)
    for path, member in members:
        base = PurePosixPath(path).name
        if any(_hidden(part) for part in PurePosixPath(path).parts):
            continue
        place, origin = f"{file.place}!/{_clean(path)}", f"{file.origin}!/{_clean(path)}"
        if isinstance(member, InputError):
            member.origin = origin
            yield member
        else:
            yield from _read(
                replace(inside, name=base, place=place, origin=origin, stream=member), options
            )
        if file.budget.burst:
            return


def _hidden(part: str) -> bool:
    return part == "__MACOSX" or (part.startswith(".") and part not in (".", ".."))


def _shown(path: Path) -> str:
    return _clean(str(path))


def _clean(name: str) -> str:
    """Write a name without the lone surrogates that stand for bytes which are no UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode()
