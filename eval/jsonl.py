"""JSON Lines files, plain or compressed with gzip."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from eval.errors import CaseError, DataMissing


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line number and object; blank lines are passed over.

    Raises DataMissing for a file that is not there and CaseError for a line that is no object.
    """
    if not path.is_file():
        raise DataMissing(
            f"There is no {path}.", remedy="Point --data at the folder that holds the public sets."
        )
    with _open(path) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row: Any = json.loads(line)
            except ValueError as error:
                raise CaseError(f"{path}, line {number}: not valid JSON: {error}.") from error
            if not isinstance(row, dict):
                raise CaseError(f"{path}, line {number}: not a JSON object.")
            yield number, row


def values(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects alone."""
    for _, row in rows(path):
        yield row


def write(path: Path, objects: Iterable[object]) -> None:
    """Write objects, one a line, over what was there."""
    with path.open("w", encoding="utf-8") as file:
        for item in objects:
            file.write(json.dumps(item, ensure_ascii=False) + "\n")


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")
