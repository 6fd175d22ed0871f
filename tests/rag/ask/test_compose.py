from __future__ import annotations

import pytest

from rag.ask.attribute import attribute
from rag.ask.compose import compose, lead
from rag.ask.verify import verify
from tests.rag.ask.conftest import article, evidence

HEAD = "Spokesman Dmitry Peskov said talks go on.\n"


@pytest.mark.parametrize(
    ("sentence", "written"),
    [
        ("Peskov confirmed the call.", "Peskov confirmed the call."),
        ("He also denied the reports.", "He [Dmitry Peskov] also denied the reports."),
        ("The Kremlin official stressed it.", "The Kremlin official [Dmitry Peskov] stressed it."),
        ('"It is hard," he said.', '"It is hard," he [Dmitry Peskov] said.'),
        ("“It is hard. We go on.”", "Dmitry Peskov: “It is hard. We go on.”"),
        ("Rain fell.", "Rain fell."),
    ],
)
def test_the_speaker_is_named_where_the_sentence_does_not(sentence: str, written: str) -> None:
    item = evidence(article(HEAD + sentence), sentence)
    (draft,) = compose([item], attribute)
    assert draft.text == written
    assert verify([draft]) == ([draft], [])


def test_a_denial_keeps_its_denying_word() -> None:
    sentence = "“Not so. The reports are fakes.”"
    item = evidence(article("Spokesman Dmitry Peskov dismissed it.\n" + sentence), sentence)
    (draft,) = compose([item], attribute)
    assert draft.text.startswith("Dmitry Peskov: ")


def test_a_verdict_comes_first() -> None:
    whole = article("No call is planned. Rain falls.")
    draft = compose(
        [evidence(whole, "No call is planned."), evidence(whole, "Rain falls.")], attribute
    )
    assert [item.text for item in lead(draft, "No")] == ["No. No call is planned.", "Rain falls."]
    assert lead(draft, None) == draft
    assert lead([], "No") == []
