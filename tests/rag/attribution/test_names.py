from __future__ import annotations

import unicodedata
from typing import Literal

import pytest

from rag.attribution.names import NAME


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("name", ["Laurent Nuñez", "Łukasz Żal", "Ángel Di María", "Élise"])
def test_letters_with_marks_belong_to_a_name(form: Literal["NFC", "NFD"], name: str) -> None:
    written = unicodedata.normalize(form, name)
    assert [match.group() for match in NAME.finditer(f"so {written}, 40, left")] == [written]
