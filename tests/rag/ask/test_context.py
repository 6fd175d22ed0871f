from __future__ import annotations

from rag.ask.context import in_context
from rag.ask.select import quote
from rag.types import Evidence
from tests.rag.ask.conftest import article, evidence

REPORTS = "Media reports said that the mayor had sold the harbour."
DENIAL = "“That claim is untrue,” her spokesman said."
BRIDGE = "The bridge closes in May."
TOLD = article(f"{REPORTS} {DENIAL} {BRIDGE}")


def quotes(items: list[Evidence]) -> list[str]:
    return [quote(item) for item in items]


def test_a_report_brings_its_denial() -> None:
    assert quotes(in_context([evidence(TOLD, REPORTS)])) == [REPORTS, DENIAL]


def test_a_denial_brings_the_report_that_it_points_back_to() -> None:
    assert quotes(in_context([evidence(TOLD, DENIAL)])) == [REPORTS, DENIAL]


def test_nothing_is_said_twice_and_nothing_else_is_brought() -> None:
    chosen = [evidence(TOLD, DENIAL), evidence(TOLD, REPORTS), evidence(TOLD, BRIDGE)]
    assert quotes(in_context(chosen)) == [REPORTS, DENIAL, BRIDGE]
    assert quotes(in_context([evidence(TOLD, BRIDGE)])) == [BRIDGE]


def test_a_report_that_is_denied_in_its_own_sentence_stands_alone() -> None:
    own = "The mayor denied reports that she had sold the harbour."
    whole = article(f"{own} “That is false,” she said.")
    assert quotes(in_context([evidence(whole, own)])) == [own]


def test_asked_for_somebodys_own_words_they_follow_what_is_told_without() -> None:
    own = "The mayor denied that she had sold the harbour."
    words = "“Nobody asked me,” she said."
    whole = article(f"{own} {words} {BRIDGE}")
    assert quotes(in_context([evidence(whole, own)], own_words=True)) == [own, words]
    assert quotes(in_context([evidence(whole, own)])) == [own]
    assert quotes(in_context([evidence(whole, words)], own_words=True)) == [words]
    assert quotes(in_context([evidence(whole, own)], limit=1, own_words=True)) == [own]


def test_what_is_taken_back_is_not_given_alone() -> None:
    offer, refusal = "Rome offered talks.", "However, Paris refused."
    whole = article(f"{offer} {refusal} {BRIDGE}")
    assert quotes(in_context([evidence(whole, offer)])) == [offer, refusal]
    assert quotes(in_context([evidence(whole, refusal)])) == [refusal]


def test_what_is_pointed_back_to_is_brought() -> None:
    offer, praise = "Rome offered talks.", "This was praised in Paris."
    whole = article(f"{offer} {praise}")
    assert quotes(in_context([evidence(whole, praise)])) == [offer, praise]


def test_neighbours_take_only_the_room_that_is_left() -> None:
    assert quotes(in_context([evidence(TOLD, DENIAL)], 1)) == [DENIAL]
    both = [evidence(TOLD, DENIAL), evidence(TOLD, BRIDGE)]
    assert quotes(in_context(both, 2)) == [DENIAL, BRIDGE]
    assert len(in_context(both, 3)) == 3
