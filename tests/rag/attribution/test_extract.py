from __future__ import annotations

import pytest

from rag.attribution import Statement, covering, statements

HEAD = "Kremlin spokesman Dmitry Peskov met reporters in Moscow.\n"


def said(text: str) -> list[Statement]:
    found = statements(text)
    for item in found:
        for start, end in item.content:
            assert 0 <= start < end <= len(text)
        if item.speaker is not None and item.speaker_span is not None:
            assert text[slice(*item.speaker_span)].upper() == item.speaker.upper()
        if item.cue is not None and item.cue_span is not None:
            assert text[slice(*item.cue_span)] == item.cue
    return found


def words(text: str, item: Statement) -> list[str]:
    return [text[start:end] for start, end in item.content]


@pytest.mark.parametrize(
    ("text", "speaker", "cue", "content", "kind"),
    [
        ("“We won,” said Ana Ruiz.", "Ana Ruiz", "said", ["“We won,”"], "direct"),
        ('"We won," Ana Ruiz said.', "Ana Ruiz", "said", ['"We won,"'], "direct"),
        ("Ana Ruiz said the vote is on.", "Ana Ruiz", "said", ["the vote is on"], "indirect"),
        ("The vote is on, Ana Ruiz said.", "Ana Ruiz", "said", ["The vote is on"], "indirect"),
        (
            "The vote, Ana Ruiz said, is still on.",
            "Ana Ruiz", "said", ["The vote", "is still on"], "indirect",
        ),
        (
            "According to Ana Ruiz, the vote is on.",
            "Ana Ruiz", "According to", ["the vote is on"], "indirect",
        ),
        (
            "Ana Ruiz called the vote “a sham.”",
            "Ana Ruiz", "called", ["the vote “a sham.”"], "mixed",
        ),
        ("Trump: “We will win this war.”", "Trump", ":", ["“We will win this war.”"], "direct"),
        (
            "“We will never leave this place.” — Ana Ruiz",
            "Ana Ruiz", None, ["“We will never leave this place.”"], "direct",
        ),
        (
            "The vote was condemned by Ana Ruiz.",
            "Ana Ruiz", "condemned", ["The vote"], "indirect",
        ),
        (
            "Ana Ruiz was quoted as saying the vote is on.",
            "Ana Ruiz", "saying", ["the vote is on"], "indirect",
        ),
        (
            "Ana Ruiz is confident that the vote is on.",
            "Ana Ruiz", "confident", ["the vote is on"], "indirect",
        ),
    ],
)  # fmt: skip
def test_who_says_what(
    text: str, speaker: str, cue: str | None, content: list[str], kind: str
) -> None:
    item = next(found for found in said(text) if found.speaker == speaker and found.cue == cue)
    assert (words(text, item), item.quote_type) == (content, kind)


