from __future__ import annotations

from importlib import import_module

import pytest

from rag.ingest.detect import language


@pytest.mark.parametrize("code", ["ar", "de", "en", "es", "fr", "it", "pl", "pt", "ru", "tr", "uk"])
def test_languages_are_told_apart(code: str) -> None:
    # Sentences that people wrote as examples for spaCy.
    examples = " ".join(import_module(f"spacy.lang.{code}.examples").sentences)
    assert language(examples) == code


def test_a_text_that_is_too_short_or_no_language_has_none() -> None:
    assert language("") is None
    assert language("Talks to resume") is None
    assert language("1,234.5 | 9,876.5 | " * 50) is None
    assert language("ok " * 4 + "hm " * 4 + "la " * 4 + "so " * 4 + "no " * 4) is None


def test_only_what_is_behind_the_start_counts() -> None:
    german = "Der Minister sprach am Montag in Berlin über den Haushalt des nächsten Jahres. "
    english = "The minister spoke in Berlin on Monday about the budget of the coming year. "
    assert language(german * 20 + english * 20) == "de"
    assert language(german * 20 + english * 20, 20 * len(german)) == "en"
