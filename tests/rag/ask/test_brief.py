"""The few words that answer."""

from __future__ import annotations

from dataclasses import replace

from rag.ask.brief import bare
from rag.ask.brief import brief as unparsed
from rag.ask.kinds import Kind
from rag.attribution.parser import parse
from rag.types import DraftSentence, Evidence
from tests.rag.ask.conftest import article, evidence, said


def brief(kept: list[DraftSentence], kind: Kind, question: str) -> str | None:
    return unparsed(kept, kind, question, parse)


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


def test_who_somebody_is_stands_beside_the_name() -> None:
    whole = article("He left with Jared Kushner, Trump’s son-in-law. Ann told Bo so.")

    def holding(quote: str, words: str) -> Evidence:
        start = whole.text.index(words)
        return replace(evidence(whole, quote, 0.8), answer=(start, start + len(words)))

    first = said("One.", holding("He left with Jared Kushner, Trump’s son-in-law.", "Trump"))
    second = said("Two.", holding("Ann told Bo so.", "Bo"))
    assert brief([first], "fact", "Who is Jared Kushner?") == "Trump’s son-in-law"
    assert brief([second], "fact", "Who is Jared Kushner?") is None
    assert brief([second], "fact", "Who was told?") == "Bo"


def test_who_holds_a_role_is_whom_a_sentence_introduces_with_it() -> None:
    whole = article("Hunter Biden's attorney, Abbe Lowell, met David Weiss.")
    item = evidence(whole, whole.text, 0.8)
    start = whole.text.index("David Weiss")
    kept = [said("One.", replace(item, answer=(start, start + len("David Weiss"))))]
    assert brief(kept, "fact", "Who is Hunter Biden's attorney?") == "Abbe Lowell"
    assert brief(kept, "fact", "Who is the mayor?") == "David Weiss"


def test_who_is_nobody_whom_the_question_names() -> None:
    whole = article("Steven Witkoff came. He leaves alongside Jared Kushner.")

    def holding(quote: str, words: str, score: float) -> Evidence:
        start = whole.text.index(words)
        item = evidence(whole, quote, score)
        return replace(item, answer=(start, start + len(words)))

    first = holding("Steven Witkoff came.", "Steven Witkoff", 0.4)
    second = holding("He leaves alongside Jared Kushner.", "Jared Kushner", 0.3)
    kept = [said("One.", first), said("Two.", second)]
    assert brief(kept, "fact", "Who travels with Witkoff?") == "Jared Kushner"
    assert brief(kept, "fact", "With whom does Witkoff travel?") == "Jared Kushner"
    assert brief(kept, "fact", "Who came?") == "Steven Witkoff"


def test_what_is_to_be_compared_or_summed_up_has_no_answer_in_a_few_words() -> None:
    whole = article("The mayor called Porto large.")
    start = whole.text.index("large")
    kept = [said("One.", replace(evidence(whole, whole.text, 0.8), answer=(start, start + 5)))]
    assert brief(kept, "compare", "Compare what he called the towns.") is None
    assert brief(kept, "fact", "Summarize what he said.") is None
    assert brief(kept, "change", "How has his view of it changed?") is None
    assert brief(kept, "compare", "Is it larger than it was?") == "large"


def test_a_sentence_far_below_the_best_one_lends_no_short_answer() -> None:
    whole = article("Porto is out. Faro was told.")
    start = whole.text.index("Faro")
    far = replace(evidence(whole, "Faro was told.", 0.3), answer=(start, start + 4))
    assert (
        brief([said("1", evidence(whole, "Porto is out.", 0.8)), said("2", far)], "fact", "What?")
        is None
    )
    assert brief([said("2", far)], "fact", "What?") == "Faro"


def test_a_quotation_keeps_both_of_its_marks_or_none() -> None:
    text = (
        'They called it “useful” and “constructive.” He said: “No more, thanks.” It was a "must".'
    )

    def cut(words: str) -> str:
        start = text.index(words)
        return bare(text, start, start + len(words))

    assert cut("useful” and “constructive") == "“useful” and “constructive.”"
    assert cut("useful”") == "useful"
    assert cut("No more, ") == "No more"
    assert cut('a "must') == 'a "must"'
