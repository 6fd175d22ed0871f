"""Folders of index files: written whole, checked before they are believed, renamed into place."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

FORMAT = 4
"""Of the files in a snapshot; one of another format is built anew."""
_MANIFEST = "manifest.json"
_BUILDING = ".building"
_LOCK = "lock"
_MINE: set[Path] = set()


@contextmanager
def building(
    folder: Path, generation: int, embedder: str | None, broken: Path | None = None
) -> Iterator[Path | None]:
    """Give a folder to fill; when the block ends it becomes the newest snapshot.

    Gives None when there is a snapshot of this generation or a newer one, other than the one that
    is known to be ``broken``, or when another process is building one. Raises OSError when it
    cannot be written; then nothing is left of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"g{generation:012d}"
    with _alone(folder) as alone:
        before = newest(folder)
        served = before is not None and before != broken and before.name >= target.name
        if not alone or served:
            yield None
            return
        # Only one process builds, so what others left behind was never finished.
        for left in (*folder.glob(f"*{_BUILDING}"), target):
            shutil.rmtree(left, ignore_errors=True)
        draft = folder / f"{target.name}{_BUILDING}"
        draft.mkdir()
        try:
            yield draft
            sums = {str(file.relative_to(draft)): sha256(file) for file in _files(draft)}
            manifest = {"format": FORMAT, "embedder": embedder, "files": sums}
            (draft / _MANIFEST).write_text(json.dumps(manifest))
            _flush(draft)
            draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        for old in folder.glob("g*"):
            if old != target:
                shutil.rmtree(old, ignore_errors=True)


def newest(folder: Path) -> Path | None:
    """Return the newest snapshot, None when there is none."""
    return max((path for path in folder.glob("g*") if path.suffix != _BUILDING), default=None)


def generation(folder: Path) -> int:
    """Return the generation of the catalogue that a snapshot shows."""
    return int(folder.name.removeprefix("g"))


def verify(folder: Path, embedder: str | None) -> None:
    """Raise ValueError unless the snapshot holds exactly the bytes that were written.

    Its format and the embedder of its vectors must be the ones in use.
    """
    try:
        manifest = json.loads((folder / _MANIFEST).read_text())
        made = {name: manifest[name] for name in ("format", "embedder")}
        sums = manifest["files"]
        found = {str(file.relative_to(folder)) for file in _files(folder)} - {_MANIFEST}
        wrong = sorted(found.symmetric_difference(sums))
        wrong += [name for name in found & set(sums) if sha256(folder / name) != sums[name]]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{folder.name} cannot be read: {error}") from error
    wanted = {"format": FORMAT, "embedder": embedder}
    if made != wanted:
        raise ValueError(f"{folder.name} has {made}, not {wanted}")
    if wrong:
        raise ValueError(f"{folder.name} is damaged: {wrong[0]}")


def live_folder(folder: Path) -> Path:
    """Return an empty working folder for this process; those of dead processes are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("live-*"):
        process = int(old.name.split("-")[1])
        # In a container every process of this name was number 1 too.
        own = process == os.getpid() and old not in _MINE
        if own or not _alive(process):
            shutil.rmtree(old, ignore_errors=True)
    live = Path(tempfile.mkdtemp(prefix=f"live-{os.getpid()}-", dir=folder))
    _MINE.add(live)
    return live


def link_files(files: Iterable[Path], target: Path) -> None:
    """Make second names for files in a folder, or copies where links cannot be made."""
    for file in files:
        name = target / file.name
        if name.exists():
            continue
        try:
            os.link(file, name)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(file, name)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Say whether no other process is in this block; the system ends the lock of a dead one."""
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _flush(folder: Path) -> None:
    """Wait until the folder's files are on the disk: a power cut must not leave them empty."""
    for path in (*_files(folder), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
