from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rag.attribution.later import told_later

PUBLISHED = datetime(2022, 3, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The bill passed. On Friday, June 24, 2022, the court overturned it.", ["June 24, 2022"]),
        ("Ana Ruiz resigned in February 2023 following a dispute.", ["February 2023"]),
        ("March 8, 2022 Updated March 12, 2022, 1:02 p.m. ET", ["March 12, 2022"]),
        ("Correction, 10 March 2022: The mayor's name is Ruiz.", ["10 March 2022"]),
        ("The vote was held. Editor's note, Jan. 5, 2023: Nobody will be charged.",
         ["Jan. 5, 2023"]),
    ],
)  # fmt: skip
def test_what_happened_after_the_date_is_found(text: str, words: list[str]) -> None:
    assert [text[slice(*day.span)] for day in told_later(text, PUBLISHED)] == words


@pytest.mark.parametrize(
    "text",
    [
        "The vote will be held on June 24, 2022.",
        "He was elected and his term ends in February 2023.",
        "The law signed on Monday goes into effect Jan. 1, 2023.",
        "The town was promised a station, scheduled for May 2024.",
        "Sales were poised for growth in 2023.",
        "The updated plan was announced in 2024.",
        "It was signed on March 3, 2022.",
        "The clock in London said March 9, 2022.",
        "It was a long winter.",
        "",
    ],
)
def test_what_lies_ahead_or_is_not_later_is_left_alone(text: str) -> None:
    assert told_later(text, PUBLISHED) == []


def test_a_day_has_its_date_and_its_place() -> None:
    text = "“We lost,” she said. The school closed on Sept. 1, 2022."
    (day,) = told_later(text, PUBLISHED)
    assert (day.first.isoformat(), text[slice(*day.span)]) == ("2022-09-01", "Sept. 1, 2022")
