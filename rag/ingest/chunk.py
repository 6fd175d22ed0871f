"""Cut an article's news into passages with llama-index's sentence splitter."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from rag.language import Span, sentences

if TYPE_CHECKING:
    from llama_index.core.node_parser import SentenceSplitter

# Sizes in tokens of the embedder, which reads at most 256 with the title in front.
PASSAGE_TOKENS = 200
OVERLAP_TOKENS = 32

Tokenise = Callable[[str], list[int]]


def chunk(text: str, spans: list[Span], tokenise: Tokenise) -> list[Span]:
    """Return the passages of the given spans as offsets in ``text``, in reading order.

    Each passage is whole sentences (a sentence longer than a passage is split) and neighbours
    share up to OVERLAP_TOKENS.
    """
    passages: dict[Span, None] = {}
    for start, end in spans:
        last = (start, start)
        for content in _splitter(tokenise).split_text(text[start:end]):
            last = _located(text, start, last, content)
            passages[last] = None
    return sorted(passages)


def _located(text: str, start: int, last: Span, content: str) -> Span:
    """Find a passage as far on as it can be without leaving a gap to the one before.

    The splitter's own offsets are those of the first match, which is wrong for repeated paragraphs.
    In a text that says the same again and again this runs ahead of the splitter, whose next passage
    is then one that was found already, or stands before the last one.
    """
    gapless = last[1]
    while gapless < len(text) and text[gapless].isspace():
        gapless += 1
    begin = text.rfind(content, last[0], gapless + len(content))
    if begin < 0:
        begin = text.rfind(content, start, gapless + len(content))
    if begin < 0:
        raise AssertionError(f"the splitter changed the text at {content[:60]!r}")
    return begin, begin + len(content)


@lru_cache(maxsize=4)
def _splitter(tokenise: Tokenise) -> SentenceSplitter:
    from llama_index.core.node_parser import SentenceSplitter

    return SentenceSplitter(
        chunk_size=PASSAGE_TOKENS,
        chunk_overlap=OVERLAP_TOKENS,
        tokenizer=tokenise,
        chunking_tokenizer_fn=_with_space,
        paragraph_separator="\n\n\n",
    )


def _with_space(text: str) -> list[str]:
    """Split into sentences that add up to ``text``, as the splitter expects."""
    starts = [start for start, _ in sentences(text)]
    if not starts:
        return [text]
    bounds = [0, *starts[1:], len(text)]
    return [text[begin:end] for begin, end in pairwise(bounds)]
