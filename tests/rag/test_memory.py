from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest

from rag import memory


def own() -> int:
    """Return how many MB of memory are this process's own."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("RssAnon"))


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library is not glibc"
)
def test_freed_memory_goes_back_to_the_system() -> None:
    blocks = [np.ones(12_000) for _ in range(2_000)]
    held = blocks[::50]
    del blocks
    before = own()
    memory.give_back()
    assert own() < before - 60
    assert len(held) == 40


def test_another_c_library_is_borne(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_trim", lambda: None)
    memory.give_back()
