"""What running processes have used: processor time and memory, as Linux tells it in /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_UTIME, _CSTIME = 11, 15  # fields of stat behind the name: own time, and that of ended children


def processor(pids: Iterable[int]) -> float:
    """Return the seconds of processor that processes and all of their children have used."""
    return sum(_seconds(pid) for root in pids for pid in family(root))


def memory(pids: Iterable[int]) -> float:
    """Return the memory that processes and all of their children hold, in MB.

    A page that several processes share counts in parts (Linux's Pss), so that sums are right;
    mapped files count as far as they are in memory.
    """
    return sum(_megabytes(pid) for root in pids for pid in family(root))


def family(pid: int) -> Iterator[int]:
    """Yield a process and its children, and theirs."""
    yield pid
    with suppress(FileNotFoundError):  # ended meanwhile
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from family(int(child))


def _seconds(pid: int) -> float:
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[_UTIME:_CSTIME]) / _TICK
    return 0.0


def _megabytes(pid: int) -> float:
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0