@pytest.mark.parametrize(
    ("text", "speaker", "cue", "content"),
    [
        ("“I left the house early,” Conway notes.", "Conway", "notes", "“I left the house early,”"),
        ("Ana Ruiz said it was early but added, “We will win.”", "Ana Ruiz", "added", "“We will"),
        ("Ana Ruiz sent a letter to voters saying all is on.", "Ana Ruiz", "saying", "all is on"),
        ("Bob Lee has a note from Ana Ruiz saying we won.", "Ana Ruiz", "saying", "we won"),
        ("Ana Ruiz left the plans, saying the vote is on.", "Ana Ruiz", "saying", "the vote is on"),
        ("As Ana Ruiz noted, the vote is on.", "Ana Ruiz", "noted", "the vote is on"),
        ("Bob Lee was accused by Ana Ruiz of fraud.", "Ana Ruiz", "accused", "Bob Lee"),
        ("The plan announced by Ana Ruiz failed.", "Ana Ruiz", "announced", "The plan"),
        ("Ana Ruiz voiced support for the plan.", "Ana Ruiz", "support", "for the plan"),
        ("Ana Ruiz’s claim that the vote is on is old.", "Ana Ruiz", "claim", "the vote is on"),
        ("Ana Ruiz spoke about the war.", "Ana Ruiz", "spoke", "about the war"),
        ("Cruz continued:\n\n“You look at what they ask.”", "Cruz", "continued", "“You look"),
        ("From the report: “It was the best sample.”", "the report", ":", "“It was the best"),
        ("A statement from Acme said nobody was hurt.", "Acme", "said", "nobody was hurt"),
        ("The ministry said so.", "The ministry", "said", "so"),
        ("''We don't think so at all,'' Ana Ruiz said.", "Ana Ruiz", "said", "''We don't think"),
        ("“We were all wrong,” Ruiz, 58, told the AFP.", "Ruiz", "told", "“We were all wrong,”"),
        (
            "Ana Ruiz said Monday in a news release that the schedule would be changed later.",
            "Ana Ruiz",
            "said",
            "the schedule would",
        ),
        ("Said Ana Ruiz, who was there, “We won.”", "Ana Ruiz", "Said", "“We won.”"),
        ("Gov. Ana Ruiz (R-OH), said, “We will win.”", "Ana Ruiz", "said", "“We will win.”"),
        ("‘We never believed it,’ said Ana Ruiz.", "Ana Ruiz", "said", "‘We never believed it,’"),
    ],
)
def test_each_way_to_report_finds_its_speaker(
    text: str, speaker: str, cue: str, content: str
) -> None:
    item = next(found for found in said(text) if found.cue == cue)
    assert item.speaker == speaker
    assert words(text, item)[0].startswith(content)


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("“We saw it all,” said Sgt. Mike Jones.", "Mike Jones"),
        ("“We saw it all,” Sgt. Jones said.", "Jones"),
        ("Lt. Col. Ann Wu said “we saw it all” to us.", "Ann Wu"),
        ("Det. Supt. Ray Fox, of Kent Police, said: “We saw it all.”", "Ray Fox"),
    ],
)
def test_a_rank_before_a_name_ends_no_sentence(text: str, speaker: str) -> None:
    assert [item.speaker for item in said(text)] == [speaker]


def test_an_age_means_the_person_and_a_kind_the_body_named_before() -> None:
    text = "Ana Ruiz met Bob Lee.\nThe 38-year-old singer said the vote is on."
    assert [item.speaker for item in said(text)] == ["Ana Ruiz"]


@pytest.mark.parametrize(
    "text",
    [
        "You could say the vote is on.",
        "Putin and Trump met in Riyadh.",
        "The so-called “experts” left early.",
        "His book “The Art of the Deal” sold well.",
        "Rain fell on the town.",
        "Meetings with Ana Ruiz revealed that the plan was dead.",
        "",
    ],
)
def test_narration_and_scare_quotes_are_no_statements(text: str) -> None:
    assert said(text) == []


def test_a_split_quotation_is_one_statement() -> None:
    text = "“We are ready,” Ana Ruiz said. “We have been ready for weeks. Ask anybody.”"
    (item,) = said(text)
    assert words(text, item) == [
        "“We are ready,”",
        "“We have been ready for weeks. Ask anybody.”",
    ]
    assert (item.speaker, item.quote_type) == ("Ana Ruiz", "direct")


def test_a_quotation_over_several_paragraphs_has_one_speaker() -> None:
    text = (
        "“The first thing is this,” Ana Ruiz said. “We go on.\n\n"
        "“The second thing is that we never stop.\n\n“And that is all there is.”"
    )
    (item,) = said(text)
    assert item.speaker == "Ana Ruiz"
    assert words(text, item)[-1] == "“And that is all there is.”"
    assert len(item.content) == 4


def test_a_quotation_within_a_quotation_belongs_to_the_outer_speaker() -> None:
    text = "“He told me ‘never again’ and left,” Ana Ruiz said."
    assert [(item.speaker, item.cue) for item in said(text)] == [("Ana Ruiz", "said")]


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("He said the call is off.", "Dmitry Peskov"),
        ("The spokesman said the call is off.", "Dmitry Peskov"),
        ("“The call is off,” he said.", "Dmitry Peskov"),
        ("She said the call is off.", None),
        ("They said the call is off.", None),
        ("Peskov said he knows nothing.", "Dmitry Peskov"),
        ("Maria Zakharova, who said the call is off, left.", "Maria Zakharova"),
    ],
)
def test_pronouns_roles_and_last_names_mean_the_person_named_before(
    sentence: str, speaker: str | None
) -> None:
    text = HEAD + sentence
    item = next(item for item in said(text) if item.cue == "said")
    assert item.speaker == speaker
    assert item.mention is not None
    assert item.mention[0] >= len(HEAD)


