"""What the cross-encoder sees: one row of token ids for a question and a passage; no torch.

[CLS] question [SEP] title | weekday, date | passage [SEP]
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Span = tuple[int, int]

CLS, SEP = 101, 102
QUESTION_TOKENS = 72
HEADER_TOKENS = 48


@dataclass(frozen=True, slots=True)
class Row:
    """One encoded pair; ``offsets`` and ``sentence`` have one entry for each passage token."""

    ids: list[int]
    second: int
    """Where the second segment begins."""
    first: int
    """Where the passage's tokens begin."""
    offsets: list[Span]
    """Of each passage token, in the passage's text."""
    sentence: list[int]
    """Number of the sentence each passage token belongs to; -1 for none."""
    question_read: bool
    """Whether the question fitted."""


def header(title: str | None, published_at: datetime | None) -> str:
    """Return the line that goes before the passage: what it is from and when."""
    parts = []
    if title:
        parts.append(title)
    if published_at is not None:
        # Spelled out, because articles say "on Thursday" and questions say "in April 2022".
        parts.append(f"{published_at:%A}, {published_at.day} {published_at:%B %Y}")
    return " | ".join(parts)


def encode(
    tokeniser: Tokenizer,
    question: str,
    head: str,
    passage: str,
    spans: Sequence[Span],
    limit: int,
    question_tokens: int = QUESTION_TOKENS,
) -> Row:
    """Encode one pair in at most ``limit`` tokens; what does not fit is cut off the passage's end.

    ``spans`` are the passage's sentences, ascending, as offsets in ``passage``.
    """
    asked = _ids(tokeniser, question)
    ids = [CLS, *asked[:question_tokens], SEP]
    second = len(ids)
    if head:
        ids += [*_ids(tokeniser, head)[:HEADER_TOKENS], *_ids(tokeniser, "|")]
    first = len(ids)
    encoded = tokeniser.encode(passage, add_special_tokens=False)
    room = max(0, limit - first - 1)
    offsets: list[Span] = encoded.offsets[:room]
    ids += encoded.ids[:room]
    ids.append(SEP)
    fitted = len(asked) <= question_tokens
    return Row(ids, second, first, offsets, _numbers(offsets, spans), fitted)


def _ids(tokeniser: Tokenizer, text: str) -> list[int]:
    return list(tokeniser.encode(text, add_special_tokens=False).ids)


def _numbers(offsets: Sequence[Span], spans: Sequence[Span]) -> list[int]:
    starts = [start for start, _ in spans]
    numbers = []
    for start, end in offsets:
        number = bisect_right(starts, start) - 1
        inside = number >= 0 and end <= spans[number][1]
        numbers.append(number if inside else -1)
    return numbers
