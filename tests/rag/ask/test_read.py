from __future__ import annotations

from collections.abc import Sequence

from rag.ask.read import passage_sentences, read
from rag.ask.select import quote
from rag.types import Candidate, Reading, Sentence
from tests.rag.ask.conftest import article, evidence

TEXT = "One is here. Two is there. Three is gone."


class Fixed:
    """A reader that gives each sentence the score of its place."""

    name = "fixed"
    fingerprint = "fixed@0"

    def __init__(self, scores: list[list[float]], answer: tuple[int, int] | None = None) -> None:
        self.scores = scores
        self.answer = answer

    def warm(self) -> None:
        """Nothing to load."""

    def read(
        self,
        question: str,
        candidates: Sequence[Candidate],
        spans: Sequence[Sequence[tuple[int, int]]],
        vector: object = None,
    ) -> list[Reading]:
        return [
            Reading(
                answerable=max(scores),
                sentences=tuple(
                    Sentence(start=start, end=end, score=score)
                    for (start, end), score in zip(mine, scores, strict=True)
                ),
                answer=self.answer,
            )
            for mine, scores in zip(spans, self.scores, strict=True)
        ]


def test_sentences_come_best_first_and_once() -> None:
    item = evidence(article(TEXT), TEXT).candidate
    found = read("?", [item, item], Fixed([[0.1, 0.9, 0.2], [0.3, 0.5, 0.2]]))
    assert [quote(one) for one in found] == ["Two is there.", "One is here.", "Three is gone."]
    assert [round(one.sentence.score, 3) for one in found] == sorted(
        (round(one.sentence.score, 3) for one in found), reverse=True
    )
    assert all(0 < one.sentence.score < 1 for one in found)


def test_the_short_answer_goes_with_the_sentence_that_holds_it() -> None:
    item = evidence(article(TEXT), TEXT).candidate
    found = read("?", [item], Fixed([[0.1, 0.9, 0.2]], answer=(13, 16)))
    assert [one.answer for one in found] == [(13, 16), None, None]


def test_ties_are_broken_by_place_not_by_chance() -> None:
    item = evidence(article(TEXT), TEXT).candidate
    found = read("?", [item], Fixed([[0.5, 0.5, 0.5]]))
    assert [one.sentence.start for one in found] == [0, 13, 27]


def test_what_retrieval_proposed_first_counts_more() -> None:
    one, two = article("Same words here.", id="one"), article("Same words here.", id="two")
    first, second = (evidence(whole, "Same words here.").candidate for whole in (two, one))
    found = read("?", [first, second], Fixed([[0.5], [0.5]]))
    assert [item.candidate.article.id for item in found] == ["two", "one"]


def test_a_passage_without_sentences_is_read_whole() -> None:
    item = evidence(article("ab"), "ab").candidate
    assert passage_sentences(item) == [(0, 2)]


def test_a_sentence_that_asks_the_same_is_no_evidence_and_makes_nothing_sure() -> None:
    quiz = "Portofino is banning tourists from doing what? Smoking. Lingering at the harbour."
    item = evidence(article(quiz), quiz).candidate
    question = "The town of Portofino is banning tourists from doing what?"
    found = read(question, [item], Fixed([[0.98, 0.2, 0.3]]))
    assert [quote(one) for one in found] == ["Lingering at the harbour.", "Smoking."]
    assert [one.answerable for one in found] == [0.3, 0.3]
    # It is evidence of another question, and of who asked it.
    for other in ("Did Portofino grow richer last year?", "Who wrote about the harbour?"):
        assert len(read(other, [item], Fixed([[0.98, 0.2, 0.3]]))) == 3
    asked = "“Is Portofino banning tourists from doing that?” The mayor laughed."
    item = evidence(article(asked), asked).candidate
    assert len(read(question, [item], Fixed([[0.9, 0.2]]))) == 2


def test_the_time_before_is_not_when_the_next_will_be() -> None:
    text = "The previous call took place on March 18. Both will speak on Monday."
    item = evidence(article(text), text).candidate
    fixed = Fixed([[0.6, 0.5]], answer=(32, 40))
    coming = read("When will the call take place?", [item], fixed)
    assert [quote(one) for one in coming] == [
        "Both will speak on Monday.",
        "The previous call took place on March 18.",
    ]
    assert [one.answer for one in coming] == [None, None]
    for question in ("When did the call take place?", "What will follow the previous call?"):
        assert read(question, [item], fixed)[0].answer == (32, 40)


def test_what_is_to_come_does_not_say_whether_it_was_done() -> None:
    text = "Putin will meet Witkoff on Thursday. Putin met Witkoff in May."
    item = evidence(article(text), text).candidate
    fixed = Fixed([[0.6, 0.5]])
    done = read("Did Putin meet Witkoff?", [item], fixed)
    assert quote(done[0]) == "Putin met Witkoff in May."
    for question in ("Will Putin meet Witkoff?", "Did he say Putin will meet Witkoff?"):
        assert quote(read(question, [item], fixed)[0]) == "Putin will meet Witkoff on Thursday."
