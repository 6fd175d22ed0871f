from __future__ import annotations

import pytest

from rag.ask.attribute import attribute, denies, rejects_too
from rag.types import Attribution


def of(text: str, part: str) -> Attribution:
    start = text.index(part)
    return attribute(text, start, start + len(part))


@pytest.mark.parametrize(
    ("text", "speaker", "kind", "cue"),
    [
        ("Spokesman Dmitry Peskov said no call is due.", "Dmitry Peskov", "indirect", "said"),
        ("No call is due, spokesman Dmitry Peskov said.", "Dmitry Peskov", "indirect", "said"),
        ("“No call is planned,” said Dmitry Peskov.", "Dmitry Peskov", "direct", "said"),
        ('"No call is planned," Peskov told RBK.', "Peskov", "direct", "told"),
        ("According to Dmitry Peskov, none is due.", "Dmitry Peskov", "indirect", "According to"),
        ("Peskov described the planned call as “important.”", "Peskov", "mixed", "described"),
        ("Peskov also has repeatedly denied the reports.", "Peskov", "indirect", "denied"),
        ("The Kremlin confirmed it.", "Kremlin", "indirect", "confirmed"),
        ("Jane Doe, the bank's chief economist, said prices fell.", "Jane Doe", "indirect", "said"),
        ("Mr. Witkoff said so.", "Witkoff", "indirect", "said"),
        ("Putin and Trump met.", None, "narration", None),
        ("The US tariffs announced on Wednesday hit steel.", None, "narration", None),
    ],
)  # fmt: skip
def test_who_speaks(text: str, speaker: str | None, kind: str, cue: str | None) -> None:
    found = of(text, text)
    assert (found.speaker, found.quote_type, found.cue) == (speaker, kind, cue)


ARTICLE = (
    "Kremlin spokesman Dmitry Peskov said talks go on.\n"
    '"We talk every day," he added. "It is hard."\n'
    "The White House said it was “very soon.”\n"
    "The spokesman also dismissed media reports that Kellogg was out.\n"
    "Finally, Peskov addressed Iran, emphasizing that talks matter."
)


def test_a_pronoun_and_a_role_mean_the_last_person() -> None:
    assert of(ARTICLE, '"We talk every day," he added.').speaker == "Dmitry Peskov"
    denial = of(ARTICLE, "The spokesman also dismissed")
    assert (denial.speaker, denial.cue, denial.denied) == ("Dmitry Peskov", "dismissed", True)


def test_a_quotation_without_reporting_words_goes_on() -> None:
    found = of(ARTICLE, '"It is hard."')
    assert (found.speaker, found.quote_type, found.cue) == ("Dmitry Peskov", "direct", None)


def test_a_last_name_becomes_the_full_name() -> None:
    found = of(ARTICLE, "Finally, Peskov addressed Iran, emphasizing that talks matter.")
    assert (found.speaker, found.cue) == ("Dmitry Peskov", "emphasizing")


def test_a_place_outside_the_sentences_is_narration() -> None:
    assert attribute("One. ", 4, 5).quote_type == "narration"


MIXED = (
    "Kremlin spokesman Dmitry Peskov said talks go on.\n"
    "Peskov called them hard.\n"
    "Donald Trump said he hopes for a meeting.\n"
    "The White House said it was “very soon.”\n"
    "Russia values the mediation, he assured.\n"
    "The spokesperson also reminded that the West refused.\n"
    "NATO refused to talk.\n"
    '"Then an operation begins," he said.'
)


def test_where_it_is_not_plain_who_speaks_nobody_is_named() -> None:
    found = of(MIXED, "Russia values the mediation, he assured.")
    assert (found.speaker, found.quote_type, found.cue) == (None, "indirect", "assured")


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("In a survey 60% of adults disapprove of the port's decision to stay, 37% approve.", None),
        ("It was welcomed by critics since it was announced by Ann Lee in a speech.", None),
        ("Months ago, in prison, she was offered a ball, but declined to play, Lee said.", "Lee"),
    ],
)
def test_nobody_speaks_where_a_sentence_only_touches_on_what_is_said(
    sentence: str, speaker: str | None
) -> None:
    assert attribute(sentence, 0, len(sentence)).speaker == speaker


def test_a_role_means_the_one_who_was_introduced_with_it() -> None:
    assert of(MIXED, "The spokesperson also reminded").speaker == "Dmitry Peskov"


def test_the_one_who_speaks_most_is_meant_for_a_while() -> None:
    assert of(MIXED, '"Then an operation begins," he said.').speaker == "Dmitry Peskov"


@pytest.mark.parametrize(
    ("text", "speaker", "kind", "cue"),
    [
        ("“It is late,” Ana Ruiz said, noting that the ferry runs until noon.",
         "Ana Ruiz", "direct", "said"),
        ("Ana Ruiz branded it “a wing of the party” and demanded that it pay for the damage done.",
         "Ana Ruiz", "mixed", "branded"),
        ("“It is late,” Ana Ruiz told parliament, according to Reuters.",
         "Ana Ruiz", "direct", "told"),
    ],
)  # fmt: skip
def test_the_quoted_words_come_before_what_is_reported_beside_them(
    text: str, speaker: str, kind: str, cue: str
) -> None:
    found = of(text, text)
    assert (found.speaker, found.quote_type, found.cue) == (speaker, kind, cue)


def test_medium_and_day_are_told() -> None:
    found = of("“It is late,” Ana Ruiz told Bloomberg TV on Friday.", "It is late")
    assert (found.medium, found.when) == ("Bloomberg TV", "on Friday")


def test_the_one_whose_words_are_quoted_comes_before_whoever_passes_them_on() -> None:
    text = "Ana Ruiz said the fall is a “moment of great hope,” CBS reported."
    found = attribute(text, 0, len(text))
    assert (found.speaker, found.quote_type) == ("Ana Ruiz", "mixed")


REFUTED = "Peskov refuted media reports suggesting that Keith Kellogg was suspended from the talks."
DENIED = "Peskov denied reports that Putin would speak soon, saying no contacts are planned."


@pytest.mark.parametrize(
    ("words", "text", "told"),
    [
        ("Was Kellogg suspended?", REFUTED, True),
        ("Kellogg was suspended from the talks.", REFUTED, True),
        ("Did Peskov deny that Kellogg was suspended?", REFUTED, False),
        ("Are contacts planned?", DENIED, False),
        ("Was Kellogg suspended?", "Kellogg was suspended from the talks.", False),
    ],
)
def test_what_is_told_only_to_be_rejected_is_not_asserted(
    words: str, text: str, told: bool
) -> None:
    assert denies(words, text, 0, len(text)) == told


def test_whoever_asks_of_a_rejection_finds_it() -> None:
    assert rejects_too("Did he deny that Kellogg was suspended?", REFUTED, 0, len(REFUTED))
    assert not rejects_too("Did he deny that Putin resigned?", REFUTED, 0, len(REFUTED))
    assert not rejects_too("Was Kellogg suspended?", REFUTED, 0, len(REFUTED))
