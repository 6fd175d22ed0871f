"""Each system on the seeds: what it says has the same form, and its offsets are real."""

from __future__ import annotations

from typing import cast

import pytest

from eval.cases import Case
from eval.run import ask
from eval.suite import Suite
from eval.systems.choose import ONE_SIDED, SYSTEMS, choose
from eval.systems.constant import Constant
from eval.systems.system import System
from rag.dateline import Dateline
from rag.errors import ArticleNotFound
from rag.types import Source, Turn
from tests.eval.judging import case

ASKED = (*SYSTEMS["ask"], *ONE_SIDED)
QUESTION = "When will Putin and Trump speak by phone?"


@pytest.mark.parametrize("name", ASKED)
def test_a_system_answers_and_its_offsets_are_real(
    name: str, gold: Suite, dateline: Dateline
) -> None:
    system = opened(name, gold, dateline)
    follow_up = case(
        question="And why?",
        history=(Turn(role="user", content=QUESTION),),
        standalone="Why will Putin and Trump speak by phone?",
    )

    record = ask(follow_up, system)

    assert record.error is None
    assert record.reply is not None
    for item in (*record.reply.ranked, *(record.reply.ranked_standalone or ())):
        assert 0 <= item.start < item.end <= len(system.text(item.article, item.version))
    for cited in record.reply.citations:
        text = system.text(cited.article, cited.version)
        assert text[cited.start : cited.end] == cited.quote
    assert system.name == name
    assert system.settings()


@pytest.mark.parametrize("name", [name for name in ASKED if name not in {"constant", "silent"}])
def test_a_search_finds_the_right_article_and_stays_within_what_may_be_used(
    name: str, gold: Suite, dateline: Dateline
) -> None:
    system = opened(name, gold, dateline)
    own = "002_464d1f3d466cc3fe"
    bound = case(question=QUESTION, within=("003_146bb3441ec67a23",))

    assert own in _found(system, case(question=QUESTION))[:5]
    assert set(_found(system, bound)) == {"003_146bb3441ec67a23"}


def test_one_sided_baselines_leave_the_other_side_out(gold: Suite, dateline: Dateline) -> None:
    asked = case(question="Is a phone call between Putin and Trump planned?")
    whole, first, majority = (
        opened(name, gold, dateline).ask(asked) for name in ("dateline", "first", "majority")
    )

    assert whole.conflicts
    assert (first.conflicts, len(first.sentences)) == ((), 1)
    assert majority.conflicts == ()
    assert set(majority.citations) < set(whole.citations)


def test_llama_index_and_dense_rank_by_the_same_cosine(gold: Suite, dateline: Dateline) -> None:
    theirs = opened("llama-index", gold, dateline).ask(case(question=QUESTION))
    scores = [item.score for item in theirs.ranked]

    assert scores == sorted(scores, reverse=True)
    assert all(-1 <= score <= 1 for score in scores)


def test_a_baseline_with_nothing_to_search_declines(gold: Suite, dateline: Dateline) -> None:
    system = opened("bm25", gold, dateline)

    assert system.ask(case(question="xyzzy")).abstained


def test_the_constant_is_the_most_frequent_accepted_answer() -> None:
    cases = tuple(case(id=str(at), answers=(text,)) for at, text in enumerate(("no", "Yes", "yes")))
    suite = Suite(
        name="s", about="", articles=(Source(text="T.", origin="o", id="a"),), cases=cases
    )
    system = Constant(suite)

    assert system.ask(cases[0]).text == "yes"
    assert system.text("a") == "T."
    with pytest.raises(ArticleNotFound):
        system.text("b")


def opened(name: str, gold: Suite, dateline: Dateline) -> System:
    return cast(System, choose(name, gold, lambda: dateline))


def _found(system: System, of: Case) -> list[str]:
    return [item.article for item in system.rank(of, system.ask(of)).ranked]
