from __future__ import annotations

import unicodedata
from typing import Literal

import pytest

from rag.attribution.names import NAME, Cast


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("name", ["Laurent Nuñez", "Łukasz Żal", "Ángel Di María", "Élise"])
def test_letters_with_marks_belong_to_a_name(form: Literal["NFC", "NFD"], name: str) -> None:
    written = unicodedata.normalize(form, name)
    assert [match.group() for match in NAME.finditer(f"so {written}, 40, left")] == [written]


def test_the_end_of_an_abbreviation_is_no_initial() -> None:
    found = [match.group() for match in NAME.finditer("of Ann Lee, D-N.Y. Ruiz said J.K. Rowling")]
    assert found[-2:] == ["Ruiz", "J.K. Rowling"]


def test_a_shop_keeps_what_is_part_of_its_name() -> None:
    shop = "Denny's said no. Diners at Denny's pay more. Lee's mayor said so. Lee agreed."
    assert [name.text for name in Cast(shop).mentions] == [
        "Denny's",
        "Diners",
        "Denny's",
        "Lee",
        "Lee",
    ]
    owner = "Denny's mayor said no. Denny's friends agree."
    assert {name.text for name in Cast(owner).mentions} == {"Denny"}
