"""Examine an installation and say how to mend what is wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from rag.config import Settings
from rag.errors import DatelineError
from rag.models.embedder import has_bfloat16
from rag.remote import find_server
from rag.types import Finding

# Less than this is too little for a catalogue, its journal and a snapshot.
_LEAST_FREE = 200_000_000


def examine(settings: Settings, *, deep: bool = False) -> Iterator[Finding]:
    """Yield findings on machine, packages, data folder, models, index and server.

    ``deep`` compares the index with the catalogue byte by byte, which reads all of both.
    """
    yield Finding(
        name="machine",
        ok=True,
        detail=f"{os.cpu_count()} cores, bfloat16 {'yes' if has_bfloat16() else 'no'}",
    )
    yield Finding(
        name="packages",
        ok=True,
        detail=", ".join(
            f"{name} {version(name)}"
            for name in ("torch", "sentence-transformers", "faiss-cpu", "llama-index-core")
        ),
    )
    yield _space(settings.data)
    server = find_server(settings)
    yield Finding(name="server", ok=True, detail=server or "none runs on this data folder")
    if settings.database is None and not settings.data.exists():
        yield Finding(
            name="collection",
            ok=True,
            detail=f"{settings.data} does not exist yet; `dateline ingest PATH` makes it",
        )
        return
    from rag.dateline import Dateline

    try:
        dateline = Dateline(settings)
    except DatelineError as error:
        yield Finding(name="collection", ok=False, detail=error.message, remedy=error.remedy)
        return
    try:
        yield from dateline.check(deep=deep)
    finally:
        dateline.close()


def _space(data: Path) -> Finding:
    existing = next(path for path in (data, *data.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    writable = os.access(existing, os.W_OK)
    return Finding(
        name="data folder",
        ok=writable and free > _LEAST_FREE,
        detail=f"{data}, {free / 1e9:.1f} GB free{'' if writable else ', not writable'}",
        remedy=None
        if writable and free > _LEAST_FREE
        else "Name another with --data or DATELINE_DATA, or make room and give permission.",
    )
