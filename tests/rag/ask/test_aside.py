"""Follow-ups are searched in several wordings."""

from __future__ import annotations

from rag.ask.retrieve import together
from rag.ask.rewrite import MOST_ANSWERED, rewrite
from rag.types import Candidate, Passage, Turn
from tests.rag.ask.conftest import article

WHOLES = {name: article(f"Text {name}.", id=name) for name in "abcd"}


def candidate(name: str) -> Candidate:
    whole = WHOLES[name]
    passage = Passage(
        id=name, article_id=name, version=1, start=0, end=len(whole.text), text=whole.text
    )
    return Candidate(passage=passage, article=whole, score=0.5)


def names(found: list[Candidate]) -> list[str]:
    return [item.passage.id for item in found]


def test_what_both_wordings_find_comes_first() -> None:
    one, two = [candidate(n) for n in "ab"], [candidate(n) for n in "cb"]
    assert names(together([one, two], 3)) == ["b", "a", "c"]
    assert names(together([one, two], 1)) == ["b"]


def test_of_equal_ranks_the_completed_question_wins() -> None:
    assert names(together([[candidate("d")], [candidate("a")]], 2)) == ["d", "a"]
    assert together([[], []], 5) == []


def test_only_what_was_completed_is_searched_beside_the_last_answer() -> None:
    history = [
        Turn(role="user", content="What did Peskov say about Cuba?"),
        Turn(role="assistant", content="That it matters. " + "x" * 2_000),
    ]
    leaning = rewrite("And about Iran?", history)
    assert leaning.text == "What did Peskov say about Iran?"
    completed, beside = leaning.wordings
    assert completed == leaning.text
    assert beside.startswith("That it matters.")
    assert beside.endswith("x And about Iran?")
    assert len(beside) == MOST_ANSWERED + len(" And about Iran?")
    assert rewrite("What did Russia say about US tariffs?", history).wordings == ()
    assert rewrite("And about Iran?", history[:1]).wordings == (leaning.text,)


def test_a_pronoun_is_read_as_what_it_means_and_searched_behind_the_last_question() -> None:
    history = [Turn(role="user", content="Will Witkoff meet Putin in Moscow?")]
    query = rewrite("How long will it last?", history)
    assert query.text == "How long will the meeting between Witkoff and Putin last?"
    assert query.wordings == ("Will Witkoff meet Putin in Moscow? How long will it last?",)
