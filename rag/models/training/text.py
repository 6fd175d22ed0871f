"""Articles as training sees them: sentences, windows of whole sentences, cuts and a BM25."""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any

from rag.language import sentences, terms
from rag.models.reader_input import header

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Span = tuple[int, int]

WINDOW_TOKENS = 200
OVERLAP_TOKENS = 32
HELD_OUT = {"newsdesk": 51, "squad2": 26, "stories": 77}
"""First byte of the document id's SHA-256 below which a document is never trained on."""


def held_out(document_id: str, name: str) -> bool:
    """Say whether a document is kept for measuring."""
    return hashlib.sha256(document_id.encode()).digest()[0] < HELD_OUT[name]


@lru_cache(maxsize=1)
def tokeniser() -> Tokenizer:
    """Return the tokeniser that the reader shares with the embedder."""
    from tokenizers import Tokenizer

    from rag.models.embedder import default_path

    loaded: Tokenizer = Tokenizer.from_file(str(default_path() / "tokenizer.json"))
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring sentences of a text."""

    document: str
    head: str
    text: str
    spans: tuple[Span, ...]
    """The sentences, as offsets in ``text``."""
    start: int
    """Where ``text`` begins in the document's text."""

    def overlaps(self, spans: Iterable[Span]) -> bool:
        """Say whether the window touches one of these spans of the document."""
        end = self.start + len(self.text)
        return any(s < end and e > self.start for s, e in spans)


class Text:
    """A document with its sentences and their sizes in tokens."""

    def __init__(
        self, document: str, title: str | None, published_at: str | None, text: str
    ) -> None:
        self.document = document
        self.title = title
        self.published_at = published_at
        self.text = text
        self.spans = sentences(text)
        sizes = [0] * len(self.spans)
        number = 0
        for start, _ in tokeniser().encode(text, add_special_tokens=False).offsets:
            while number + 1 < len(self.spans) and self.spans[number + 1][0] <= start:
                number += 1
            if self.spans:
                sizes[number] += 1
        self.sizes = sizes
        when = datetime.fromisoformat(published_at) if published_at else None
        self.head = header(title, when)

    @classmethod
    def of(cls, record: dict[str, Any]) -> Text:
        """Make one from a line of a ``documents.jsonl.gz``."""
        return cls(record["id"], record.get("title"), record.get("published_at"), record["text"])

    def without(self, cuts: Sequence[Span]) -> Text:
        """Return the document with these stretches taken out."""
        kept, at = [], 0
        for start, end in sorted(cuts):
            kept.append(self.text[at : max(at, start)])
            at = max(at, end)
        kept.append(self.text[at:])
        return Text(self.document, self.title, self.published_at, "".join(kept))

    def window(self, first: int, last: int) -> Window:
        """Return the window of sentences ``first`` to ``last``, both included."""
        start, end = self.spans[first][0], self.spans[last][1]
        spans = tuple((s - start, e - start) for s, e in self.spans[first : last + 1])
        return Window(self.document, self.head, self.text[start:end], spans, start)

    def windows(self) -> list[Window]:
        """Cut the document as ingest does: whole sentences, neighbours sharing a little."""
        found: list[Window] = []
        first = 0
        while first < len(self.spans):
            last, size = first, self.sizes[first]
            while last + 1 < len(self.spans) and size + self.sizes[last + 1] <= WINDOW_TOKENS:
                last += 1
                size += self.sizes[last]
            found.append(self.window(first, last))
            if last + 1 >= len(self.spans):
                break
            following, shared = last + 1, 0
            while following - 1 > first and shared + self.sizes[following - 1] <= OVERLAP_TOKENS:
                following -= 1
                shared += self.sizes[following]
            first = following
        return found

    def part(self, window: Window, question: str, chance: Random) -> Window:
        """Return a window like ``around``'s, about the sentence nearest to the question."""
        wanted = set(terms(question))
        start = window.start
        best = max(
            ((s + start, e + start) for s, e in window.spans),
            key=lambda span: len(wanted.intersection(terms(self.text[span[0] : span[1]]))),
        )
        return self.around([best], chance) or window

    def around(self, spans: Sequence[Span], chance: Random) -> Window | None:
        """Grow a window from the sentences that touch ``spans`` at random to both sides."""
        touched = [
            number
            for number, (s, e) in enumerate(self.spans)
            if any(s < end and e > start for start, end in spans)
        ]
        if not touched:
            return None
        first = last = touched[0]
        # Shorter windows cost less, and no length may tell whether a window answers.
        budget = WINDOW_TOKENS if chance.random() < 0.3 else chance.randint(50, WINDOW_TOKENS)
        size = self.sizes[first]
        for number in touched[1:]:
            grown = sum(self.sizes[first : number + 1])
            if grown <= WINDOW_TOKENS:
                last, size = number, grown
        bias = chance.random()
        while True:
            left = first > 0 and size + self.sizes[first - 1] <= budget
            right = last + 1 < len(self.spans) and size + self.sizes[last + 1] <= budget
            if not left and not right:
                return self.window(first, last)
            if left and (not right or chance.random() < bias):
                first -= 1
                size += self.sizes[first]
            else:
                last += 1
                size += self.sizes[last]


class Nearest:
    """BM25 over windows (k1 1.2, b 0.75)."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self.windows = windows
        postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        lengths = []
        for number, window in enumerate(windows):
            counts = Counter(terms(f"{window.head} {window.text}"))
            lengths.append(counts.total())
            for term, count in counts.items():
                postings[term].append((number, count))
        self._postings = dict(postings)
        mean = sum(lengths) / max(1, len(lengths))
        self._norms = [1.2 * (0.25 + 0.75 * length / mean) for length in lengths]

    def ranked(self, question: str, limit: int) -> list[Window]:
        """Return the windows that share most with the question, best first."""
        scores: dict[int, float] = defaultdict(float)
        for term in set(terms(question)):
            found = self._postings.get(term, [])
            weight = math.log(1 + (len(self.windows) - len(found) + 0.5) / (len(found) + 0.5))
            for number, count in found:
                scores[number] += weight * count * 2.2 / (count + self._norms[number])
        best = sorted(scores, key=lambda number: (-scores[number], number))
        return [self.windows[number] for number in best[:limit]]
