from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from rag.attribution.days import days, window

# A Wednesday.
NOW = datetime(2025, 3, 19, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sentence", "first", "last"),
    [
        ("Peskov said on Monday that a call is due.", "2025-03-17", None),
        ("Peskov said Wednesday that a call is due.", "2025-03-19", None),
        ("The US tariffs announced on Thursday hit steel.", "2025-03-13", None),
        ("On Thursday, the two leaders will speak by phone.", "2025-03-20", None),
        ("Thursday’s vote is expected to be close.", "2025-03-20", None),
        ("On Monday he said that they will meet.", "2025-03-17", None),
        ("The two leaders will speak by phone on Monday evening.", "2025-03-24", None),
        ("The talks are scheduled for Friday.", "2025-03-21", None),
        ("She resigned last Friday after the vote.", "2025-03-14", None),
        ("The court meets next Tuesday in Paris.", "2025-03-25", None),
        ("He arrived yesterday from Riyadh.", "2025-03-18", None),
        ("The vote is tomorrow, officials said.", "2025-03-20", None),
        ("The talks held in Istanbul last week failed.", "2025-03-10", "2025-03-16"),
        ("Prices rose this month by 2%.", "2025-03-01", "2025-03-31"),
        ("The law passed last year without debate.", "2024-01-01", "2024-12-31"),
        ("The bank failed two days ago.", "2025-03-17", None),
        ("The ban began three weeks ago.", "2025-02-24", "2025-03-02"),
        ("He was born on Dec. 21, 1953.", "1953-12-21", None),
        ("The deal was signed on 9 May 2024 in Rome.", "2024-05-09", None),
        ("The strike began on March 3.", "2025-03-03", None),
        ("The election was held on November 5.", "2024-11-05", None),
        ("Inflation peaked in June 2022.", "2022-06-01", "2022-06-30"),
        ("The plan was announced in December.", "2024-12-01", "2024-12-31"),
        ("The war began in 2022.", "2022-01-01", "2022-12-31"),
        ("On 2025-03-02 the site was down.", "2025-03-02", None),
        ("He visited over the past two weeks.", "2025-03-05", "2025-03-19"),
        ("They met on the 1st of April 2024.", "2024-04-01", None),
    ],
)
def test_words_for_days_become_dates(sentence: str, first: str, last: str | None) -> None:
    (found,) = days(sentence, NOW)
    assert found.first == date.fromisoformat(first)
    assert found.last == date.fromisoformat(last or first)


def test_each_clause_has_its_own_direction() -> None:
    text = "Peskov said on Monday that the leaders will meet on Friday."
    assert [item.first.day for item in days(text, NOW)] == [17, 21]
    assert [text[slice(*item.span)] for item in days(text, NOW)] == ["Monday", "Friday"]


@pytest.mark.parametrize(
    "sentence",
    [
        "They may march to the White House.",
        "The March for Life drew thousands.",
        "Theresa May and Gus August left.",
        "It happened on February 30.",
        "About 2000 people came.",
        "",
    ],
)
def test_other_words_name_no_day(sentence: str) -> None:
    assert days(sentence, NOW) == []


def test_years_are_known_to_be_given_or_not() -> None:
    found = days("It began on May 2, 2024, and ended on May 3.", NOW)
    assert [item.year_given for item in found] == [True, False]


@pytest.mark.parametrize(
    ("question", "after", "before"),
    [
        ("What did Peskov say in March 2025?", "2025-03-01", "2025-04-01"),
        ("What did Peskov say last week?", "2025-03-10", "2025-03-17"),
        ("What did Peskov say about Iran before 3 March?", None, "2025-03-03"),
        ("What happened before March 3, 2024?", None, "2024-03-03"),
        ("What has Musk said since January 2025?", "2025-01-01", None),
        ("Who resigned after 5 March 2025?", "2025-03-06", None),
        ("What was known as of 3 March 2025?", None, "2025-03-04"),
        ("What did she say until February?", None, "2025-03-01"),
        ("What happened between 1 March and 5 March 2025?", "2025-03-01", "2025-03-06"),
        ("What did he say from March 2024 to May 2024?", "2024-03-01", "2024-06-01"),
        ("What did the Kremlin say on Monday?", "2025-03-17", "2025-03-18"),
        ("What did he say yesterday?", "2025-03-18", "2025-03-19"),
        ("Who won in 2024?", "2024-01-01", "2025-01-01"),
        ("What has been said in the last two weeks?", "2025-03-05", "2025-03-20"),
        ("What did he say on 18 March 2025?", "2025-03-18", "2025-03-19"),
    ],
)
def test_a_question_with_a_time_gives_a_window(
    question: str, after: str | None, before: str | None
) -> None:
    found = window(question, NOW)
    assert found is not None
    assert (found.after and found.after.date().isoformat()) == after
    assert (found.before and found.before.date().isoformat()) == before


@pytest.mark.parametrize(
    "question",
    [
        "What did Peskov say before the Istanbul talks?",
        "May Peskov travel?",
        "What did Theresa May say after the vote?",
        "Who leads the March for Life?",
        "What is the state of the talks?",
        "What happened after the election?",
    ],
)
def test_an_event_is_no_time(question: str) -> None:
    assert window(question, NOW) is None


def test_the_words_that_name_the_time_are_told() -> None:
    question = "What did Peskov say before 3 March?"
    found = window(question, NOW)
    assert found is not None
    assert [question[a:b] for a, b in found.spans] == ["before 3 March"]
