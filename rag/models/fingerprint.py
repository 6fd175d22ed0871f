"""What a file of weights is, told by its bytes."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=8)
def sha256(path: str, _modified: int) -> str:
    """Return a file's SHA-256, hexadecimal; read again only when its time of change differs."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
