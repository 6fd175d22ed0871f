from __future__ import annotations

import pytest

from eval.locate import locate


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("b", "abcb", ["b", "b"]),
        ("x", "abc", []),
        ("", "abc", []),
        ('he said "no"', "Then he  said\n“no”.", ["he  said\n“no”"]),
        ("caf\u00e9 au", "Le cafe\u0301\u00a0au lait", ["cafe\u0301\u00a0au"]),
        ("don't", "I don’t", ["don’t"]),
    ],
)
def test_a_quote_is_found_as_the_text_has_it(quote: str, text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in locate(quote, text)] == found
