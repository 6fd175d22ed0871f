from __future__ import annotations

from dataclasses import replace

import pytest

from rag.ask.verify import verify
from rag.types import DraftSentence
from tests.rag.ask.conftest import article, evidence, said

WHOLE = article(
    "Dmitry Peskov dismissed reports of 2 calls, saying: “A lot of fakes are published.” He left."
)
FIRST = WHOLE.text.removesuffix(" He left.")
ITEM = evidence(WHOLE, FIRST)


def reason(sentence: DraftSentence) -> str | None:
    kept, dropped = verify([sentence])
    assert len(kept) + len(dropped) == 1
    return dropped[0].reason if dropped else None


def test_the_words_of_the_article_pass() -> None:
    assert reason(said(FIRST, ITEM)) is None
    assert reason(said("Dmitry Peskov: “A lot of fakes are published.”", ITEM)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“A lot of fakes were published.”", "quote_not_verbatim"),
        ("Peskov dismissed reports of 3 calls.", "number_not_in_evidence"),
        ("Peskov confirmed reports of 2 calls.", "word_not_in_evidence"),
        ("He left.", "word_not_in_evidence"),
    ],
)
def test_what_the_evidence_does_not_say_is_dropped(text: str, expected: str) -> None:
    assert reason(said(text, ITEM)) == expected


def test_a_sentence_without_evidence_is_dropped() -> None:
    assert reason(said("Anything.")) == "no_citation"


def test_evidence_that_is_not_where_it_claims_to_be_is_dropped() -> None:
    passage = replace(ITEM.candidate.passage, start=1)
    moved = replace(ITEM, candidate=replace(ITEM.candidate, passage=passage))
    assert reason(said(FIRST, moved)) == "not_in_article"
    other = replace(ITEM.candidate.passage, article_id="b")
    foreign = replace(ITEM, candidate=replace(ITEM.candidate, passage=other))
    assert reason(said(FIRST, foreign)) == "not_in_article"
    older = replace(ITEM.candidate.passage, version=9)
    stale = replace(ITEM, candidate=replace(ITEM.candidate, passage=older))
    assert reason(said(FIRST, stale)) == "not_in_article"


def test_a_speaker_the_article_does_not_name_is_refused() -> None:
    assert reason(said(FIRST, ITEM, speaker="Sergei Lavrov")) == "speaker_not_in_article"


def test_a_denied_claim_is_not_asserted() -> None:
    text = "reports of 2 calls"
    denied = said(text, ITEM, speaker="Dmitry Peskov", cue="dismissed", denied=True)
    assert reason(denied) == "denial_as_assertion"
