"""Find where quoted words stand in a collection: exact span, similarity and every difference."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

from rag.errors import QuestionError
from rag.language import Span

Key = TypeVar("Key")
Search = Callable[[Sequence[str], int], Iterable[tuple[Key, str]]]
"""Gives keys and whole texts of the articles that hold most of some phrases, best first."""

MAX_CHARS = 5_000
"""A longer quotation is refused; of 40,000 in news26k none is longer than 3,100."""
CANDIDATES = 24
"""Articles that are asked for; those with all phrases come first, and reprints are fewer."""
LOOKED_AT = 8
"""Articles that are compared word by word, those with most of the words; fewer for a quotation of
more than LONG words, so that none takes more than about half a second."""
LONG = 270
WORDS_PER_EDIT = 6
"""One changed, missing or added word is forgiven for so many words of a quotation; fewer: none."""
GAP = 60
"""The most words of the article that a quotation may leave out in one place without an ellipsis."""
APART = 80
"""The most words of the article between two parts of a quotation with an ellipsis."""

_WORD = re.compile(r"\w+(?:['’‘ʼ]\w+)*")
_ELLIPSIS = re.compile(r"\s*(?:\[\s*)?(?:…|\.\s?\.\s?\.)\s?\.?(?:\s*\])?\s*")
# The price of skipping words of the article: to begin with, and for each of them.
_OPEN, _EXTEND = 1.0, 0.02
_WINDOWS = 3
# A word's share of the way through a text is off by no more than this once punctuation is gone.
_UNEVEN = 0.1
# Steps of an alignment; a number from 0 on is where a gap in the quotation begins.
_PAIRED, _ADDED = -1, -2
# A word of news and the space behind it, in code points.
_LETTERS = 6
_APOSTROPHES = re.compile(r"['’‘ʼ]")
_MARKS = re.compile(r"[\u0300-\u036f]+")
_LETTERS_ALONE = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where the quotation is not what the article says."""

    kind: Literal["changed", "left_out", "added"]
    """`left_out`: words of the article that the quotation lacks; `added`: the other way round."""
    quoted: str
    """The quotation's words, empty where it leaves some out."""
    written: str
    """The article's words, empty where the quotation adds some."""
    span: Span
    """Where the article's words stand, or would stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Generic[Key]):
    """Where a quotation stands in one article."""

    key: Key
    spans: tuple[Span, ...]
    """One for each part between ellipses, in code points of the article."""
    similarity: float
    """Share of the words that agree, 1.0 for a quotation that is word for word."""
    differences: tuple[Difference, ...]

    @property
    def span(self) -> Span:
        """From the first word to the last."""
        return self.spans[0][0], self.spans[-1][1]


class _Token(NamedTuple):
    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Aligned:
    first: int
    last: int
    """The words of the article, end exclusive."""
    edits: float
    differences: tuple[Difference, ...]


def find(quote: str, search: Search[Key]) -> list[Match[Key]]:
    """Return where ``quote`` stands, the best article first; nothing where it does not.

    Punctuation, case, letter forms and the shape of quotation marks never count. One word in
    WORDS_PER_EDIT may be changed, left out or added, and a stretch may be left out, with an
    ellipsis or (once) without; each is listed. Several articles are reprints or repeat the words.
    ``search`` gets the parts between ellipses. Raises QuestionError for a quotation without words
    or over MAX_CHARS code points.
    """
    if len(quote) > MAX_CHARS:
        raise QuestionError(
            f"The quotation has {len(quote):,} code points; the most is {MAX_CHARS:,}.",
            remedy="Shorten it.",
        )
    parts = [part for text in _ELLIPSIS.split(quote) if (part := _tokens(text))]
    texts = [text for text in _ELLIPSIS.split(quote) if _tokens(text)]
    if not parts:
        raise QuestionError("The quotation has no words.", remedy="Quote at least one word.")
    candidates = [(key, text, _plain(text)) for key, text in search(texts, CANDIDATES)]
    found = _verbatim(parts, texts, candidates) or _alike(parts, texts, candidates)
    return sorted(found, key=lambda match: -match.similarity)


Candidate = tuple[Key, str, str]
"""Key, text, and the text's folded words with single spaces."""


