"""Find a quotation in an article, though spaces, marks or letter forms differ."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rag.language import normalise

Span = tuple[int, int]


def locate(quote: str, text: str) -> tuple[Span, ...]:
    """Return every place of ``quote`` in ``text``, as code points, end exclusive.

    Where it is not there verbatim, spaces, letter forms and the shape of marks do not count; the
    span is of the text as it stands.
    """
    if exact := _places(quote.strip(), text):
        return exact
    folded, origins = _folded(text)
    wanted, _ = _folded(quote)
    return tuple((origins[start], origins[end - 1] + 1) for start, end in _places(wanted, folded))


def _places(wanted: str, text: str) -> tuple[Span, ...]:
    found = []
    at = text.find(wanted) if wanted else -1
    while at >= 0:
        found.append((at, at + len(wanted)))
        at = text.find(wanted, at + 1)
    return tuple(found)


@lru_cache(maxsize=4096)
def _folded(text: str) -> tuple[str, tuple[int, ...]]:
    """Fold a text to what counts, with the place that each character came from."""
    characters: list[str] = []
    origins: list[int] = []
    for at, char in enumerate(text):
        # Decomposed, so that an accent written apart and one written in are the same two.
        for part in unicodedata.normalize("NFD", _fold(char)):
            characters.append(part)
            origins.append(at)
    return "".join(characters), tuple(origins)


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    return normalise(char).casefold() if not char.isspace() else ""
