"""Separate archives in one service: each is a data folder of its own below the service's.

    DATA/collections/NAME/settings.json    its title, when it was made, the settings of its own
    DATA/collections/NAME/catalogue.db     and whatever else a data folder holds

So nothing is shared but the models: see docs/decisions/0010-collections.md.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from rag.config import OWN, Settings
from rag.documented import DOCUMENTED
from rag.errors import (
    CollectionExists,
    CollectionImpossible,
    CollectionNotFound,
    DataFolderError,
)

FOLDER = "collections"
FILE = "settings.json"
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
MAX_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """An archive beside the service's own."""

    __pydantic_config__ = DOCUMENTED

    name: str
    """1 to 40 of `a-z`, `0-9` and dashes, no dash first or last."""
    id: str
    """Another for each one, also where a name is used again."""
    title: str | None
    created_at: datetime
    settings: Mapping[str, int | float]
    """The settings of its own; all others are the service's."""


_COLLECTION = TypeAdapter(Collection)


class Stamp(NamedTuple):
    """Tells one state of a collection's file from any other."""

    inode: int
    changed_ns: int


class Collections:
    """The collections below a service's data folder; safe for several processes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.data / FOLDER

    def create(
        self, name: str, title: str | None = None, settings: Mapping[str, int | float] | None = None
    ) -> Collection:
        """Make an empty one; raises CollectionImpossible or CollectionExists."""
        _check_name(name)
        self._check_place()
        if self.stamp(name) is not None:
            raise CollectionExists(
                f"There is a collection {name!r} already.", remedy="Choose another name."
            )
        most = self._settings.max_collections
        if len(self.names()) >= most:
            raise CollectionImpossible(
                f"There are {most:,} collections already.",
                remedy="Delete one, or raise DATELINE_MAX_COLLECTIONS.",
            )
        made = Collection(
            name=name,
            id=uuid.uuid4().hex,
            title=_titled(title),
            created_at=datetime.now(UTC),
            settings=self._checked(settings or {}),
        )
        try:
            # What an interrupted removal left; it has no settings, so it is no collection.
            shutil.rmtree(self._folder / name, ignore_errors=True)
            draft = self._folder / f".new-{made.id}"
            draft.mkdir(parents=True)
            _write(draft / FILE, made)
            draft.rename(self._folder / name)
        except OSError as error:
            shutil.rmtree(self._folder / f".new-{made.id}", ignore_errors=True)
            if self.stamp(name) is not None:
                raise CollectionExists(f"There is a collection {name!r} already.") from error
            raise self._unusable(error) from error
        return made

    def change(
        self,
        name: str,
        *,
        title: str | None = None,
        settings: Mapping[str, int | float | None] | None = None,
    ) -> Collection:
        """Give it another title or other settings; a setting of None is the service's again.

        Raises CollectionNotFound or CollectionImpossible.
        """
        found = self.get(name)
        merged = {**found.settings, **(settings or {})}
        kept = {name: value for name, value in merged.items() if value is not None}
        made = replace(
            found,
            title=found.title if title is None else _titled(title),
            settings=self._checked(kept),
        )
        try:
            draft = self._folder / name / f".{FILE}-{uuid.uuid4().hex}"
            _write(draft, made)
            draft.replace(self._folder / name / FILE)
        except OSError as error:
            raise self._unusable(error) from error
        return made

    def get(self, name: str) -> Collection:
        """Return one; raises CollectionNotFound, or DataFolderError for a damaged file."""
        if NAME.fullmatch(name):
            try:
                return _COLLECTION.validate_json((self._folder / name / FILE).read_bytes())
            except FileNotFoundError:
                pass
            except (OSError, ValidationError) as error:
                raise self._unusable(error) from error
        raise CollectionNotFound(
            f"There is no collection {name[:60]!r}.",
            remedy="`dateline collections list` shows them, as GET /v1/collections does.",
        )

    def names(self) -> list[str]:
        """Return the names of all, sorted."""
        return sorted(path.parent.name for path in self._folder.glob(f"[!.]*/{FILE}"))

    def all(self) -> list[Collection]:
        """Return all, by name."""
        return [self.get(name) for name in self.names()]

    def stamp(self, name: str) -> Stamp | None:
        """Return what changes when the collection does; None where there is none."""
        if not NAME.fullmatch(name):
            return None
        try:
            found = (self._folder / name / FILE).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Stamp(found.st_ino, found.st_mtime_ns)

    def delete(self, name: str) -> None:
        """Remove one with all that is in it; raises CollectionNotFound."""
        self.get(name)
        gone = self._folder / f".gone-{uuid.uuid4().hex}"
        try:
            (self._folder / name).rename(gone)
        except OSError as error:
            raise self._unusable(error) from error
        for folder in self._folder.glob(".gone-*"):
            shutil.rmtree(folder, ignore_errors=True)

    def settings_of(self, name: str) -> Settings:
        """Return the settings that are in force in a collection; raises CollectionNotFound."""
        found = self.get(name)
        self._check_place()
        return self._of(name, found.settings)

    def _check_place(self) -> None:
        """Raise CollectionImpossible where the catalogue or its index is not in the data folder."""
        if self._settings.database is not None or self._settings.vectors != "faiss":
            raise CollectionImpossible(
                "Collections are in the data folder, and this service keeps its own elsewhere.",
                remedy="Start a service of its own on another DATELINE_DATABASE.",
            )

    def _of(self, name: str, own: Mapping[str, Any]) -> Settings:
        base = self._settings.model_dump()
        changed = {"data": self._folder / name, "database": None, "collection": name}
        return Settings(**{**base, **changed, **own})

    def _checked(self, own: Mapping[str, int | float]) -> dict[str, int | float]:
        for name in own:
            if name not in OWN:
                raise CollectionImpossible(
                    f"A collection has no setting {name[:60]!r} of its own.",
                    remedy=f"There are {', '.join(OWN)}.",
                )
        try:
            checked = self._of("checked", own)
        except ValidationError as error:
            first = error.errors()[0]
            raise CollectionImpossible(
                f"The setting {first['loc'][0]} is {str(first['input'])[:60]}: "
                f"{first['msg'].lower()}.",
                remedy="`dateline doctor --settings` shows what each setting takes.",
            ) from error
        return {name: getattr(checked, name) for name in own}

    def _unusable(self, error: Exception) -> DataFolderError:
        return DataFolderError(
            f"The collections in {self._folder} cannot be used: {error}.",
            remedy="Check the folder's permissions and room, and the file's JSON.",
        )


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise CollectionImpossible(
            f"{name[:60]!r} cannot be a collection's name.",
            remedy="It has 1 to 40 of a-z, 0-9 and dashes, and no dash first or last.",
        )


def _titled(title: str | None) -> str | None:
    if title is None:
        return None
    if not title.strip() or len(title) > MAX_TITLE or not title.isprintable():
        raise CollectionImpossible(
            f"A collection's title has 1 to {MAX_TITLE} printable code points.",
            remedy="Leave out line ends and the like.",
        )
    return title.strip()


def _write(path: Path, made: Collection) -> None:
    """Write the file, on the disk before anybody is told."""
    text = json.dumps(_COLLECTION.dump_python(made, mode="json"), ensure_ascii=False, indent=2)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
