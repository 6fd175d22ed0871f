from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from rag.composing import Composing, Composition, Task, quotations
from rag.dateline import Dateline
from rag.telling import Said, again, retold, whole
from rag.types import Answer

TWO = "Will Putin and Trump speak on the phone?"
IS = "Is Russia on the US tariff list?"


@pytest.fixture
def compose(dateline: Dateline) -> Iterator[Any]:
    """Let another composer write; the collection is put back as it was."""
    before = dateline.answering.composer

    def use(composer: Any) -> None:
        dateline.answering.composer = composer

    yield use
    dateline.answering.composer = before


def told(dateline: Dateline, question: str) -> tuple[list[Said], Answer]:
    steps = dateline.answering.tell(
        dateline.answering.find(dateline.answering.understand(question))
    )
    said: list[Said] = []
    while True:
        try:
            said.append(next(steps))
        except StopIteration as end:
            return said, end.value


def test_what_is_told_is_the_answer(dateline: Dateline) -> None:
    said, answer = told(dateline, TWO)
    assert len(said) > 1
    assert [item.sentence for item in said] == list(answer.sentences)
    assert [one for item in said for one in item.citations] == list(answer.citations)
    assert list(again(answer)) == said
    assert whole(retold(answer)) == answer


def test_a_sentence_is_told_before_the_next_is_written(dateline: Dateline, compose: Any) -> None:
    written: list[str] = []

    def noting(task: Task) -> Composing:
        composing = quotations(task)
        while True:
            try:
                sentence = next(composing)
            except StopIteration as end:
                composition: Composition = end.value
                return composition
            written.append(sentence.text)
            yield sentence

    compose(noting)
    telling = dateline.answering.tell(dateline.answering.find(dateline.answering.understand(TWO)))
    first = next(telling)
    assert written == [first.sentence.text]
    assert len(whole(telling).sentences) == len(written) > 1


def test_without_the_deciding_sentence_there_is_no_verdict(
    dateline: Dateline, compose: Any
) -> None:
    plain = dateline.answering.ask(IS)
    found = dateline.answering.find(dateline.answering.understand(IS))
    found = replace(found, decision=replace(found.decision, verdict="No"))
    assert dateline.answering.answer(found).text.startswith("No. ")

    def spoiled(task: Task) -> Composing:
        whole = list(quotations(task))
        draft = [replace(whole[0], text=f"{whole[0].text} In 1812."), *whole[1:]]
        yield from draft
        return Composition(draft=tuple(draft))

    compose(spoiled)
    answer = dateline.answering.answer(found)
    assert answer.short_answer != "No"
    assert not answer.text.startswith("No. ")
    assert [item.reason for item in answer.dropped] == ["number_not_in_evidence"]
    assert len(answer.sentences) == len(plain.sentences) - 1


def test_a_telling_has_the_id_of_its_answer(dateline: Dateline) -> None:
    first = dateline.tell(TWO)
    answer = whole(first.steps)
    assert answer.id == first.id
    again = dateline.tell(TWO)
    assert again.id not in ("", first.id)
    assert whole(again.steps).text == answer.text
    assert dateline.answers.get(again.id).answer is not None
