from __future__ import annotations

from rag.ask.decide import contested, decide
from rag.ask.plan import Plan
from tests.rag.ask.conftest import article, evidence

WHOLE = "Is a call planned?"
PART = "Is a visit planned?"


def both() -> list:
    """Say yes in one article and no in another."""
    yes = article("A call is planned for Monday, he said.", id="y", title="Call on Monday")
    no = article("No call is planned, the spokesman said.", id="n", title="No call")
    return [evidence(yes, yes.text, 0.3), evidence(no, no.text, 0.29)]


def one() -> list:
    yes = article("A visit is planned for May, he said.", id="v", title="Visit in May")
    return [evidence(yes, yes.text, 0.3)]


def test_a_question_that_articles_answer_both_ways_is_contested() -> None:
    planned = Plan(kind="yes_no", text=WHOLE)
    decision = contested(planned, [both()], lambda: None, None)
    assert decision is not None
    assert {item.candidate.article.id for item in decision.chosen} == {"y", "n"}


def test_what_disagrees_about_a_part_contests_no_whole() -> None:
    planned = Plan(kind="yes_no", text=PART, parts=(WHOLE,))
    readings = [one(), both()]
    assert decide(planned, readings, lambda: None).disagreements
    assert contested(planned, readings, lambda: None, None) is None
    assert contested(Plan(kind="fact", text=WHOLE), [both()], lambda: None, None) is None
