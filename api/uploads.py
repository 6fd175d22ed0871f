"""Put what a request brings where a job finds it, also after a crash."""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from rag.errors import DataFolderError

CHUNK = 1 << 20


class Spool:
    """A folder of its own for what one request brings; removed unless a job takes it over."""

    def __init__(self, folder: Path) -> None:
        self.name = uuid.uuid4().hex
        self.path = folder / self.name
        self._files: list[dict[str, str]] = []
        try:
            self.path.mkdir(parents=True)
        except OSError as error:
            raise _unusable(self.path, error) from error

    @property
    def files(self) -> Sequence[Mapping[str, str]]:
        """What is in it: the file's `name` as it was given and its `path` in the folder."""
        return self._files

    def take(self, name: str, stream: BinaryIO) -> None:
        """Copy an upload to disk under a name of our own making."""
        # The suffix says how the file is read; the rest of a foreign name says nothing to us.
        shown = re.split(r"[/\\]", name)[-1][:200] or "upload"
        path = f"{len(self._files):05d}"
        self._write(path, stream)
        self._files.append({"name": shown, "path": path})

    def take_records(self, records: Sequence[object]) -> None:
        """Write articles as JSON Lines."""
        path = self.path / "records.jsonl"
        try:
            with path.open("w", encoding="utf-8") as file:
                for record in records:
                    file.write(json.dumps(record, ensure_ascii=True) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _unusable(path, error) from error
        self._files.append({"name": "request.jsonl", "path": path.name})

    def discard(self) -> None:
        """Remove it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def request(self) -> dict[str, Any]:
        """Describe it for a job."""
        return {"spool": self.name, "files": list(self._files)}

    def _write(self, name: str, stream: BinaryIO) -> None:
        path = self.path / name
        try:
            with path.open("wb") as file:
                shutil.copyfileobj(stream, file, CHUNK)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> DataFolderError:
    return DataFolderError(
        f"The upload cannot be kept in {path.parent}: {error.strerror}.",
        remedy="Free some disk space, or check the permissions of the data folder.",
    )
