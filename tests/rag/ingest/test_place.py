from __future__ import annotations

import pytest

from rag.ingest.place import dateline


@pytest.mark.parametrize(
    ("text", "place", "rest"),
    [
        ("MOSCOW, March 18 (Reuters) - Putin met.", "MOSCOW", "Putin met."),
        ("LONDON (AP) — He said.", "LONDON", "He said."),
        ("Washington CNN —\nHe said.", "Washington", "He said."),
        ("Hong Kong CNN Business —\nHe said.", "Hong Kong", "He said."),
        ("CNN —\nHe said.", None, "He said."),
        ("Jerusalem and Gaza CNN —\nHe said.", "Jerusalem and Gaza", "He said."),
        ("KYIV, Ukraine – He said.", "KYIV, Ukraine", "He said."),
        ("São Paulo, Brazil CNN —\nHe said.", "São Paulo, Brazil", "He said."),
        ("NEW YORK\nHe said.", "NEW YORK", "He said."),
    ],
)
def test_the_dateline_is_told_from_the_news(text: str, place: str | None, rest: str) -> None:
    found, start = dateline(text)
    assert (found, text[start:]) == (place, rest)


@pytest.mark.parametrize(
    "text",
    [
        "OPINION — He said.",
        "NBA – The season begins.",
        "JOE REEDY\nAP\nLOS ANGELES (AP) — Freddie",
        "USATODAY\nHe said.",
        "Peskov said — again — no.",
    ],
)
def test_what_is_no_place_is_not_taken_for_one(text: str) -> None:
    assert dateline(text) == (None, 0)
