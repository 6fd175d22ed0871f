"""Speech that the layout gives to somebody: transcripts, and quotations with a name below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.attribution.names import Cast, Name
from rag.attribution.quotations import Quotation
from rag.attribution.statement import Statement
from rag.language import Span

# "WALLACE: Let's start ...": a name in capitals at the head of a paragraph.
_LABELLED = re.compile(r"^[\"“]?((?:[A-Z][A-Z.'’-]+ ?){1,4}): +(\S[^\n]*)$", re.MULTILINE)
# So many labelled paragraphs make a transcript; one may be a heading.
_TRANSCRIPT = 3
# “...” — Sonya Herridge
_SIGNED = re.compile(
    r"\s{0,3}(?:[―—–]|--?)\s{0,2}((?:[A-Z][\w.'’-]*(?: (?:de|van|von|la|al|bin))? ?){1,4})"
    r"(?:, [^\n]{0,80})?\s*(?=\n|$)"
)


def transcript(text: str, cast: Cast) -> list[Statement]:
    """Return one statement for each labelled paragraph of a transcript, none elsewhere."""
    lines = list(_LABELLED.finditer(text))
    if len(lines) < _TRANSCRIPT:
        return []
    return [
        _statement(
            _meant(match[1], match.span(1), cast), match.span(1), match.span(2), match.span()
        )
        for match in lines
    ]


def signed(text: str, found: Sequence[Quotation], cast: Cast) -> list[Statement]:
    """Return a statement for each quotation that somebody's name follows after a dash."""
    made = []
    for item in found:
        match = _SIGNED.match(text, item.end)
        if match is None or not item.whole:
            continue
        start, end = match.span(1)
        span = (start, start + len(text[start:end].rstrip()))
        made.append(
            _statement(
                _meant(match[1], span, cast), span, (item.start, item.end), (item.start, end)
            )
        )
    return made


def settled(found: Sequence[Statement], laid_out: Sequence[Statement]) -> list[Statement]:
    """Put the layout's statements in the place of those that overlap them."""
    taken = [span for item in laid_out for span in item.content]
    kept: list[Statement] = []
    for item in found:
        pairs = [
            (span, kind)
            for span, kind in zip(item.content, item.types, strict=True)
            if not any(span[0] < end and start < span[1] for start, end in taken)
        ]
        if pairs:
            content, types = zip(*pairs, strict=True)
            kept.append(replace(item, content=content, types=types))
    return sorted([*kept, *laid_out], key=lambda item: item.content[0])


def _meant(written: str, span: Span, cast: Cast) -> Name:
    words = written.strip()
    plain = words.title() if words.isupper() else words
    return cast.full(Name(plain, (span[0], span[0] + len(words)), ()))


def _statement(name: Name, mention: Span, content: Span, sentence: Span) -> Statement:
    return Statement(
        speaker=name.text,
        speaker_span=name.span,
        mention=mention,
        cue=None,
        cue_span=None,
        content=(content,),
        types=("direct",),
        sentence=sentence,
    )
