from __future__ import annotations

from eval.suite import HELD_OUT_BYTE, HELD_OUT_ELSE, Suite, is_held_out
from rag.types import Source
from tests.eval.judging import case, gold


def suite(count: int = 40, **fields: object) -> Suite:
    cases = tuple(case(id=str(at), evidence=gold("x", article=f"a{at}"), **fields)
                  for at in range(count))  # fmt: skip
    articles = tuple(Source(text=f"Text {at}.", origin="o", id=f"a{at}") for at in range(count))
    return Suite(name="test", about="", articles=articles, cases=cases)


def test_a_sample_is_the_same_every_time_and_grows_by_adding() -> None:
    small, large = suite().sample(5), suite().sample(10)

    assert small.cases == suite().sample(5).cases
    assert set(small.cases) < set(large.cases)
    assert small.notes == ("a sample of 5 by hash of id: 5 of 40 cases",)


def test_what_is_held_out_is_sampled_from_the_other_end_than_weights_are_fitted_on() -> None:
    held = suite(80).held_out()
    half = len(held.cases) // 2

    measured, fitted = suite(80).part(dev=True, limit=half), held.sample(half)

    assert len(measured.cases) == len(fitted.cases) == half
    assert not set(measured.cases) & set(fitted.cases)
    assert suite(80).part(dev=False, limit=5) == suite(80).sample(5)
    assert suite(80).part(dev=True, limit=None).cases == held.cases


def test_a_sample_larger_than_the_suite_is_the_suite() -> None:
    assert suite().sample(None) == suite().sample(1000) == suite()


def test_articles_stay_unless_every_case_has_its_own() -> None:
    assert len(suite().sample(3).articles) == 40
    own = Suite(name="t", about="", articles=suite().articles,
                cases=tuple(case(id=f"a{at}", within=(f"a{at}",)) for at in range(40)))  # fmt: skip
    assert {item.id for item in own.sample(3).articles} == {c.id for c in own.sample(3).cases}


def test_held_out_is_decided_by_the_article() -> None:
    kept = suite().held_out()

    assert 0 < len(kept.cases) < 40
    assert all(is_held_out(f"a{item.id}") for item in kept.cases)


def test_the_origin_decides_where_there_is_one() -> None:
    twins = Suite(name="t", about="", articles=(), cases=tuple(
        case(id=str(at), within=(f"twin-{at}",), origin=f"a{at}") for at in range(40)))  # fmt: skip

    assert [item.id for item in twins.held_out().cases] == [c.id for c in suite().held_out().cases]


def test_stories_are_held_out_whole_by_their_own_bound() -> None:
    told = tuple(case(id=str(at), evidence=gold("x", article="a"), origin=f"s{at}")
                 for at in range(40))  # fmt: skip
    articles = Suite(name="newsdesk", about="", articles=(), cases=told).held_out().cases
    stories = Suite(name="newsdesk-stories", about="", articles=(), cases=told).held_out().cases

    assert set(articles) < set(stories) < set(told)
    assert all(item.origin and is_held_out(item.origin, 77) for item in stories)


def test_hashes_see_a_changed_text_and_not_the_order() -> None:
    one = suite()
    turned = Suite(name="test", about="", articles=one.articles[::-1], cases=one.cases)
    other = Suite(name="test", about="", articles=one.articles[:-1], cases=one.cases[:-1])

    assert one.articles_hash == turned.articles_hash != other.articles_hash
    assert one.cases_hash != other.cases_hash


def test_what_is_held_out_here_is_held_out_from_training() -> None:
    from rag.models.training.text import HELD_OUT

    assert HELD_OUT["squad2"] == HELD_OUT_BYTE["squad2"]
    assert HELD_OUT["stories"] == HELD_OUT_BYTE["newsdesk-stories"]
    assert HELD_OUT["stories"] == HELD_OUT_BYTE["newsroom-stories"]
    assert HELD_OUT["newsdesk"] == HELD_OUT_ELSE
