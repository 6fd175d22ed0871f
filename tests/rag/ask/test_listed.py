from __future__ import annotations

import pytest

from rag.ask.listed import arranges, listed
from rag.ask.plan import plan
from rag.attribution.parser import parse


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "Tolls: set the mayor's view next to the governor's.",
            ("Tolls: the mayor's view?", "Tolls: the governor's?"),
        ),
        (
            "How dear is the bridge? Put the mayor, Ann Lee and the port side by side.",
            (
                "How dear is the bridge?",
                "How dear is the bridge according to the mayor?",
                "How dear is the bridge according to Ann Lee?",
                "How dear is the bridge according to the port?",
            ),
        ),
        (
            "Compare how the port rated its meetings: the late-night one in May and the June one.",
            (
                "how the port rated its meetings: the late-night one in May?",
                "how the port rated its meetings: the June one?",
            ),
        ),
        (
            "What's the verdict on the bridge - mayor after his trip, Ann Lee after Porto?",
            (
                "What's the verdict on the bridge: mayor after his trip?",
                "What's the verdict on the bridge: Ann Lee after Porto?",
            ),
        ),
        ("Lee going to Porto: confirmed or denied?",
         ("Lee going to Porto confirmed?", "Lee going to Porto denied?")),
        ("Has the port both announced and ruled out a sale?",
         ("Has the port announced a sale?", "Has the port ruled out a sale?")),
        (
            "Port line: was it first about tolls and later about ships? Lay the statements out.",
            (
                "Port line: was it first about tolls?",
                "Port line: was it first about ships?",
            ),
        ),
    ],
)  # fmt: skip
def test_what_is_listed_is_asked_one_by_one(question: str, parts: tuple[str, ...]) -> None:
    assert plan(question, parse).parts == parts


@pytest.mark.parametrize(
    "question",
    [
        "What did he say - that is, Ann Lee, on Monday?",
        "Is it true - Putin and Trump will talk?",
        "Which talks are on: those between Moscow and Kyiv?",
        "What is the plan: a bridge?",
        "When does it open: 5 pm or 6 pm?",
        "Put the mayor and the port side by side.",
    ],
)
def test_what_lists_nothing_is_asked_as_it_is(question: str) -> None:
    assert listed(question, "", parse) == []


def test_how_to_show_an_answer_asks_nothing() -> None:
    assert arranges("Lay the statements out.")
    assert not arranges("List the steps of the Bank of England.")
