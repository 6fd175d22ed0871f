from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from rag.ask.attribute import attribute
from rag.ask.conflict import of_answers, of_change, of_comparison, of_verdicts, sources, strong
from rag.ask.select import quote
from rag.types import Evidence
from tests.rag.ask.conftest import article, evidence

PLANNED = "A call is due on Monday."
ASKED = "When is the call?"
PLANNED_OR_NOT = "Is a call planned?"
NONE = "No call is planned this week."


def of(text: str, name: str, day: int | None = None, score: float = 0.9) -> Evidence:
    item = evidence(article(text, id=name), text, score)
    if day is None:
        return item
    dated = replace(item.candidate.article, published_at=datetime(2025, 3, day, tzinfo=UTC))
    return replace(item, candidate=replace(item.candidate, article=dated))


def answering(item: Evidence, words: str) -> Evidence:
    start = item.candidate.article.text.index(words)
    return replace(item, answer=(start, start + len(words)))


def in_cluster(item: Evidence, cluster: str) -> Evidence:
    told = replace(item.candidate.article, cluster_id=cluster)
    return replace(item, candidate=replace(item.candidate, article=told))


def test_yes_and_no_from_different_articles_disagree_and_the_better_supported_comes_first() -> None:
    yes, no, too = of(PLANNED, "a"), of(NONE, "b"), of("No call at all is planned.", "c")
    found = of_verdicts(PLANNED_OR_NOT, [(yes, "Yes"), (no, "No"), (too, "No")], attribute)
    assert found is not None
    assert found.type == "disagreement_between_sources"
    assert found.sides == ((no, too), (yes,))
    assert of_verdicts(PLANNED_OR_NOT, [(yes, "Yes"), (no, "Yes")], attribute) is None


def test_articles_of_different_days_tell_a_change() -> None:
    early, late = of(NONE, "a", 3), of(PLANNED, "b", 9)
    found = of_verdicts(PLANNED_OR_NOT, [(late, "Yes"), (early, "No")], attribute)
    assert found is not None
    assert found.type == "changed_over_time"
    same = of_verdicts(PLANNED_OR_NOT, [(late, "Yes"), (of(NONE, "c", 9), "No")], attribute)
    assert same is not None
    assert same.type == "disagreement_between_sources"


def test_a_denial_against_a_statement_is_named_so() -> None:
    denial = of("Spokesman Dmitry Peskov denied that a call is planned.", "b")
    found = of_verdicts(PLANNED_OR_NOT, [(of(PLANNED, "a"), "Yes"), (denial, "No")], attribute)
    assert found is not None
    assert found.type == "denied"


def test_different_short_answers_of_different_articles_disagree() -> None:
    five = answering(of("The call is at 5 pm.", "a"), "5 pm")
    six = answering(of("The call begins at 6:30.", "b"), "6:30")
    again = answering(of("At 5 pm they call.", "c"), "5 pm")
    found = of_answers(ASKED, [six, five, again], attribute)
    assert found is not None
    assert found.sides == ((five, again), (six,))
    assert sources(found.sides[0]) == 2
    assert of_answers(ASKED, [five, again], attribute) is None
    assert of_answers(ASKED, [five, of(PLANNED, "d")], attribute) is None


def test_a_sentence_that_has_the_other_answer_too_does_not_contradict_it() -> None:
    asked = "Who won the final?"
    won = answering(of("Bianca Ruiz won the final.", "a"), "Bianca Ruiz")
    lost = answering(of("Ana Diaz lost the final to Bianca Ruiz.", "b"), "Ana Diaz")
    other = answering(of("Carla Mora won the final.", "c"), "Carla Mora")
    assert of_answers(asked, [won, lost], attribute) is None
    assert of_answers(asked, [lost, won], attribute) is None
    found = of_answers(asked, [won, lost, other], attribute)
    assert found is not None
    assert found.sides == ((won, lost), (other,))


def test_an_answer_of_another_sort_takes_no_part() -> None:
    five = answering(of("The call is at 5 pm.", "a"), "5 pm")
    place = answering(of("The call is in Moscow.", "b"), "Moscow")
    assert of_answers(ASKED, [five, place], attribute) is None


