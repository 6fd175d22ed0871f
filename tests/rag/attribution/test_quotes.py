from __future__ import annotations

import random
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.attribution.quotes import MAX_CHARS, Match, find
from rag.errors import QuestionError

ARTICLES = {
    "a": "He left. “We will never, ever surrender our freedom to anybody in this world,” said "
    "Ana Ruiz. “I don’t know why anybody would ask. It is late and the café is closed.”",
    "b": "Ana Ruiz spoke at noon about surrender and about freedom, which nobody had asked for.",
    "c": "“We will never, ever surrender our freedom to anybody in this world,” Ms. Ruiz said.",
}


def search(parts: Sequence[str], limit: int) -> list[tuple[str, str]]:
    wanted = " ".join(parts).lower().split()
    ranked = sorted(
        ARTICLES.items(), key=lambda item: -sum(word in item[1].lower() for word in wanted)
    )
    return ranked[:limit]


def said(match: Match[str]) -> str:
    return ARTICLES[match.key][slice(*match.span)]


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("We will never, ever surrender our freedom", "We will never, ever surrender our freedom"),
        ("we will never ever SURRENDER our freedom", "We will never, ever surrender our freedom"),
        ("I dont know why", "I don’t know why"),
        ("the cafe is closed", "the café is closed"),
        (
            "never ... to anybody in this world",
            "never, ever surrender our freedom to anybody in this world",
        ),
        ("It is late […] is closed", "It is late and the café is closed"),
    ],
)
def test_punctuation_case_accents_and_ellipses_do_not_count(quote: str, words: str) -> None:
    match = find(quote, search)[0]
    assert (said(match), match.similarity, match.differences) == (words, 1.0, ())


def test_an_ellipsis_gives_a_span_for_each_part() -> None:
    match = find("We will never … anybody in this world", search)[0]
    text = ARTICLES[match.key]
    assert [text[slice(*span)] for span in match.spans] == [
        "We will never",
        "anybody in this world",
    ]


@pytest.mark.parametrize(
    ("quote", "kind", "quoted", "written"),
    [
        ("we will never ever abandon our freedom to anybody", "changed", "abandon", "surrender"),
        ("we will never surrender our freedom to anybody in this", "left_out", "", "ever"),
        ("we will never ever surrender our dear freedom to anybody", "added", "dear", ""),
        (
            "We will never, ever to anybody in this world",
            "left_out", "", "surrender our freedom",
        ),
    ],
)  # fmt: skip
def test_a_difference_is_marked(quote: str, kind: str, quoted: str, written: str) -> None:
    match = find(quote, search)[0]
    (difference,) = match.differences
    assert (difference.kind, difference.quoted, difference.written) == (kind, quoted, written)
    assert ARTICLES[match.key][slice(*difference.span)] == written
    assert 0.7 < match.similarity < 1


@pytest.mark.parametrize(
    "quote",
    [
        "Nobody will ever take this town away from us",
        "We might never surrender our dear nation to people",
        "freedom our surrender ever never will we",
        "ask anybody would",
        "We … why … never",
    ],
)
def test_what_is_not_there_is_not_found(quote: str) -> None:
    assert find(quote, search) == []


def test_every_article_that_has_the_words_is_given() -> None:
    found = find("never, ever surrender our freedom", search)
    assert sorted(match.key for match in found) == ["a", "c"]


def test_a_short_quotation_must_be_word_for_word() -> None:
    assert find("I don't know how", search) == []
    assert find("I don't know why", search) != []


@pytest.mark.parametrize("quote", ["", "...", "“”!", "x" * (MAX_CHARS + 1)])
def test_a_quotation_needs_words_and_an_end(quote: str) -> None:
    with pytest.raises(QuestionError):
        find(quote, search)


def test_the_parts_between_ellipses_are_searched_for() -> None:
    asked: list[tuple[str, ...]] = []

    def remembering(parts: Sequence[str], limit: int) -> list[tuple[str, str]]:
        asked.append(tuple(parts))
        return search(parts, limit)

    find("We will never … anybody in this world ...", remembering)
    assert asked == [("We will never", "anybody in this world")]


@given(st.integers(0, 10_000))
def test_any_stretch_of_an_article_is_found_where_it_stands(seed: int) -> None:
    text = ARTICLES["a"]
    words = [match.span() for match in re.finditer(r"[\w’]+", text)]
    rolled = random.Random(seed)
    first = rolled.randrange(len(words))
    last = rolled.randrange(first, len(words))
    start, end = words[first][0], words[last][1]
    match = next(item for item in find(text[start:end], search) if item.key == "a")
    assert match.similarity == 1.0
    assert re.findall(r"[\w’]+", said(match)) == re.findall(r"[\w’]+", text[start:end])
