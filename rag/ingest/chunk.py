"""Cut an article's news into passages with llama-index's sentence splitter."""

from __future__ import annotations

from collections.abc import Callable, Sized
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from rag.language import Span, sentences

if TYPE_CHECKING:
    from llama_index.core.node_parser import SentenceSplitter

# Sizes in tokens of the embedder, which reads at most 256 with the title in front.
PASSAGE_TOKENS = 200
OVERLAP_TOKENS = 32
# Counts are kept for so many words of at most so many characters: 10 MB.
_WORDS, _LONGEST = 65_536, 40

Tokenise = Callable[[str], list[int]]


def chunk(text: str, spans: list[Span], tokenise: Tokenise) -> list[Span]:
    """Return the passages of the given spans as offsets in ``text``, in reading order.

    Each passage is whole sentences (a sentence longer than a passage is split) and neighbours
    share up to OVERLAP_TOKENS.
    """
    from llama_index.core.schema import Document

    passages: list[Span] = []
    for start, end in spans:
        document = Document(text=text[start:end], id_=f"{start}")
        last = (start, start)
        for node in _splitter(tokenise).get_nodes_from_documents([document]):
            last = _located(text, last, node.get_content())
            passages.append(last)
    return passages


def _located(text: str, last: Span, content: str) -> Span:
    """Find a passage as far on as it can be without leaving a gap to the one before.

    The splitter's own offsets are those of the first match, which is wrong for repeated paragraphs.
    """
    gapless = last[1]
    while gapless < len(text) and text[gapless].isspace():
        gapless += 1
    begin = text.rfind(content, last[0], gapless + len(content))
    if begin < 0:
        raise AssertionError(f"the splitter changed the text at {content[:60]!r}")
    return begin, begin + len(content)


@lru_cache(maxsize=4)
def _splitter(tokenise: Tokenise) -> SentenceSplitter:
    from llama_index.core.node_parser import SentenceSplitter

    return SentenceSplitter(
        chunk_size=PASSAGE_TOKENS,
        chunk_overlap=OVERLAP_TOKENS,
        tokenizer=_counting(tokenise),
        chunking_tokenizer_fn=_with_space,
        paragraph_separator="\n\n\n",
        include_metadata=False,
        include_prev_next_rel=False,
        # Ids are random otherwise; the store gives passages their final ids.
        id_func=lambda index, document: f"{document.node_id}:{index}",
    )


def _counting(tokenise: Tokenise) -> Callable[[str], Sized]:
    """Return something as long as a text has tokens, which is all that the splitter asks for.

    A token never spans white space, so words are counted, and each word once: four fifths of the
    time of cutting was tokenising the same words again. Of 200 articles of news26k every passage
    came out the same.
    """

    @lru_cache(maxsize=_WORDS)
    def short(word: str) -> int:
        return len(tokenise(word))

    def count(text: str) -> Sized:
        return range(
            sum(
                short(word) if len(word) <= _LONGEST else len(tokenise(word))
                for word in text.split()
            )
        )

    return count


def _with_space(text: str) -> list[str]:
    """Split into sentences that add up to ``text``, as the splitter expects."""
    starts = [start for start, _ in sentences(text)]
    if not starts:
        return [text]
    bounds = [0, *starts[1:], len(text)]
    return [text[begin:end] for begin, end in pairwise(bounds)]
