"""Folders of index files: written whole, checked before they are believed, renamed into place."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MANIFEST = "manifest.json"
_BUILDING = ".building"
_MINE: set[Path] = set()


@contextmanager
def building(folder: Path, generation: int) -> Iterator[Path | None]:
    """Give a folder to fill; when the block ends it becomes the newest snapshot.

    Gives None when there already is a snapshot of this generation.
    """
    target = folder / f"g{generation:012d}"
    if (target / _MANIFEST).exists():
        yield None
        return
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{target.name}-{os.getpid()}{_BUILDING}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        yield draft
        sums = {str(file.relative_to(draft)): _sha256(file) for file in _files(draft)}
        (draft / _MANIFEST).write_text(json.dumps(sums))
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    for old in folder.iterdir():
        if old.name < target.name and not old.name.endswith(_BUILDING):
            shutil.rmtree(old, ignore_errors=True)


def newest(folder: Path) -> Path | None:
    """Return the newest snapshot, None when there is none."""
    found = [path for path in folder.glob("g*") if not path.name.endswith(_BUILDING)]
    return max(found, default=None)


def generation(folder: Path) -> int:
    """Return the generation of the catalogue that a snapshot shows."""
    return int(folder.name.removeprefix("g"))


def verify(folder: Path) -> None:
    """Raise ValueError unless the snapshot holds exactly the files and bytes that were written."""
    try:
        sums = json.loads((folder / _MANIFEST).read_text())
        found = {str(file.relative_to(folder)) for file in _files(folder)} - {_MANIFEST}
        wrong = sorted(found.symmetric_difference(sums))
        wrong += [name for name in found & set(sums) if _sha256(folder / name) != sums[name]]
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{folder.name} cannot be read: {error}") from error
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


def link_files(source: Path, target: Path) -> None:
    """Make second names for the files of a folder, or copies where links cannot be made."""
    for file in source.iterdir():
        if file.suffix == ".lock":
            continue
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copyfile(file, target / file.name)


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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
