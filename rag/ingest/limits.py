"""What one input may take at most: bytes, members, levels, seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rag.errors import SourceBomb

# Below this much unpacked data no ratio is looked at: a short text of one letter packs very well.
RATIO_FROM = 32_000_000
MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on hostile input; the defaults are those of the settings with these names."""

    file_bytes: int = 20 * MB
    """One article: a text, a page, a PDF file, a record."""
    unpacked_bytes: int = 20_000 * MB
    """What all members of an archive, or a packed stream, unpack to together."""
    members: int = 100_000
    """Files in an archive, those of archives in it included."""
    ratio: int = 200
    """Unpacked to packed bytes. 26,000 articles pack 1 : 2.6, and deflate reaches 1 : 1,030."""
    nesting: int = 3
    """Archives within archives; `a.zip` with `b.jsonl.gz` in it is two levels."""
    seconds: float = 30.0
    """Parsing one page, feed, Markdown or PDF file, start-up of the parser included."""
    memory_bytes: int = 1_000 * MB
    """Address space of the process that parses."""


class Budget:
    """Counts what one input unpacks to and refuses what is a bomb.

    ``packed`` says how many packed bytes were taken from the input so far, or its whole size.
    """

    def __init__(self, place: str, limits: Limits, packed: Callable[[], int]) -> None:
        self.place = place
        self.limits = limits
        self._packed = packed
        self._unpacked = 0
        self._members = 0
        self.burst = False
        """Whether more was unpacked than is allowed; then nothing more is read of this input."""

    def spend(self, count: int) -> None:
        """Count unpacked bytes; raises SourceBomb."""
        self._unpacked += count
        self.burst = True
        if self._unpacked > self.limits.unpacked_bytes:
            raise SourceBomb(
                f"{self.place} unpacks to more than {self.limits.unpacked_bytes:,} bytes.",
                remedy="Split it, or raise DATELINE_MAX_UNPACKED_BYTES.",
            )
        allowed = max(RATIO_FROM, self.limits.ratio * self._packed())
        if self._unpacked > allowed:
            raise SourceBomb(
                f"{self.place} unpacks to more than {self.limits.ratio} times its size.",
                remedy="Unpack it yourself if you trust it.",
            )
        self.burst = False

    def enter(self) -> None:
        """Count a member; raises SourceBomb."""
        self._members += 1
        self.check_members(self._members)

    def check_members(self, count: int) -> None:
        """Raise SourceBomb when an archive has this many members and may not."""
        if count > self.limits.members:
            raise SourceBomb(
                f"{self.place} holds more than {self.limits.members:,} files.",
                remedy="Split it, or raise DATELINE_MAX_MEMBERS.",
            )

    def check_depth(self, depth: int) -> None:
        """Raise SourceBomb for an archive ``depth`` levels down."""
        if depth > self.limits.nesting:
            raise SourceBomb(
                f"{self.place} holds archives within archives, more than "
                f"{self.limits.nesting} levels.",
                remedy="Unpack the inner ones first.",
            )
