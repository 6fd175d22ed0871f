from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from rag.ask.select import SHARES, first, quote, select, with_sides
from rag.types import Evidence
from tests.rag.ask.conftest import article, evidence

WHOLE = article(
    "Tariffs hit steel makers. Steel makers hit by tariffs. Talks begin Monday. Rain falls."
)


def dated(item: Evidence, day: int) -> Evidence:
    moment = datetime(2025, 3, day, tzinfo=UTC)
    old = replace(item.candidate.article, published_at=moment)
    return replace(item, candidate=replace(item.candidate, article=old))


def test_only_what_is_nearly_as_good_and_says_something_else_is_chosen() -> None:
    items = [
        evidence(WHOLE, "Tariffs hit steel makers.", 0.9),
        evidence(WHOLE, "Steel makers hit by tariffs.", 0.89),
        evidence(WHOLE, "Talks begin Monday.", 0.88),
        evidence(WHOLE, "Rain falls.", 0.3),
    ]
    assert [quote(one) for one in select([items], "fact")] == [
        "Tariffs hit steel makers.",
        "Talks begin Monday.",
    ]
    assert len(select([items], "fact", limit=1)) == 1
    assert select([[]], "fact") == []


def test_sentences_alike_that_give_other_numbers_do_not_say_the_same() -> None:
    text = "The town had 533 people in 2000. The town had 3,292 people in 2000. It had 533 in 2000."
    whole = article(text)
    parts = text.split(". ")
    items = [evidence(whole, part, 0.9 - place / 100) for place, part in enumerate(parts)]
    assert [quote(one) for one in select([items], "fact")] == parts[:2]


def test_each_part_gets_its_best_sentence() -> None:
    whole = [evidence(WHOLE, "Talks begin Monday.", 0.9)]
    steel = [evidence(WHOLE, "Tariffs hit steel makers.", 0.2)]
    rain = [evidence(WHOLE, "Rain falls.", 0.1), evidence(WHOLE, "Talks begin Monday.", 0.05)]
    chosen = select([whole, steel, rain, []], "compare")
    assert [quote(one) for one in chosen] == [
        "Tariffs hit steel makers.", "Talks begin Monday.", "Rain falls.",
    ]  # fmt: skip
    assert len(select([whole, steel, rain], "compare", limit=1)) == 1


def test_a_comparison_prefers_other_articles() -> None:
    one = article("A first thing. Another second matter. Some third point.", id="one")
    two = article("Quite different words.", id="two")
    items = [
        evidence(one, "A first thing.", 0.9),
        evidence(one, "Another second matter.", 0.82),
        evidence(one, "Some third point.", 0.6),
        evidence(two, "Quite different words.", 0.6),
    ]
    compared = [quote(item) for item in select([items], "compare", limit=2)]
    assert compared == ["A first thing.", "Quite different words."]
    assert [quote(item) for item in select([items], "fact", limit=2)] == [
        "A first thing.", "Another second matter.",
    ]  # fmt: skip


def test_where_several_articles_answer_a_weak_sentence_of_another_one_is_heard() -> None:
    one = article("A first thing. Another second matter.", id="one")
    two = article("Quite different words. Yet more of them.", id="two")
    items = [
        evidence(one, "A first thing.", 0.9),
        evidence(one, "Another second matter.", 0.1),
        evidence(two, "Quite different words.", 0.08),
        evidence(two, "Yet more of them.", 0.07),
    ]
    for kind in ("several", "compare", "change"):
        assert [quote(item) for item in select([items], kind)] == [
            "A first thing.", "Quite different words.",
        ]  # fmt: skip
    assert len(select([items], "fact")) == 1
    far = [items[0], evidence(two, "Quite different words.", 0.01)]
    assert len(select([far], "several")) == 1


def test_sentences_stand_in_reading_order_with_the_best_article_first() -> None:
    one, two = article("A b. C d. E f.", id="one"), article("G h. I j.", id="two")
    items = [evidence(one, "E f."), evidence(two, "I j."), evidence(one, "A b.")]
    assert [quote(item) for item in select([items], "quote")] == ["A b.", "E f.", "I j."]


def test_the_sentence_that_says_the_one_thing_asked_for_goes_first() -> None:
    one, two = article("A b. C d. E f.", id="one"), article("G h. I j.", id="two")
    items = [evidence(one, "E f.", 0.9), evidence(two, "I j.", 0.7), evidence(one, "A b.", 0.8)]
    assert [quote(item) for item in select([items], "fact")] == ["E f.", "A b.", "I j."]


def test_a_change_is_told_in_the_order_of_its_days() -> None:
    one, two = article("A call is due.", id="one"), article("No contacts are planned.", id="two")
    late, early = dated(evidence(one, "A call is due.", 0.9), 20), dated(
        evidence(two, "No contacts are planned.", 0.8), 2
    )  # fmt: skip
    assert [quote(item) for item in select([[late, early]], "change")] == [
        "No contacts are planned.", "A call is due.",
    ]  # fmt: skip
    assert quote(select([[late, early]], "compare")[0]) == "A call is due."


def test_every_kind_has_its_share() -> None:
    assert all(0 < share.nearly <= 1 and share.most >= 1 for share in SHARES.values())


def test_each_side_of_a_disagreement_is_quoted() -> None:
    one, two, three = (
        evidence(article(text, id=text[0]), text, 0.9)
        for text in ("A call is due.", "No call is due.", "Rain falls.")
    )
    assert with_sides([one], [[one], [two]]) == [one, two]
    assert with_sides([three, one], [[one], [two]], limit=2) == [one, two]
    assert with_sides([one, two], [[one], [two]], limit=1) == [one]
    assert first(two, [one, two]) == [two, one]
    assert first(two, [one], limit=1) == [two]
