"""The few words that answer."""

from __future__ import annotations

from dataclasses import replace

from rag.ask.brief import brief
from rag.types import Evidence
from tests.rag.ask.conftest import article, evidence, said


def test_the_short_answer_is_a_list_a_speaker_or_the_surest_span() -> None:
    whole = article("The mayor named “Porto, and Lisbon. Rui Alves said Faro was out.")

    def holding(quote: str, words: str, score: float) -> Evidence:
        start = whole.text.index(words)
        return replace(evidence(whole, quote, score), answer=(start, start + len(words)))

    first, second = (
        holding("The mayor named “Porto, and Lisbon.", "“Porto,", 0.4),
        holding("Rui Alves said Faro was out.", "Faro", 0.8),
    )
    kept = [said("One.", first), said("Two.", second, speaker="Rui Alves")]
    assert brief(kept, "fact", "Which town?") == "Faro"
    assert brief(kept, "several", "Which town?") == "Porto; Faro"
    assert brief(kept[1:], "speaker", "Which town?") == "Rui Alves"
    assert brief(kept, "yes_no", "Which town?") is None
    assert brief([said("None.", evidence(whole, "Faro"))], "fact", "Which town?") is None
    assert brief(kept, "fact", "What did Faro do?") == "Porto"
    assert brief(kept[1:], "fact", "What did Faro do?") is None


def test_what_is_of_the_sort_that_is_asked_for_goes_first() -> None:
    whole = article("The mayor said in May that Faro was out.")

    def holding(words: str, score: float) -> Evidence:
        start = whole.text.index(words)
        item = evidence(whole, "The mayor said in May that Faro was out.", score)
        return replace(item, answer=(start, start + len(words)))

    kept = [said("One.", holding("Faro", 0.8)), said("Two.", holding("May", 0.4))]
    assert brief(kept, "fact", "When did the mayor speak?") == "May"
    assert brief(kept, "fact", "Which town is out?") == "Faro"
    assert brief(kept[:1], "fact", "When did the mayor speak?") == "Faro"