def test_a_body_is_meant_by_its_kind() -> None:
    text = "Acme announced a recall on Monday.\nThe company said nobody was hurt."
    assert [item.speaker for item in said(text)] == ["Acme", "Acme"]


def test_two_speakers_of_one_sentence_keep_their_own_words() -> None:
    text = "Ana Ruiz said the vote is on, but Bob Lee said it is off."
    assert [(item.speaker, words(text, item)) for item in said(text)] == [
        ("Ana Ruiz", ["the vote is on"]),
        ("Bob Lee", ["it is off"]),
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Peskov denied that the call is due.",
        "Peskov dismissed reports that the call is due.",
        "Peskov also refuted media reports suggesting the call is due.",
        "Peskov rejected the claim that the call is due.",
        "“It is absurd to think that the call is due,” Peskov said.",
    ],
)
def test_a_denied_claim_is_never_asserted(sentence: str) -> None:
    text = HEAD + sentence
    at = text.index("the call is due")
    for item in said(text):
        covers = any(start <= at < end for start, end in item.content)
        if covers and item.spoken:
            whole = " ".join(words(text, item))
            assert item.denied or item.hedged or "absurd" in whole, item


@pytest.mark.parametrize(
    ("sentence", "negated", "hedged"),
    [
        ("Peskov said the call is due.", False, False),
        ("Peskov did not say the call is due.", True, False),
        ("Peskov declined to say when the call is due.", True, False),
        ("Peskov may say the call is due.", False, True),
        ("Peskov reportedly said the call is due.", False, True),
        ("Peskov is said to know the call is due.", False, True),
    ],
)
def test_what_was_not_said_or_only_perhaps_is_marked(
    sentence: str, negated: bool, hedged: bool
) -> None:
    item = said(HEAD + sentence)[0]
    assert (item.negated, item.hedged) == (negated, hedged)
    assert item.asserted is not (negated or hedged)


def test_what_follows_a_denial_is_said_in_its_own_right() -> None:
    text = "Peskov dismissed the reports. “There is no call planned at all.”"
    first, second = said(text)
    assert (first.denied, second.denied) == (True, False)
    assert (second.speaker, second.cue, second.quote_type) == ("Peskov", None, "direct")


def test_what_is_said_in_a_statement_is_no_part_of_its_name() -> None:
    item = said("Ana Ruiz said in a news release that the schedule would be changed later.")[0]
    assert (item.speaker, item.medium) == ("Ana Ruiz", "a news release")


def test_the_medium_and_the_day_are_kept_as_written() -> None:
    item = said("Ana Ruiz told Bloomberg TV on Friday that the vote is on.")[0]
    assert (item.medium, item.when) == ("Bloomberg TV", "on Friday")


def test_a_transcript_gives_each_paragraph_to_its_label() -> None:
    text = (
        "Ana Ruiz spoke to Bob Lee.\n\nLEE: Is the vote on?\n\nRUIZ: Yes, the vote is on.\n\n"
        "LEE: And you said so?\n\nRUIZ: Many times."
    )
    found = [item for item in said(text) if item.quote_type == "direct"]
    assert [item.speaker for item in found] == ["Bob Lee", "Ana Ruiz", "Bob Lee", "Ana Ruiz"]
    assert words(text, found[1]) == ["Yes, the vote is on."]


def test_offsets_count_code_points() -> None:
    text = "😀 and 𝄞.\n“Très bien, mes amis,” said Ana Ruiz."
    (item,) = said(text)
    assert words(text, item) == ["“Très bien, mes amis,”"]


def test_another_language_gives_no_statements() -> None:
    assert statements("Ana Ruiz said the vote is on.", "de") == []
    assert statements("Ana Ruiz said the vote is on.", "en-GB") != []


def test_words_come_before_thoughts_where_both_cover_a_stretch() -> None:
    text = "Ana Ruiz said Bob Lee hopes for rain."
    found = said(text)
    at = text.index("for rain")
    best = covering(found, at, at + len("for rain"))
    assert best is not None
    assert best.cue == "said"
    assert covering(found, 0, 3) is None


