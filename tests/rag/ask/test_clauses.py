from __future__ import annotations

import pytest

from rag.ask.clauses import is_cut

DUTIES = (
    "Regarding the US tariffs announced on Wednesday, Peskov said Russia faces 3 duties, which "
    "are small, as trade has stopped between the two countries."
)


@pytest.mark.parametrize(
    "statement",
    [
        DUTIES,
        "Peskov said Russia faces 3 duties.",
        "Russia faces 3 duties, as trade has stopped between the two countries.",
        "As trade has stopped between the two countries, Russia faces 3 duties.",
        "Russia faces 3 duty, which are small.",
    ],
)
def test_whole_clauses_may_be_left_out_and_moved(statement: str) -> None:
    assert is_cut(statement, [DUTIES], ["said"])


@pytest.mark.parametrize(
    ("statement", "cited"),
    [
        ("Trump called Putin.", "Trump was called by Putin."),
        ("Witkoff met Rubio.", "Witkoff met Putin and Lavrov met Rubio."),
        ("Russia faces duties.", DUTIES),
        ("Russia faces 4 duties.", DUTIES),
        ("Trade stopped as Russia faces 3 duties.", DUTIES),
        ("He left meeting Putin.", "He left after meeting Putin."),
        ("Russia was included, Peskov said.", "Russia was not included, Peskov said."),
        ("The call will take place.", "If both agree, the call will take place."),
        ("Kellogg was suspended.", "Peskov denied that Kellogg was suspended."),
        ("Officials said it was ready.", "Officials said it was ready, which may change."),
        ("", "Anything."),
        ("Putin met Trump. " * 9, "Putin met Trump. Trump met Putin."),
    ],
)
def test_nothing_else_may_change(statement: str, cited: str) -> None:
    assert not is_cut(statement, [cited], ["said", "denied"])


def test_clauses_of_several_sentences_may_stand_together() -> None:
    cited = ["Putin will travel on Monday, Peskov said.", "The talks begin at noon."]
    assert is_cut("Putin will travel on Monday and the talks begin at noon.", cited)
    assert not is_cut("Putin will travel at noon.", cited)


def test_a_hostile_statement_takes_no_time() -> None:
    words = " ".join(["a, b"] * 5_000)
    assert not is_cut(words, [words])
    assert not is_cut("x and " * 190 + "y", ["x and " * 190])