def test_the_second_sentence_of_an_article_stands_for_it_when_it_has_the_answer() -> None:
    first = of("The call is near. It is at 5 pm.", "a")
    whole = first.candidate.article.text
    near = replace(first, sentence=replace(first.sentence, start=0, end=17))
    sentence = replace(first.sentence, start=18, end=len(whole), score=0.8)
    timed = answering(replace(first, sentence=sentence), "5 pm")
    six = answering(of("The call begins at 6:30.", "b"), "6:30")
    found = of_answers(ASKED, [near, timed, six], attribute)
    assert found is not None
    assert found.sides == ((timed,), (six,)) or found.sides == ((six,), (timed,))


def test_a_weak_sentence_takes_no_part() -> None:
    good, weak = of(PLANNED, "a"), of(NONE, "b", score=0.3)
    assert [quote(item) for item in strong([good, weak])] == [PLANNED]
    assert strong([]) == []


def test_a_change_has_a_side_for_each_article() -> None:
    one, two = of(NONE, "a"), of(PLANNED, "b")
    found = of_change([one, two], attribute)
    assert found is not None
    assert (found.type, found.sides) == ("changed_over_time", ((one,), (two,)))
    assert of_change([one], attribute) is None


def test_a_reprint_that_gives_another_number_disagrees_and_is_no_further_source() -> None:
    five = answering(of("The toll rose to 5 people.", "a"), "5 people")
    six = answering(of("The toll rose to 6 people.", "b", score=0.85), "6 people")
    same = answering(of("The toll rose to 5 people.", "c", score=0.8), "5 people")
    alike = [in_cluster(item, "one") for item in (five, six, same)]
    found = of_answers("How high is the toll?", alike, attribute)
    assert found is not None
    assert [[quote(item) for item in side] for side in found.sides] == [
        ["The toll rose to 5 people."],
        ["The toll rose to 6 people."],
    ]
    assert [sources(side) for side in found.sides] == [1, 1]
    assert of_answers("How high is the toll?", [alike[0], alike[2]], attribute) is None


def test_a_comparison_has_sides_of_different_scope_unless_one_denies() -> None:
    moscow, kyiv = of("Moscow calls it very difficult.", "a"), of("Kyiv seeks clarity.", "b")
    found = of_comparison([moscow, kyiv], attribute)
    assert found is not None
    assert (found.type, found.sides) == ("different_scope", ((moscow,), (kyiv,)))
    denial = of("Peskov dismissed reports that a call is due on Monday.", "c")
    against = of_comparison([of(PLANNED, "a"), denial], attribute)
    assert against is not None
    assert against.type == "denied"
    assert of_comparison([moscow, moscow], attribute) is None


def test_a_sentence_about_another_event_is_no_side() -> None:
    call = answering(of("The call is at 5 pm on Monday.", "a"), "5 pm")
    departure = answering(of("Ana Ruiz leaves on Thursday night.", "b"), "Thursday night")
    assert of_answers("When will the call take place?", [call, departure], attribute) is None


def test_what_is_denied_of_another_day_is_of_another_event() -> None:
    asked = "When does Ruiz travel to Dover?"
    goes = answering(of("Ruiz leaves for Dover on Thursday night.", "a"), "Thursday night")
    rumour = "Holm denied reports that Ruiz planned to travel to Dover during the May holidays."
    denied = answering(of(rumour, "b", score=0.8), "the May holidays")
    assert of_answers(asked, [goes, denied], attribute) is None
    asked = "Did Ruiz travel to Dover?"
    assert of_verdicts(asked, [(goes, "Yes"), (denied, "No")], attribute) is None
    of_may = "Did Ruiz travel to Dover in May?"
    assert of_verdicts(of_may, [(goes, "Yes"), (denied, "No")], attribute) is not None


def test_sentences_that_hardly_answer_do_not_disagree() -> None:
    five = answering(of("The call is at 5 pm.", "a", score=0.05), "5 pm")
    six = answering(of("The call begins at 6:30.", "b", score=0.05), "6:30")
    assert of_answers(ASKED, [five, six], attribute) is None
    assert of_verdicts(PLANNED_OR_NOT, [(five, "Yes"), (six, "No")], attribute) is None
