from __future__ import annotations

import time

import pytest

from rag.attribution.roles import Fit, fit, introductions, is_role, words_of


@pytest.mark.parametrize(
    ("text", "name", "role"),
    [
        ("He met with US President Donald Trump.", "Donald Trump", "US President"),
        ("Kremlin spokesman Dmitry Peskov said so.", "Dmitry Peskov", "Kremlin spokesman"),
        ("Jane Doe, the bank's chief executive, left.", "Jane Doe", "the bank's chief"),
        ("President of Ukraine Volodymyr Zelensky.", "Volodymyr Zelensky", "President of Ukraine"),
        ("U.S. Secretary of State Antony Blinken.", "Antony Blinken", "U.S. Secretary of State"),
        ("Sen. Marco Rubio voted.", "Marco Rubio", "Senator"),
        ("Joe Biden, the former president, spoke.", "Joe Biden", "the former president"),
    ],
)
def test_people_are_introduced_with_their_roles(text: str, name: str, role: str) -> None:
    assert introductions(text)[name] == role


def test_several_roles_of_one_person_stand_side_by_side() -> None:
    text = "US President Joe Biden spoke. Joe Biden, the former senator, left."
    assert introductions(text)["Joe Biden"] == "US President; the former senator"


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("the US president", True),
        ("President of Ukraine", True),
        ("spokesman for the Kremlin", True),
        ("officials", False),
        ("Donald Trump", False),
        ("US President Donald Trump", False),
        ("", False),
    ],
)
def test_a_role_is_told_from_a_name(words: str, role: bool) -> None:
    assert is_role(words) is role


@pytest.mark.parametrize(
    ("described", "asked", "how"),
    [
        ("American President", "the US president", "whole"),
        ("President of the United States", "US president", "whole"),
        ("Senator; US President", "U.S. president", "whole"),
        ("U.S. Secretary of State", "secretary of state", "whole"),
        ("US Soccer President", "US president", "more"),
        ("President", "US president", "less"),
        ("former US President", "US president", None),
        ("US Vice President", "US president", None),
        ("Kremlin spokeswoman", "Kremlin spokesman", "whole"),
        ("US", "US president", None),
        ("Mayor", "US president", None),
    ],
)
def test_a_role_fits_whole_in_part_or_not(described: str, asked: str, how: Fit | None) -> None:
    assert fit(described, words_of(asked)) == how


@pytest.mark.parametrize(
    "hostile", ["President " * 20_000, "A " * 100_000, "Ab, " * 50_000, "president of A " * 13_000]
)
def test_hostile_texts_take_no_time_to_speak_of(hostile: str) -> None:
    begun = time.process_time()
    introductions(hostile)
    # Linear: some tenths of a second. Anything that grows faster would take minutes.
    assert time.process_time() - begun < 30
