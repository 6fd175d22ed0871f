"""Copy a collection into one file while it is in use, and make a collection of such a file."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag import __version__
from rag.errors import BackupDamaged, BackupImpossible
from rag.store import snapshot
from rag.store.database import make_folder
from rag.types import Backup

CATALOGUE, MANIFEST, SNAPSHOTS = "catalogue.db", "manifest.json", "index/snapshots"
FORMAT = 1
PAGES = 2_000
"""Database pages copied at a time: writers get in between."""

Progress = Callable[[int, int], None]


def backup(data: Path, target: Path, progress: Progress = lambda *_: None) -> Backup:
    """Write the catalogue of a data folder and its newest index into a tar file.

    The copy is of one moment, whatever is written meanwhile. ``progress`` gets pages done and in
    all. Raises BackupImpossible when the target exists or cannot be written; then nothing is left.
    """
    source = data / CATALOGUE
    if not source.is_file():
        raise BackupImpossible(
            f"There is no catalogue in {data}.", remedy="Name the data folder with --data."
        )
    if target.exists():
        raise BackupImpossible(f"{target} exists already.", remedy="Choose another name.")
    with _scratch(target) as folder:
        # The index first: it may then be older than the catalogue, never newer.
        index = _copy_snapshot(data / SNAPSHOTS, folder / SNAPSHOTS)
        _copy_database(source, folder / CATALOGUE, progress)
        manifest = {
            "format": FORMAT,
            "dateline": __version__,
            "made_at": datetime.now(UTC).isoformat(),
            **_facts(folder / CATALOGUE),
            "files": {
                str(path.relative_to(folder)): snapshot.sha256(path)
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            },
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2))
        partial = folder / "whole.tar"
        with tarfile.open(partial, "w") as tar:
            # The manifest leads, so that a reader knows at once what follows.
            for name in (MANIFEST, *manifest["files"]):
                tar.add(folder / name, name)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        size = partial.stat().st_size
        partial.rename(target)
    return Backup(
        path=str(target),
        bytes=size,
        articles=manifest["articles"],
        generation=manifest["generation"],
        with_index=index,
    )


def restore(archive: Path, data: Path) -> Backup:
    """Make the data folder of a backup; every file's hash is checked before anything is put there.

    Raises BackupDamaged, or BackupImpossible for a folder that holds something.
    """
    if data.exists() and any(data.iterdir()):
        raise BackupImpossible(
            f"{data} is not empty.", remedy="Restore into a new folder: --data FOLDER."
        )
    make_folder(data.absolute().parent)
    with _scratch(data) as folder, _damage(archive):
        with tarfile.open(archive, "r:") as tar:
            manifest = _manifest(tar, archive)
            for name, digest in manifest["files"].items():
                _extract(tar, name, folder / name)
                if snapshot.sha256(folder / name) != digest:
                    raise BackupDamaged(
                        f"{name} in {archive} is not what was saved.",
                        remedy="Use another backup.",
                    )
        facts = _facts(folder / CATALOGUE)
        if data.exists():
            data.rmdir()
        size = archive.stat().st_size
        folder.rename(data)
        folder.mkdir()
    return Backup(
        path=str(archive),
        bytes=size,
        articles=facts["articles"],
        generation=facts["generation"],
        with_index=any(name.startswith(SNAPSHOTS) for name in manifest["files"]),
    )


def _copy_database(source: Path, target: Path, progress: Progress) -> None:
    with (
        contextlib.closing(sqlite3.connect(source)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        # One read transaction: with WAL the copy neither waits for writers nor restarts for them.
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM state").fetchone()
        old.backup(
            new,
            pages=PAGES,
            progress=lambda _status, left, total: progress(total - left, total),
        )


def _copy_snapshot(source: Path, target: Path) -> bool:
    """Copy the newest snapshot; the server may tidy it away meanwhile, then there is none."""
    newest = snapshot.newest(source)
    if newest is None:
        return False
    try:
        shutil.copytree(newest, target / newest.name)
    except (shutil.Error, FileNotFoundError):
        shutil.rmtree(target, ignore_errors=True)
        return False
    return True


def _facts(database: Path) -> dict[str, Any]:
    uri = f"file:{database}?immutable=1"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
        verdict = connection.execute("PRAGMA quick_check").fetchone()[0]
        if verdict != "ok":
            raise BackupDamaged(
                f"The catalogue in the backup is damaged: {verdict}.", remedy="Use another backup."
            )
        state = dict(connection.execute("SELECT name, value FROM state"))
        articles = connection.execute("SELECT count(*) FROM article").fetchone()[0]
    return {
        "articles": int(articles),
        "generation": int(state.get("generation", 0)),
        "embedder": state.get("embedder"),
    }


def _manifest(tar: tarfile.TarFile, archive: Path) -> dict[str, Any]:
    member = tar.next()
    file = tar.extractfile(member) if member and member.name == MANIFEST else None
    if file is None or member is None or member.size > 1_000_000:
        raise BackupDamaged(
            f"{archive} is no backup of Dateline.", remedy="Name a file of `dateline backup`."
        )
    manifest: dict[str, Any] = json.loads(file.read())
    if manifest.get("format") != FORMAT:
        raise BackupDamaged(
            f"{archive} was made by another Dateline ({manifest.get('dateline')}).",
            remedy="Restore it with that version, or a newer one.",
        )
    if CATALOGUE not in manifest["files"] or any(
        ".." in Path(name).parts or not (name == CATALOGUE or name.startswith(f"{SNAPSHOTS}/"))
        for name in manifest["files"]
    ):
        raise BackupDamaged(
            f"{archive} holds files that no backup has.", remedy="Use another backup."
        )
    return manifest


def _extract(tar: tarfile.TarFile, name: str, target: Path) -> None:
    member = tar.getmember(name)
    file = tar.extractfile(member) if member.isreg() else None
    if file is None:
        raise BackupDamaged(f"{name} in the backup is no file.", remedy="Use another backup.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        shutil.copyfileobj(file, out)
        out.flush()
        os.fsync(out.fileno())


@contextlib.contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """A folder beside the target, on the same file system, gone in the end."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.absolute().parent))
    except OSError as error:
        raise BackupImpossible(
            f"{target} cannot be written: {error.strerror}.", remedy="Choose another folder."
        ) from error
    try:
        yield folder
    except (OSError, sqlite3.Error) as error:
        raise BackupImpossible(
            f"{target} cannot be written: {error}. Nothing was left there.",
            remedy="Free some disk space or choose another folder, and try again.",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _damage(archive: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, KeyError, EOFError, ValueError) as error:
        raise BackupDamaged(
            f"{archive} cannot be read: {error}.", remedy="Use another backup."
        ) from error
    except FileNotFoundError as error:
        raise BackupDamaged(f"There is no file {archive}.", remedy="Check the name.") from error
