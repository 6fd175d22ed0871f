"""Find what in an article is not news: appeals to readers, agency bylines, "read more"."""

from __future__ import annotations

import re

from rag.language import Span

# A line that begins an appeal; everything after it in the article belongs to it. Only looked for in
# the last two thirds, so that a report about an appeal is not cut off.
_APPEAL = re.compile(
    r"(?:a message from .{2,60}:?$|dear readers?[,:]?$|(?:please )?support (?:our|independent) "
    r"journalism|we need your help\b|if you can, please support|sign up (?:for|to) (?:our|the) |"
    r"subscribe (?:to|now)\b|become a (?:member|subscriber)\b|make a (?:donation|contribution)\b)",
    re.IGNORECASE,
)
# A line that is no news by itself, wherever it stands.
_LINE = re.compile(
    r"(?:[\w ,.&/-]{2,60} contributed (?:to this (?:report|story|article)|reporting)\.?$|"
    r"(?:read|see) (?:more|also|next)\b.{0,120}$|(?:advertisement|remind me later\.?)$|"
    r"(?:follow|like) us on \w+|(?:click|tap) here\b|all rights reserved\b|©|\(?c\)? 20\d\d\b|"
    r"more: .{3,120}$|photo(?:s| credit)?:|getty images$|share this (?:article|story)\b)",
    re.IGNORECASE,
)
_APPEAL_FROM = 1 / 3


def news_spans(text: str, start: int = 0) -> list[Span]:
    """Return the stretches of ``text`` from ``start`` on that are news, in order.

    When nothing but boilerplate would be left, the whole text counts as news.
    """
    spans: list[Span] = []
    offset = start
    begun: int | None = None
    for line in text[start:].splitlines(keepends=True):
        bare = line.strip()
        if offset >= len(text) * _APPEAL_FROM and _APPEAL.match(bare):
            break
        if _LINE.match(bare):
            if begun is not None:
                spans.append((begun, offset))
                begun = None
        elif begun is None:
            begun = offset
        offset += len(line)
    if begun is not None:
        spans.append((begun, offset))
    trimmed = [_trim(text, span) for span in spans]
    return [span for span in trimmed if span[1] > span[0]] or [(start, len(text))]


def _trim(text: str, span: Span) -> Span:
    begin, end = span
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    return begin, end
