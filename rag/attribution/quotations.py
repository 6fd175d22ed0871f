"""Quotations of an article, and its text with whole quoted sentences folded for the parser."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from rag.language import Span, sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """What stands in quotation marks within one paragraph."""

    start: int
    end: int
    """The span with its marks."""
    inner: Span
    """The span without them."""
    open: bool
    """Whether the paragraph ends before the closing mark: it may go on in the next one."""
    whole: bool
    """Whether it is at least a clause of its own, not words within somebody's sentence."""


# A doubled apostrophe is a closing mark in old wire copy.
_MARK = re.compile(r"[\"“”„«»]|''|``|’’")
_SINGLE = re.compile(r"(?<![\w’'])[‘'](?=[A-Z\d])[^\n]{8,}?[,.?!…][’'](?!\w)")
_APOSTROPHE = re.compile(r"(?<=[,.?!])['’](?!\w)")
_EITHER = '"“”'
_OPENS = "“„«"
_CLOSES = "”»"
_WORDS = re.compile(r"\w[\w'’-]*")
_SMALL = frozenset("a an the of in on at to for and or but by with from as is vs".split())
# From so many words on a quotation that begins like a sentence counts as one.
_CLAUSE = 3
# And one in small letters right behind a reporting word and a comma: 'but added, "we are late".'
_SENTENCE = 5
_REPORTS = re.compile(
    r"\b(?:said|says|saying|say|added|adds|adding|wrote|writes|writing|replied|asked|asking|"
    r"continued|explained|responded|declared|tweeted|"
    r"told (?:[A-Z][\w.’'-]*|reporters|him|her|them)),$"
)


def quotations(text: str) -> list[Quotation]:
    """Find the quotations of a text, in order, paragraph by paragraph; they do not overlap."""
    found: list[Quotation] = []
    for line in re.finditer(r"[^\n]+", text):
        spans = _marked(text, line.start(), line.end())
        if not spans:
            spans = [(m.start(), m.end(), False) for m in _SINGLE.finditer(line.group())]
            spans = [(a + line.start(), b + line.start(), o) for a, b, o in spans]
        before = line.start()
        previous: Quotation | None = None
        for start, end, unclosed in spans:
            inner = _inner(text, start, end, unclosed)
            if inner[0] >= inner[1]:
                continue
            lead = text[before:start]
            previous = Quotation(
                start=start,
                end=end,
                inner=inner,
                open=unclosed,
                whole=_whole(text[slice(*inner)], lead, previous),
            )
            found.append(previous)
            before = end
    return found


def _marked(text: str, begin: int, stop: int) -> list[tuple[int, int, bool]]:
    spans: list[tuple[int, int, bool]] = []
    opened: int | None = None
    for match in _MARK.finditer(text, begin, stop):
        at, mark = match.start(), match.group()
        before = text[at - 1] if at > begin else " "
        after = text[match.end()] if match.end() < stop else " "
        # Some texts have curly marks the wrong way round: spaces tell more than the shape.
        leans_in = before.isspace() and not after.isspace()
        leans_out = after.isspace() and not before.isspace()
        may_open = leans_in or ((mark in _OPENS or mark == "``") and not leans_out)
        may_open = may_open or (mark in "\"''" and not after.isspace() and not before.isalnum())
        may_close = mark in _CLOSES or mark == "’’" or leans_out
        # "we won’t, " Trump said": what ends there stands before the space.
        adrift = before.isspace() and after.isspace() and mark in _EITHER
        may_close = may_close or (adrift and text[begin:at].rstrip()[-1:] in tuple(",.?!"))
        may_close = may_close or (mark in "\"''" and not before.isspace())
        if opened is None:
            if may_open:
                opened = at
        elif may_close and not (may_open and before.isspace()):
            spans.append((opened, match.end(), False))
            opened = None
        elif may_open and mark != "“":
            # The mark that opened it was never closed, or by an apostrophe: '"We won,' said Ruiz.'
            if (apostrophe := _APOSTROPHE.search(text, opened + 1, at)) is not None:
                spans.append((opened, apostrophe.end(), False))
            opened = at
        elif mark == "“" and text[opened] == "„":
            spans.append((opened, match.end(), False))
            opened = None
        elif mark == "“":
            opened = at
    if opened is not None:
        spans.append((opened, stop, True))
    return spans


