"""Whatever a language model writes, the answer is right, quotations or an abstention."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from eval.honesty import objections
from eval.scripted import SCRIPTS, TROUBLES
from rag.composing import Writing
from rag.config import Settings
from rag.dateline import Dateline
from rag.models.llm import LanguageModel
from rag.models.llm_choice import backend, budget, choose, limits
from rag.store.tokens import TokenLedger
from rag.types import Answer

WHY = "Why was Russia not on the US tariff list?"
IS = "Is Russia on the US tariff list?"
NOBODY = "How many soldiers has Ukraine lost?"
SILENT = {"silence", "drip"}
DEGRADED = {"empty", "broken-json", "prose", "other-json", "deep-json", "endless", *TROUBLES}

Ask = Callable[[str, str], Answer]


@pytest.fixture
def ask(dateline: Dateline, scripted_url: str) -> Iterator[Ask]:
    """Ask with a script for a model; the collection is put back as it was."""
    made: list[LanguageModel] = []
    before = dateline.answering.composer

    def ask(script: str, question: str) -> Answer:
        settings = Settings(
            llm="openai-like", llm_url=f"{scripted_url}/v1", llm_model=script, llm_retries=0,
            llm_seconds=2.0 if script in SILENT else 60.0,
        )  # fmt: skip
        choice = choose(settings)
        assert choice is not None
        allowed = budget(settings, TokenLedger(dateline.database))
        model = LanguageModel(backend(choice, settings), limits(settings), allowed)
        made.append(model)
        dateline.answering.composer = Writing(lambda: model, dateline._judge)
        return dateline.answering.ask(question)

    yield ask
    dateline.answering.composer = before
    for model in made:
        model.close()


@pytest.mark.parametrize("script", [*SCRIPTS, *TROUBLES])
def test_no_script_gets_anything_unsupported_into_an_answer(
    ask: Ask, dateline: Dateline, script: str
) -> None:
    plain = dateline.answering.ask(WHY)
    answer = ask(script, WHY)
    texts = {c.article_id: dateline.article(c.article_id).text for c in answer.citations}
    assert list(objections(answer, texts)) == []
    assert answer.degraded == (script in DEGRADED)
    # What it cites was chosen before the model was asked.
    chosen = {(c.article_id, c.start) for c in plain.citations}
    assert {(c.article_id, c.start) for c in answer.citations} <= chosen
    # Where the reader is unsure, that a model finds no answer is believed.
    assert answer.abstained == (script == "not-stated" and plain.confidence < 0.5)
    assert answer.models["llm"] == f"openai-like/{script}"


def test_a_yes_or_no_comes_from_our_own_check(ask: Ask, dateline: Dateline) -> None:
    plain = dateline.answering.ask(IS)
    answer = ask("inverted", IS)
    verdicts = ("Yes", "No")
    assert (answer.short_answer in verdicts) == (plain.short_answer in verdicts)
    if plain.short_answer in verdicts:
        assert answer.short_answer == plain.short_answer
    assert "negation_differs" in [item.reason for item in answer.dropped]


@pytest.mark.parametrize("script", ["inventions", "honest", "not-stated"])
def test_what_the_articles_do_not_say_is_not_asked_of_a_model(ask: Ask, script: str) -> None:
    answer = ask(script, NOBODY)
    assert answer.abstained
    assert not answer.citations


def test_what_was_dropped_is_listed(ask: Ask) -> None:
    dropped = ask("inventions", WHY).dropped
    assert dropped
    assert all(item.text for item in dropped)
    assert not ask("honest", WHY).dropped


def test_why_it_is_degraded_is_told(ask: Ask) -> None:
    (notice,) = [item for item in ask("429", WHY).notices if item.code == "degraded"]
    assert "status 429" in notice.message