def _verbatim(
    parts: Sequence[Sequence[_Token]], quoted: Sequence[str], candidates: Sequence[Candidate[Key]]
) -> list[Match[Key]]:
    """Find the texts that hold every word of every part, one after the other."""
    patterns = [_pattern(part, words) for part, words in zip(parts, quoted, strict=True)]
    wanted = [_spaced(part) for part in parts]
    found = []
    for key, text, plain in candidates:
        # Quicker by far than looking for the pattern.
        if not all(words in plain for words in wanted):
            continue
        for first in patterns[0].finditer(text):
            spans = [first.span()]
            for pattern in patterns[1:]:
                begin = spans[-1][1]
                if (match := pattern.search(text, begin, begin + APART * _LETTERS)) is None:
                    break
                spans.append(match.span())
            if len(spans) == len(patterns):
                found.append(Match(key=key, spans=tuple(spans), similarity=1.0, differences=()))
                break
    return found


def _plain(text: str) -> str:
    """Return a text's words as ``_folded`` folds them, with single spaces around each."""
    text = _APOSTROPHES.sub("", text)
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return f" {' '.join(_LETTERS_ALONE.findall(text.casefold()))} "


def _spaced(part: Sequence[_Token]) -> str:
    return f" {' '.join(token.key for token in part)} "


def _pattern(part: Sequence[_Token], words: str) -> re.Pattern[str]:
    """Return what matches the words of a part whatever stands between them."""
    each = [
        _APOSTROPHES.sub("['’‘ʼ]?", re.escape(words[token.start : token.end])) for token in part
    ]
    return re.compile(r"(?<!\w)" + r"\W{1,8}".join(each) + r"(?!\w)", re.IGNORECASE)