@pytest.mark.parametrize(
    ("text", "part", "speaker"),
    [
        ("“It is late,” said the woman, who like others would not be named.", "late", "the woman"),
        ("“It is late,” said retired doctor Ana Ruiz, asked about it.", "late", "Ana Ruiz"),
        ("Ana Ruiz (R-OH), said, “It is late.”", "late", "Ana Ruiz"),
        ("He came. “I can’t say,” Ana Ruiz said, adding that he didn’t.", "he didn", "Ana Ruiz"),
        ("Polls agree - Ana Ruiz: “One lesson was a simple one.”", "lesson", "Ana Ruiz"),
        ("In the words of one woman, Ana Ruiz: “It was simple.”", "simple", "Ana Ruiz"),
        ("Ana Ruiz fired back forcefully: “If they sue us they lose.”", "sue", "Ana Ruiz"),
        ("“It is late,” said Ana Ruiz, who left. “Are they blind?”", "blind", "Ana Ruiz"),
        ("Ana Ruiz, an economist and a figure who vowed to act, came.", "act", "Ana Ruiz"),
        ("An official met Ana Ruiz.\n“It is late,” the official said.", "late", "the official"),
    ],
)  # fmt: skip
def test_hard_sentences_find_their_speaker(text: str, part: str, speaker: str) -> None:
    at = text.index(part)
    found = covering(statements(text), at, at + len(part))
    assert found is not None
    assert found.speaker == speaker


def test_a_role_is_the_main_speakers_before_it_is_somebody_elses() -> None:
    text = (
        "President Donald Trump said it was late. “It is,” Donald Trump said. “Very late,” "
        "Donald Trump added. He met Russian President Vladimir Putin.\nThe president said no."
    )
    assert statements(text)[-1].speaker == "Donald Trump"


def test_an_example_is_no_speaker_and_a_death_says_nothing() -> None:
    text = "For example: “It was a mistake.”\nProtests were prompted by the death of a woman.\n"
    assert {item.speaker for item in statements(text)} <= {None}


@pytest.mark.parametrize(
    ("text", "speaker", "kind"),
    [
        # A quoted sentence in small letters, behind a colon or a reporting word.
        ("Ana Ruiz said in a tweet: “we do not have the money for it.”", "Ana Ruiz", "direct"),
        (
            "Ana Ruiz blamed the plan but added, “we think it is feasible to mend it.”",
            "Ana Ruiz", "direct",
        ),
        # A mark of one kind, closed by another.
        (
            "\"It is late,' said Ana Ruiz, who lives here. \"But we go on.\"", "Ana Ruiz", "direct",
        ),
        # Brackets behind a name.
        (
            "Everybody talks, even stars like Ana Ruiz (“I don’t like it,” she said in August).",
            "Ana Ruiz", "direct",
        ),
        # Words that describe the speaker are not quoted.
        (
            "“We look forward to the games until 2031,” the arena’s owner, Ana Ruiz said.",
            "Ana Ruiz", "direct",
        ),
        (
            "“There could be more than a million of them,” lawyers for Ruiz wrote.",
            "lawyers for Ruiz", "direct",
        ),
    ],
)  # fmt: skip
def test_quotations_as_newspapers_set_them(text: str, speaker: str, kind: str) -> None:
    found = [item for item in said(text) if "“" in text[slice(*item.content[-1])]]
    found = found or said(text)
    assert (found[0].speaker, found[0].types[-1]) == (speaker, kind)


def test_of_two_with_one_name_the_one_who_spoke_last_is_meant() -> None:
    text = (
        "Eva Ruiz came. Eva Ruiz was seen with her dog.\n"
        "On Monday, Ana Ruiz said that the team was ready.\n“We will win,” Ruiz said."
    )
    assert [item.speaker for item in said(text)] == ["Ana Ruiz", "Ana Ruiz"]


def test_a_pronoun_means_whom_the_sentence_is_about() -> None:
    text = (
        "Susan Montgomery was elected to the council.\n"
        "She is the first woman there since Mary Polson stepped down in 2011.\n"
        "“I am very glad,” she told the paper."
    )
    assert said(text)[-1].speaker == "Susan Montgomery"


def test_a_country_holds_no_office() -> None:
    text = "He was awarded two medals by King Gustav of Sweden, and the king said, “You are great.”"
    assert said(text)[-1].speaker != "Sweden"


def test_a_former_office_is_not_given_to_whoever_was_named_last() -> None:
    text = (
        "President Donald Trump may answer his opponent.\n"
        "The former vice president told reporters that there is no debate."
    )
    assert said(text)[-1].speaker == "The former vice president"
    named = f"Former Vice President Joe Biden spoke on Monday.\n{text}"
    assert said(named)[-1].speaker == "Joe Biden"