def _inner(text: str, start: int, end: int, unclosed: bool) -> Span:
    width = 2 if text.startswith(("''", "``"), start) else 1
    start += width
    if not unclosed:
        end -= 2 if text.endswith(("''", "’’"), start, end) else 1
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _whole(inner: str, lead: str, previous: Quotation | None) -> bool:
    words = _WORDS.findall(inner)
    lead = lead.rstrip()
    if not words:
        return False
    bounded = not lead or lead[-1] in '.?!:,;…()]—–-”"’'
    ended = inner[-1] in ",.?!…-—–"
    if len(words) < _CLAUSE:
        # "No," he said.
        return bounded and ended and (not lead or inner[0].isupper()) and inner[-1] != "."
    if _titled(words) and not ended:
        return False
    capital = inner.lstrip("‘'[(….- ")[:1]
    if capital.isupper() or capital.isdigit():
        return bounded or (ended and bool(re.search(r"\w$", lead)) and not _titled(words))
    if not lead:
        return ended
    if lead[-1] == ":":
        # 'Ruiz said in a tweet: "we are late."'
        return ended
    if lead[-1] != ",":
        return False
    goes_on = previous is not None and previous.whole
    return goes_on or (ended and len(words) >= _SENTENCE and _REPORTS.search(lead) is not None)


def _titled(words: list[str]) -> bool:
    """Whether it is written like a title: every longer word with a capital."""
    return len(words) < 12 and all(word[0].isupper() or word in _SMALL for word in words)


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in which every whole quotation is replaced by a short sentence."""

    text: str
    starts: tuple[int, ...]
    """Where its sentences begin."""
    _pieces: tuple[tuple[int, int, Quotation | None], ...]

    def quotation(self, at: int) -> Quotation | None:
        """Return the quotation that the character ``at`` of the folded text stands for."""
        return self._piece(at)[2]

    def original(self, start: int, end: int) -> Span:
        """Map a span of the folded text to the article; folded quotations count whole."""
        begin, source, quotation = self._piece(start)
        first = quotation.start if quotation else source + start - begin
        begin, source, quotation = self._piece(end - 1)
        last = quotation.end if quotation else source + end - begin
        return first, last

    def _piece(self, at: int) -> tuple[int, int, Quotation | None]:
        return self._pieces[bisect_right(self._pieces, at, key=lambda piece: piece[0]) - 1]


# What the parser reads in place of a quoted sentence: short, a clause, and of common words.
_STAND_IN = "It works"
_SPEAKER_FOLLOWS = re.compile(
    r"\s+(?:[a-z]|(?:[A-Z][\w.’'-]*\s+){1,4}(?:said|says|asked|told|wrote|added|tweeted|replied)\b)"
)


_NEXT = re.compile(r"[ \u00a0]+(?=[A-Z\"“])")


def fold(text: str, found: list[Quotation]) -> Folded:
    """Replace whole quotations by a stand-in, so that the parser sees the reporting words."""
    out: list[str] = []
    pieces: list[tuple[int, int, Quotation | None]] = []
    begins: list[int] = []
    length = at = 0
    for quotation in found:
        if not quotation.whole:
            continue
        goes_on = _SPEAKER_FOLLOWS.match(text, quotation.end) is not None
        comma = text[quotation.inner[1] - 1] == "," or goes_on
        stand_in = f'"{_STAND_IN}{"," if comma else "."}"'
        between = quotation.start - at
        pieces += [(length, at, None), (length + between, quotation.start, quotation)]
        out += [text[at : quotation.start], stand_in]
        length += between + len(stand_in)
        at = quotation.end
        if not comma:
            after = _NEXT.match(text, at)
            if after:
                begins.append(length + after.end() - at)
    pieces.append((length, at, None))
    out.append(text[at:])
    folded = "".join(out)
    begins += [match.end() for match in _DATELINE.finditer(folded)]
    starts = tuple(sorted({*begins, *(start for start, _ in sentences(folded))}))
    return Folded(_BREAKS.sub(" ", folded), starts, tuple(pieces))


# "MEXICO CITY — ", "WASHINGTON, July 19 (UPI) -- ": no part of the sentence that follows.
_DATELINE = re.compile(
    r"^[A-Z][A-Z.'’ ]{2,30}(?:, [A-Z][\w. ]{2,20}){0,2} ?(?:\([^()\n]{2,30}\) ?)?"
    r"[—–−-]{1,2} +(?=[A-Z\"“])",
    re.MULTILINE,
)
_BREAKS = re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
