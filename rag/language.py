"""Sentences, terms and quotation marks: what several stages need to know of the language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

import sentencex

if TYPE_CHECKING:
    from tantivy import TextAnalyzer

Span = tuple[int, int]

# A "sentence" without any end mark (a table, a hostile file) is cut here, so that no stage meets an
# unbounded one. In 1,500 articles of news26k 99.98% are at most 700 code points.
MAX_SENTENCE = 1_200

ANALYZER = "dateline_en"
OPENING = '"“„«'
CLOSING = '"”“»'

# Words that carry no topic: they neither retrieve nor count as covered.
STOPWORDS = frozenset(
    """a about above after again against all also am an and any are as at be because been before
    being below between both but by can could did do does doing down during each few for from
    further had has have having he her here hers him his how i if in into is it its itself just me
    more most my no nor not now of off on once only or other our out over own same she should so
    some such than that the their them then there these they this those through to too under until
    up very was we were what when where which while who whom why will with would you your s t
    say says said tell told according article articles many much does""".split()
)


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Split ``text[start:end]`` into sentences; spans count in ``text`` and carry no outer space.

    A line break always ends a sentence. Quoted speech stays together with the words that report it.
    """
    end = len(text) if end is None else end
    spans: list[Span] = []
    offset = start
    for line in text[start:end].splitlines(keepends=True):
        for part in sentencex.get_sentence_boundaries("en", line):
            spans += _bounded(text, offset + part["start_index"], offset + part["end_index"])
        offset += len(line)
    return spans


def _bounded(text: str, start: int, end: int) -> list[Span]:
    """Trim white space and cut what is longer than MAX_SENTENCE at a space."""
    spans: list[Span] = []
    while True:
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start >= end:
            return spans
        if end - start <= MAX_SENTENCE:
            return [*spans, (start, end)]
        cut = text.rfind(" ", start + 1, start + MAX_SENTENCE)
        cut = start + MAX_SENTENCE if cut < 0 else cut
        spans.append((start, cut))
        start = cut


@lru_cache(maxsize=1)
def analyzer() -> TextAnalyzer:
    """Return the analyzer of the lexical index: words, lower case, no accents, Snowball stems."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(40))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
        .filter(Filter.custom_stopword(sorted(STOPWORDS)))
        .filter(Filter.stemmer("english"))
        .build()
    )


def terms(text: str) -> list[str]:
    """Return the stems of the content words of ``text``, in order, repeats kept.

    Abbreviations with points count as one word, so that "U.S." meets "US".
    """
    return analyzer().analyze(join_abbreviations(text))


def placed_terms(text: str) -> list[tuple[int, str]]:
    """Return the same stems with their places among all words, as the lexical index counts them."""
    words = _ALPHANUMERIC.findall(join_abbreviations(text))
    return [(place, stem) for place, word in enumerate(words) for stem in analyzer().analyze(word)]


def join_abbreviations(text: str) -> str:
    """Write "U.S." as "US" (lengths change: for indexing only, never for offsets)."""
    return _ABBREVIATION.sub(lambda match: match.group().replace(".", ""), text)


_ALPHANUMERIC = re.compile(r"[^\W_]+")
_ABBREVIATION = re.compile(r"\b(?:[A-Za-z]\.){2,}")


def normalise(text: str) -> str:
    """Fold what looks the same, to compare: letter forms, quotation marks, dashes, spaces."""
    folded = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)
    return " ".join(folded.split())


_LOOKALIKES = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'",
        "–": "-", "—": "-", "‑": "-", "−": "-", "\u00ad": None, "\u200b": None,
    }
)  # fmt: skip


def nearest(claim: str, text: str, spans: Iterable[Span]) -> Span | None:
    """Return the span of ``text`` that has most of a claim's words, the first of several.

    None where there are no spans.
    """
    words = set(terms(claim))
    return max(spans, key=lambda span: len(words & set(terms(text[slice(*span)]))), default=None)


def quoted(text: str) -> list[Span]:
    """Find what stands in double quotation marks; spans exclude the marks.

    Straight marks pair up within a line; curly ones by their shape. An unclosed quotation ends at
    the line's end, as in a quotation that goes on in the next paragraph.
    """
    spans: list[Span] = []
    opened: int | None = None
    closing = ""
    for at, char in enumerate(text):
        if opened is None:
            if char in _PAIRS:
                opened, closing = at + 1, _PAIRS[char]
        elif char == closing or char == "\n":
            spans.append((opened, at))
            opened = None
    if opened is not None:
        spans.append((opened, len(text)))
    return [(start, end) for start, end in spans if end > start]


_PAIRS = {'"': '"', "“": "”", "„": "“", "«": "»"}
