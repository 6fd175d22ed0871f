"""BM25 in Milvus, over the stems that our own analyzer makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rag.language import terms
from rag.store.lexical import MAX_TERMS
from rag.store.milvus_filters import of
from rag.store.milvus_rows import PAIRS, TITLE, WEIGHTS, WORDS, Extent, Rows, pairs, texts
from rag.store.rows import IndexRow
from rag.types import Filters

DEPTH = 4
"""Each field is asked for so many times the passages that are wanted: one that is far down by its
text may come up by its title."""

KEPT = 5
"""Writes for each hundred passages after which a word is counted again. A word's weight is the
logarithm of its rarity: a twentieth more or less is hardly seen in it. Counted after each write,
words took most of Milvus Lite's time as soon as writers and readers came together."""
_MOST_COUNTS = 100_000


class MilvusWords:
    """BM25 (k1 = 1.2, b = 0.75) over text and title, and over pairs of neighbouring words.

    ``extent`` says what is shown. Safe for several threads. Raises VectorsUnavailable.
    """

    def __init__(self, rows: Rows, extent: Callable[[], Extent]) -> None:
        self._rows = rows
        self._extent = extent
        self._frequencies: dict[str, tuple[int, int]] = {}

    def __len__(self) -> int:
        return self._extent().passages

    def search(self, text: str, filters: Filters, limit: int) -> list[tuple[str, float]]:
        """Return ids and BM25 scores of the best passages, best first."""
        words = list(dict.fromkeys(terms(text)))[:MAX_TERMS]
        return self._best({WORDS: words, TITLE: words}, filters, limit)

    def search_phrases(
        self, parts: Iterable[str], filters: Filters, limit: int
    ) -> list[tuple[str, float]]:
        """Return ids and scores of the passages that hold most pairs of neighbouring words.

        A pair is a word of its own to Milvus, which weighs it by its rarity. A part with one word
        is looked up as a word.
        """
        found: list[str] = []
        single: list[str] = []
        for part in parts:
            mine = pairs(part)
            found += mine
            single += terms(part) if not mine else []
        asked = {
            PAIRS: list(dict.fromkeys(found))[:MAX_TERMS],
            WORDS: list(dict.fromkeys(single))[:MAX_TERMS],
        }
        return self._best(asked, filters, limit)

    def document_frequency(self, term: str) -> int:
        """In how many passages a stem occurs, or occurred not long ago.

        Milvus looks at every passage to count, so a count is kept until KEPT writes for each
        hundred passages came after it: with fewer than twenty, until the next one.
        """
        if not term.isalnum():
            return 0
        now = self._extent()
        known = self._frequencies.get(term)
        if known is not None:
            age = now.generation - known[0]
            if 0 <= age <= now.passages * KEPT // 100:
                return known[1]
        if len(self._frequencies) >= _MOST_COUNTS:
            self._frequencies = {}
        count = self._rows.count(f'text_match({WORDS}, "{term}")')
        self._frequencies[term] = now.generation, count
        return count

    def ids(self) -> Iterator[str]:
        """Yield the id of every passage, to compare with the catalogue."""
        for part in self._rows.parts(["id"], self._extent().last_key):
            yield from (row["id"] for row in part)

    def holds(self, row: IndexRow) -> bool:
        """Whether the words of a passage and of its title are stored under its id."""
        wanted = texts(row)
        found = self._rows.get(row.id, list(wanted))
        return found is not None and all(found[name] == text for name, text in wanted.items())

    def _best(
        self, asked: dict[str, list[str]], filters: Filters, limit: int
    ) -> list[tuple[str, float]]:
        where, scores = of(filters), dict[str, float]()
        for field, words in asked.items() if limit > 0 else ():
            if words:
                for id_, score in self._rows.best(field, " ".join(words), where, DEPTH * limit):
                    scores[id_] = scores.get(id_, 0.0) + WEIGHTS.get(field, 1.0) * score
        return sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