def _alike(
    parts: Sequence[Sequence[_Token]], quoted: Sequence[str], candidates: Sequence[Candidate[Key]]
) -> list[Match[Key]]:
    """Find the texts that hold almost all words, in their order."""
    total = sum(len(part) for part in parts)
    allowed = total // WORDS_PER_EDIT
    distinct = {f" {token.key} " for part in parts for token in part}
    # Wherever so many edits fall, they leave at least one run of so many words as it is.
    least = max(2, (total - allowed) // (allowed + len(parts)))
    runs = {
        _spaced(part[at : at + least])
        for part in parts
        for at in range(max(1, len(part) - least + 1))
    }
    held: list[tuple[int, Key, str, list[float]]] = []
    for key, text, plain in candidates:
        intact = [at / len(plain) for run in runs if (at := plain.find(run)) >= 0]
        if intact and sum(word in plain for word in distinct) >= len(distinct) - allowed:
            held.append((len(intact), key, text, intact))
    held.sort(key=lambda item: -item[0])
    looked_at = max(1, min(LOOKED_AT, LOOKED_AT * LONG**2 // total**2))
    reach = 2 * sum(map(len, quoted)) + _LETTERS * (GAP + APART * len(parts))
    matches = [
        _near(key, text, intact, reach, parts, quoted) for _, key, text, intact in held[:looked_at]
    ]
    return [match for match in matches if match is not None]


def _near(
    key: Key,
    text: str,
    intact: Sequence[float],
    reach: int,
    parts: Sequence[Sequence[_Token]],
    quoted: Sequence[str],
) -> Match[Key] | None:
    """Align a quotation with the text around the runs of words that are as they are quoted.

    ``intact`` says about where they stand, as shares of the text.
    """
    best: Match[Key] | None = None
    searched: list[Span] = []
    reach += int(_UNEVEN * len(text))
    for share in sorted(intact):
        about = int(share * len(text))
        if any(start <= about < end for start, end in searched):
            continue
        if len(searched) == _WINDOWS:
            break
        start = text.rfind(" ", 0, max(0, about - reach)) + 1
        end = text.find(" ", about + reach)
        searched.append((start, len(text) if end < 0 else end))
        match = locate(key, text, parts, quoted, searched[-1])
        if match is not None and (best is None or match.similarity > best.similarity):
            best = match
    return best


def locate(
    key: Key,
    text: str,
    parts: Sequence[Sequence[_Token]],
    quoted: Sequence[str],
    within: Span,
) -> Match[Key] | None:
    """Find the parts of a quotation in a stretch of one text, in their order."""
    tokens = _tokens(text, *within)
    places: dict[str, list[int]] = {}
    for at, token in enumerate(tokens):
        places.setdefault(token.key, []).append(at)
    total = sum(len(part) for part in parts)
    allowed = total // WORDS_PER_EDIT
    aligned: list[_Aligned] = []
    for part, words in zip(parts, quoted, strict=True):
        begin = aligned[-1].last if aligned else 0
        stop = min(len(tokens), begin + APART + len(part)) if aligned else len(tokens)
        best = _best(part, words, tokens, places, text, (begin, stop), allowed)
        if best is None:
            return None
        aligned.append(best)
    edits = sum(item.edits for item in aligned)
    if edits > allowed + _EXTEND * GAP * len(aligned):
        return None
    differences = tuple(item for part in aligned for item in part.differences)
    if len(differences) > max(allowed, 1):
        return None
    return Match(
        key=key,
        spans=tuple((tokens[item.first].start, tokens[item.last - 1].end) for item in aligned),
        similarity=round(max(0.0, 1 - edits / total), 4),
        differences=differences,
    )


def _best(
    part: Sequence[_Token],
    words: str,
    tokens: Sequence[_Token],
    places: dict[str, list[int]],
    text: str,
    within: Span,
    allowed: int,
) -> _Aligned | None:
    """Align one part with the most promising windows of the article."""
    votes: Counter[int] = Counter()
    for at, token in enumerate(part):
        for place in places.get(token.key, ()):
            if within[0] <= place < within[1]:
                votes[place - at] += 1
    for shift, count in votes.most_common(1):
        if count == len(part):
            return _Aligned(shift, shift + len(part), 0.0, ())
    if not allowed:
        return None
    best: _Aligned | None = None
    # Whatever is forgiven leaves so many words in a row of the same shift.
    least = max(2, (len(part) - allowed) // (allowed + 2))
    for shift, count in votes.most_common(_WINDOWS):
        if count < least:
            break
        low = max(within[0], shift - GAP)
        high = min(within[1], shift + len(part) + GAP)
        found = _align(part, words, tokens[low:high], low, text)
        if found is not None and (best is None or found.edits < best.edits):
            best = found
    return best


def _align(
    part: Sequence[_Token], words: str, window: Sequence[_Token], low: int, text: str
) -> _Aligned | None:
    """Align a part with a stretch of an article; the ends of the stretch cost nothing.

    Edit distance with affine gaps (Gotoh, 1982) for words that the quotation leaves out.
    """
    columns = len(window) + 1
    infinite = float("inf")
    cost = [0.0] * columns
    steps: list[list[int]] = []
    for row, token in enumerate(part, start=1):
        above = cost
        cost = [float(row)] + [0.0] * (columns - 1)
        step = [_ADDED] * columns
        gap, origin = infinite, 0
        for column in range(1, columns):
            if cost[column - 1] + _OPEN <= gap:
                gap, origin = cost[column - 1] + _OPEN, column - 1
            gap += _EXTEND
            diagonal = above[column - 1] + (token.key != window[column - 1].key)
            added = above[column] + 1.0
            value = min(diagonal, added, gap)
            cost[column] = value
            step[column] = _PAIRED if value == diagonal else _ADDED if value == added else origin
        steps.append(step)
    last = min(range(1, columns), key=lambda column: (cost[column], column), default=None)
    if last is None or cost[last] >= len(part):
        return None
    return _trace(part, words, window, low, text, steps, last, cost[last])


def _trace(
    part: Sequence[_Token],
    words: str,
    window: Sequence[_Token],
    low: int,
    text: str,
    steps: Sequence[Sequence[int]],
    last: int,
    edits: float,
) -> _Aligned:
    row, column = len(part), last
    differences: list[Difference] = []
    while row > 0:
        step = steps[row - 1][column] if column > 0 else _ADDED
        mine = words[part[row - 1].start : part[row - 1].end]
        if step >= 0:
            span = (window[step].start, window[column - 1].end)
            written = text[slice(*span)]
            differences.append(Difference(kind="left_out", quoted="", written=written, span=span))
            column = step
            continue
        if step == _ADDED:
            at = window[column].start if column < len(window) else window[column - 1].end
            differences.append(Difference(kind="added", quoted=mine, written="", span=(at, at)))
        else:
            column -= 1
            token = window[column]
            if token.key != part[row - 1].key:
                span = (token.start, token.end)
                written = text[slice(*span)]
                differences.append(
                    Difference(kind="changed", quoted=mine, written=written, span=span)
                )
        row -= 1
    return _Aligned(low + column, low + last, edits, tuple(reversed(differences)))


def _tokens(text: str, start: int = 0, end: int | None = None) -> list[_Token]:
    """Return the words of a text, folded: case, letter forms, accents and apostrophes."""
    return [
        _Token(_folded(match.group()), match.start(), match.end())
        for match in _WORD.finditer(text, start, len(text) if end is None else end)
    ]


def _folded(word: str) -> str:
    if word.isascii():
        return word.lower().replace("'", "")
    plain = unicodedata.normalize("NFKD", word).casefold()
    return "".join(char for char in plain if char.isalnum())
