from __future__ import annotations

import numpy as np
import pytest

from rag.ingest import shingles

STORY = " ".join(
    f"On day {day} the envoy of country {day * 7} met the minister of country {day * 13} in hall "
    f"{day * 3} and left after {day + 2} hours without a word to the {day * 11} reporters there."
    for day in range(1, 13)
)
OTHER = " ".join(
    f"The club sold {n * 5} tickets for match {n} although seat {n * 17} stayed empty all season."
    for n in range(1, 25)
)


def proposed(one: str, other: str) -> bool:
    return bool(set(enumerate(shingles.bands(one))) & set(enumerate(shingles.bands(other))))


def same(one: str, other: str, *, at_home: bool = False) -> bool:
    return shingles.is_reprint(shingles.shingles(one), shingles.shingles(other), at_home=at_home)


@pytest.mark.parametrize(
    "reprint",
    [
        STORY,
        STORY.upper(),
        STORY.replace(" the ", "\n\nthe "),
        f"(Agency) — {STORY}",
        STORY[: len(STORY) // 2],
        STORY.replace("reporters", "journalists"),
    ],
    ids=["same", "capitals", "paragraphs", "credit", "half", "a word changed"],
)
def test_a_reprint_is_proposed_and_confirmed(reprint: str) -> None:
    assert proposed(STORY, reprint)
    assert same(STORY, reprint)


def test_another_story_is_neither() -> None:
    assert not proposed(STORY, OTHER)
    assert not same(STORY, OTHER)


def test_an_update_by_the_same_outlet_is_no_reprint() -> None:
    update = STORY[: len(STORY) * 3 // 4] + " " + OTHER
    assert same(STORY, update)
    assert not same(STORY, update, at_home=True)
    assert same(STORY, STORY, at_home=True)


@pytest.mark.parametrize("text", ["", "Yes.", "Photo: the envoy leaves.", "😀 " * 40])
def test_a_text_that_says_too_little_has_no_reprints(text: str) -> None:
    assert shingles.bands(text) == ()
    assert not same(text, text)


def test_bands_are_the_same_every_time_and_fit_the_database() -> None:
    made = shingles.bands(STORY)
    assert len(made) == shingles.FULL_BANDS + shingles.LEAD_BANDS
    assert made == shingles.bands(STORY)
    assert all(-(2**63) <= value < 2**63 for value in made)
    # Written down once: other values would lose every reprint of what is stored already.
    assert made[0] == FIRST_BAND


FIRST_BAND = -4720401843380372827


def test_only_news_is_compared() -> None:
    text = "Sign up now.\nThe envoy came."
    assert shingles.news(text, [(13, len(text))]) == "The envoy came."


def test_vectors_decide_whether_articles_are_alike() -> None:
    one = np.eye(4, dtype=np.float32)
    assert shingles.alike(one, one[1:2])
    assert not shingles.alike(one[:2], one[2:])
    assert not shingles.alike(one[:2], one[1:])
    assert shingles.alike(one[:2], one[:0])
