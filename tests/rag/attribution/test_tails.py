from __future__ import annotations

import pytest

from rag.attribution import statements


def first(text: str) -> tuple[str | None, str | None, list[str]]:
    item = statements(text)[0]
    return item.speaker, item.cue, [text[start:end] for start, end in item.content]


@pytest.mark.parametrize(
    ("text", "speaker", "cue", "content"),
    [
        (
            ("Ruiz has also turned down an offer of help from Kyiv, the embassy in Britain said "
            "Saturday on Twitter."),
            "the embassy in Britain", "said",
            ["Ruiz has also turned down an offer of help from Kyiv"],
        ),
        (
            ("The rejection of the treaty signals “the beginning of the end” for the union, said "
            "Ana Ruiz, founder of the Party for Freedom."),
            "Ana Ruiz", "said",
            ["The rejection of the treaty signals “the beginning of the end” for the union"],
        ),
        (
            ("Rain was expected in most places, but a weather front stalled at the mountains, "
            "David Holm, a rain expert with the National Centers in Dover, said."),
            "David Holm", "said",
            [
                "Rain was expected in most places, but a weather front stalled at the mountains"
            ],
        ),
        (
            ("In a letter to Holm, Rep. Ana Ruiz, chairman of the Black Caucus, called the move an "
            "affront."),
            "Ana Ruiz", "called", ["the move an affront"],
        ),
        (
            "Ana Ruiz, the party leader of the PiS, called Holm's visit a success.",
            "Ana Ruiz", "called", ["Holm's visit a success"],
        ),
    ],
)  # fmt: skip
def test_who_says_what_stands_before_the_last_words(
    text: str, speaker: str, cue: str, content: list[str]
) -> None:
    assert first(text) == (speaker, cue, content)


def test_what_only_happened_meanwhile_is_not_said() -> None:
    assert not statements("As the sun went down over the bay, Ana Ruiz said.")