def test_a_broadcaster_is_no_person() -> None:
    text = (
        "Pita Limjaroenrat spoke on Monday. He wants to win, said Al Jazeera.\n"
        "“I think Thailand has changed,” he said."
    )
    assert said(text)[-1].speaker != "Al Jazeera"


@pytest.mark.parametrize(
    "text",
    [
        "Hundreds of Marines began guarding the building.",
        "Ana Ruiz called in troops.",
        "The firm recalled some chocolate products.",
        "A win in the first race highlighted four starts.",
        "Ana Ruiz told reporters.",
        "The agency may deny asylum.",
    ],
)
def test_what_is_done_is_not_said(text: str) -> None:
    assert not said(text)


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("A lower court judge dismissed the lawsuit.", False),
        ("Ana Ruiz rejected the offer.", False),
        ("Ana Ruiz dismissed the reports.", True),
        ("Ana Ruiz rejected the idea that the vote was late.", True),
        ("Ana Ruiz denied wrongdoing.", True),
    ],
)
def test_only_what_is_claimed_can_be_denied(text: str, denied: bool) -> None:
    assert any(item.denied for item in said(text)) == denied


@pytest.mark.parametrize("who", ["Many", "Some", "Others", "Few"])
def test_a_number_of_people_is_nobody_in_particular(who: str) -> None:
    assert [item.speaker for item in said(f"{who} say that the vote was late.")] == [None]


def test_which_stands_for_what_it_follows() -> None:
    text = "The test, which Iran denied, was seen."
    denied = [item for item in said(text) if item.denied]
    assert [words(text, item) for item in denied] == [["The test"]]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("MEXICO CITY — Mexican President Ana Ruiz urged the agency to wait.", "Ana Ruiz"),
        ("DOVER, July 19 (UPI) -- Mayor Ana Ruiz said it was late.", "Ana Ruiz"),
        (
            "The Department of Homeland Security said it was late.",
            "Department of Homeland Security",
        ),
        ("The Food and Drug Administration said it was late.", "Food and Drug Administration"),
        ("McDonald's said the offer was late.", "McDonald's"),
        ("AT&T said the offer was late.", "AT&T"),
        ("Lakes Office of Water and Land Director Ana Ruiz said it was late.", "Ana Ruiz"),
        ("It quoted Ana Ruiz as saying: “We were late again.”", "Ana Ruiz"),
        ("One of her advisers, Ana Ruiz, told reporters that it was late.", "Ana Ruiz"),
        ("Ana Ruiz criticized it after new numbers were released and called for help.", "Ana Ruiz"),
        ("“I think it was late,” Ana Ruiz said. Recently Holm left.", "Ana Ruiz"),
    ],
)
def test_speakers_have_their_whole_names(text: str, speaker: str) -> None:
    assert {item.speaker for item in said(text)} == {speaker}


def test_whoever_holds_an_office_is_meant_by_he() -> None:
    text = (
        "President Ana Holm met Ronald Reyes, whom she knows.\nBut the president has raised her "
        "fears about it. In an interview, she said: “I could be late.”"
    )
    assert said(text)[-1].speaker == "Ana Holm"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The agency said “this violence must stop now.”", "direct"),
        ("The agency said the “violence must stop now.”", "mixed"),
        ("However, “we will certainly go on,” Ana Ruiz said.", "direct"),
        ("“Oh yes, you will see it happen,’’ Ana Ruiz said.", "direct"),
        ('“We can do it and we won’t stop, " Ana Ruiz said.', "direct"),
    ],
)
def test_a_quoted_clause_is_direct(text: str, kind: str) -> None:
    assert [item.quote_type for item in said(text)] == [kind]


def test_a_poll_tells_what_it_found() -> None:
    text = "In March, Ruiz had 38 percent support in a Dover poll."
    assert [(item.speaker, item.spoken) for item in said(text)] == [("a Dover poll", False)]


def test_a_second_clause_belongs_to_what_is_told() -> None:
    text = (
        "On Thursday night, Ana Ruiz told the audience at her fundraiser for veterans that she had "
        "many talks but that nothing could change her mind."
    )
    assert words(text, said(text)[0]) == ["she had many talks", "nothing could change her mind"]
