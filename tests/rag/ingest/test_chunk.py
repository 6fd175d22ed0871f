from __future__ import annotations

from pathlib import Path

import pytest

from rag.ingest.chunk import PASSAGE_TOKENS, chunk
from rag.ingest.clean import clean
from rag.language import sentences
from rag.models.embedder import Embedder
from rag.types import Source

TOKENISE = Embedder().tokenise


def test_passages_cover_the_news_and_nothing_else(seeds: Path) -> None:
    for path in seeds.iterdir():
        article, spans = clean(Source(text=path.read_text(), origin="o"), 10**6)
        passages = chunk(article.text, spans, TOKENISE)
        covered = {at for start, end in passages for at in range(start, end)}
        news = {at for start, end in spans for at in range(start, end)}
        assert covered <= news
        assert not any(article.text[at].strip() for at in news - covered)


def test_passages_are_whole_sentences_within_the_limit(seeds: Path) -> None:
    for path in seeds.iterdir():
        article, spans = clean(Source(text=path.read_text(), origin="o"), 10**6)
        bounds = [sentences(article.text, start, end) for start, end in spans]
        starts = {start for mine in bounds for start, _ in mine}
        ends = {end for mine in bounds for _, end in mine}
        for start, end in chunk(article.text, spans, TOKENISE):
            assert start in starts
            assert end in ends
            assert len(TOKENISE(article.text[start:end])) <= PASSAGE_TOKENS


def test_the_same_text_gives_the_same_passages() -> None:
    text = "One sentence here. " * 200
    assert chunk(text, [(0, len(text))], TOKENISE) == chunk(text, [(0, len(text))], TOKENISE)


def test_repeated_paragraphs_keep_their_own_places() -> None:
    text = "\n".join(["The same paragraph of news comes again and again in this text."] * 60)
    passages = chunk(text, [(0, len(text))], TOKENISE)
    assert passages[-1][1] == len(text)
    assert len({start for start, _ in passages}) == len(passages)


@pytest.mark.parametrize(
    ("unit", "times"),
    [
        ("No comment. ", 2_000),
        ("word ", 4_000),
        ("word ", 12_000),
        ('"We will not stop," he said. ', 700),
        ("0 0 0 0\n", 1_500),
        ("a\n", 6_000),
        ("ha", 4_000),
        ("[", 5_000),
    ],
)
def test_what_says_the_same_again_and_again_is_cut_into_different_passages(
    unit: str, times: int
) -> None:
    text = f"{unit * times}At last something else is said."
    passages = chunk(text, [(0, len(text))], TOKENISE)
    assert passages == sorted(set(passages))
    covered = {at for start, end in passages for at in range(start, end)}
    assert all(at in covered for at, char in enumerate(text) if not char.isspace())


def test_a_text_without_spaces_is_still_cut() -> None:
    text = "ab" * 5_000
    passages = chunk(text, [(0, len(text))], TOKENISE)
    assert all(len(TOKENISE(text[start:end])) <= PASSAGE_TOKENS + 60 for start, end in passages)
