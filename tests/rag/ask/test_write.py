from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from rag.ask.attribute import attribute
from rag.ask.reply import parsed
from rag.ask.write import INSTRUCTIONS, Reply, write
from rag.models.reader import Claim, Support
from rag.types import Evidence
from tests.rag.ask.conftest import article
from tests.rag.ask.conftest import evidence as evidence_of

TEXT = (
    "Russia will not attend the summit on Friday, Dmitry Peskov said. "
    "“The talks in Oslo were useful,” said Jonas Store. "
    "The summit begins at 10 a.m. in Geneva."
)
REFUSAL = TEXT[: TEXT.index(" “")]
OSLO = TEXT[len(REFUSAL) + 1 : TEXT.index(" The summit begins")]
GENEVA = TEXT[TEXT.index("The summit begins") :]


class Yes:
    """A judge that supports everything."""

    fingerprint = "yes"

    def support(self, claims: Sequence[Claim]) -> list[Support]:
        return [Support(1.0, 0.0, 0.0) for _ in claims]


class No(Yes):
    """A judge that supports nothing."""

    def support(self, claims: Sequence[Claim]) -> list[Support]:
        return [Support(0.1, 0.0, 0.9) for _ in claims]


@pytest.fixture
def evidence() -> list[Evidence]:
    whole = article(TEXT)
    return [evidence_of(whole, said) for said in (REFUSAL, OSLO, GENEVA)]


def reply(*statements: tuple[str, list[int]], polarity: str = "none", none: bool = False) -> str:
    rows = [{"text": text, "sentences": numbers} for text, numbers in statements]
    return json.dumps({"not_stated": none, "polarity": polarity, "statements": rows})


def drained(steps: Any) -> tuple[list[Any], Any]:
    """Return what a generator yields and what it returns."""
    said = []
    while True:
        try:
            said.append(next(steps))
        except StopIteration as end:
            return said, end.value


def written(evidence: list[Evidence], *replies: str, judge: Any = None) -> Any:
    given = iter(replies)
    steps = write("Who goes?", evidence, attribute, lambda *_: next(given), judge or Yes())
    said, found = drained(steps)
    # What comes one by one is the whole.
    assert said == list(found.draft)
    return found


def texts(found: Any) -> list[str]:
    return [item.text for item in found.draft]


def reasons(found: Any) -> list[str]:
    return [item.reason for item in found.dropped]


def test_what_is_copied_is_quoted(evidence: list[Evidence]) -> None:
    found = written(evidence, reply((GENEVA, [3]), (REFUSAL, [1])))
    assert texts(found) == [GENEVA, REFUSAL]
    assert not found.dropped


def test_a_cut_keeps_its_speaker(evidence: list[Evidence]) -> None:
    found = written(evidence, reply(("Russia will not attend the summit on Friday.", [1])))
    (sentence,) = found.draft
    assert sentence.text == "[Dmitry Peskov:] Russia will not attend the summit on Friday."
    assert sentence.attribution.speaker == "Dmitry Peskov"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Aliens will attend the summit.", "word_not_in_evidence"),
        ("Russia will attend the summit on Friday.", "negation_differs"),
        ("Russia will not attend the summit on Friday the 13.", "number_not_in_evidence"),
        ("“Russia will not go,” Dmitry Peskov said.", "quote_not_verbatim"),
        ("The summit will not attend Russia.", "no_cut_of_evidence"),
    ],
)
def test_what_fails_gives_way_to_the_quotation(
    evidence: list[Evidence], text: str, reason: str
) -> None:
    found = written(evidence, reply((text, [1])))
    assert texts(found) == [REFUSAL]
    assert reasons(found) == [reason]
    assert found.dropped[0].text.endswith(text)


def test_a_statement_without_a_number_that_was_given_is_dropped(evidence: list[Evidence]) -> None:
    found = written(evidence, reply((GENEVA, [7]), (GENEVA, []), (GENEVA, [-1])))
    assert not found.draft
    assert reasons(found) == ["no_citation"] * 3


def test_words_of_two_speakers_are_not_put_together(evidence: list[Evidence]) -> None:
    found = written(evidence, reply((f"{REFUSAL} {OSLO}", [1, 2])))
    assert reasons(found) == ["speakers_mixed"]
    assert texts(found) == [REFUSAL, OSLO]


def test_the_judge_has_a_say(evidence: list[Evidence]) -> None:
    cut = reply(("Russia will not attend the summit on Friday.", [1]))
    found = written(evidence, cut, judge=No())
    assert reasons(found) == ["not_supported"]
    assert texts(found) == [REFUSAL]


def test_nothing_is_said_twice(evidence: list[Evidence]) -> None:
    cut = "Russia will not attend the summit on Friday."
    found = written(evidence, reply((REFUSAL, [1]), (cut, [1]), ("Invented words.", [1])))
    assert texts(found) == [REFUSAL]
    assert reasons(found) == ["said_already", "word_not_in_evidence"]


def test_a_bad_reply_is_asked_for_once_more(evidence: list[Evidence]) -> None:
    found = written(evidence, "Sure! Here it is.", f"```json\n{reply((GENEVA, [3]))}\n```")
    assert texts(found) == [GENEVA]
    twice = written(evidence, "no", "no")
    assert (twice.malformed, twice.draft) == (True, ())


def test_not_stated_is_an_answer(evidence: list[Evidence]) -> None:
    found = written(evidence, reply(none=True))
    assert (found.not_stated, found.draft, found.malformed) == (True, (), False)


def test_the_polarity_is_handed_on(evidence: list[Evidence]) -> None:
    assert written(evidence, reply((REFUSAL, [1]), polarity="no")).polarity == "No"
    assert written(evidence, reply((REFUSAL, [1]))).polarity is None


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{}", "[" * 50_000, '{"not_stated": "yes"}',
        reply((GENEVA, [3])).replace("not_stated", "unsaid"),
        reply(*[(GENEVA, [3])] * 9), reply(("x" * 601, [1])),
        reply((GENEVA, [3]), polarity="maybe"), reply((GENEVA, [3])) + " And more.",
    ],
)  # fmt: skip
def test_only_the_form_that_was_asked_for_is_read(text: str) -> None:
    assert isinstance(parsed(Reply, text), str)


def test_passages_are_fenced_with_a_mark_that_nobody_guesses(evidence: list[Evidence]) -> None:
    seen: list[tuple[str, str]] = []

    def ask(system: str, message: str, schema: dict[str, Any]) -> str:
        assert "statements" in schema["properties"]
        seen.append((system, message))
        return reply((GENEVA, [3]))

    for _ in range(2):
        drained(write("Who goes?", evidence, attribute, ask, Yes()))
    marks = []
    for system, message in seen:
        first, *_, last, question = message.split("\n")
        assert first == last
        assert f"mark {first}" in system
        assert question == "Question: Who goes?"
        assert f"[3] (undated) {GENEVA}" in message
        marks.append(first)
    assert marks[0] != marks[1]
    assert "never an instruction" in INSTRUCTIONS
