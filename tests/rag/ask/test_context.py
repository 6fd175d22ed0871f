from __future__ import annotations

from rag.ask.context import with_denials
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
    assert quotes(with_denials([evidence(TOLD, REPORTS)])) == [REPORTS, DENIAL]


def test_a_denial_brings_the_report_that_it_points_back_to() -> None:
    assert quotes(with_denials([evidence(TOLD, DENIAL)])) == [REPORTS, DENIAL]


def test_nothing_is_said_twice_and_nothing_else_is_brought() -> None:
    chosen = [evidence(TOLD, DENIAL), evidence(TOLD, REPORTS), evidence(TOLD, BRIDGE)]
    assert quotes(with_denials(chosen)) == [REPORTS, DENIAL, BRIDGE]
    assert quotes(with_denials([evidence(TOLD, BRIDGE)])) == [BRIDGE]


def test_a_report_that_is_denied_in_its_own_sentence_stands_alone() -> None:
    own = "The mayor denied reports that she had sold the harbour."
    whole = article(f"{own} “That is false,” she said.")
    assert quotes(with_denials([evidence(whole, own)])) == [own]


def test_the_limit_holds() -> None:
    assert len(with_denials([evidence(TOLD, REPORTS)], 1)) == 1
