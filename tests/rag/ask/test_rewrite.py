from __future__ import annotations

import pytest

from rag.ask.compose import ABSTENTION
from rag.ask.rewrite import MOST_TURNS, rewrite
from rag.types import Turn

FIRST = "Who will Witkoff meet in Moscow?"


def turns(*questions: str) -> list[Turn]:
    made = []
    for question in questions:
        made += [Turn(role="user", content=question), Turn(role="assistant", content="An answer.")]
    return made


def test_a_question_without_history_stays_as_it_is() -> None:
    query = rewrite("  Why\nnot? ", [])
    assert (query.question, query.text) == ("  Why\nnot? ", "Why not?")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("When?", "When will Witkoff meet in Moscow?"),
        ("And why not?", "Why will Witkoff not meet in Moscow?"),
        ("And who travels with him?", "Who travels with Witkoff?"),
        ("What is her name?", "What is Witkoff's name?"),
        ("What did it cost?", "What did the meeting of Witkoff cost?"),
        ("What is the reason?", "What is the reason, regarding the meeting of Witkoff?"),
        ("And in Kyiv?", "Who will Witkoff meet in Kyiv?"),
        ("How long was the meeting?", "How long was the meeting of Witkoff?"),
    ],
)  # fmt: skip
def test_a_follow_up_is_completed_with_the_last_question(question: str, text: str) -> None:
    assert rewrite(question, turns(FIRST)).text == text


TALK = "When were Putin and Trump due to talk on the phone?"
CALL = "Peskov confirmed that the call is scheduled for 5 pm."


@pytest.mark.parametrize(
    ("last", "answer", "question", "text"),
    [
        (TALK, CALL, "What's it supposed to be about?",
         "What's the call between Putin and Trump supposed to be about?"),
        (TALK, CALL, "What will they discuss?", "What will Putin and Trump discuss?"),
        (TALK, CALL, "How long did the one in March last?",
         "How long did the call in March last?"),
        ("When was the call between Putin and Trump?", "On Monday.", "I mean the previous one.",
         "When was the previous call between Putin and Trump?"),
        ("What does Moscow think of sanctions on Iran?", "They are illegal.",
         "And what about an attack on it?", "What does Moscow think of an attack on Iran?"),
        ("What did Peskov say about Cuba?", "That it matters.", "Venezuela?",
         "What did Peskov say about Venezuela?"),
        ("How long was Dmitriev in Washington?", "Two days.", "Who did he meet there?",
         "Who did Dmitriev meet in Washington?"),
        ("What was reported about Keith Kellogg?", "Peskov denied the reports.",
         "What were his words?", "What were Peskov's words?"),
        ("When did Witkoff meet Putin?", "In May.", "No, I meant Dmitriev.",
         "When did Witkoff meet Dmitriev?"),
        ("How long was the visit of Witkoff?", "An hour.",
         "I was asking about Dmitriev, not Witkoff.",
         "How long was the visit of Dmitriev?"),
        ("Who will come to Moscow?", "Steve Witkoff will come.", "Why is he coming?",
         "Why is Steve Witkoff coming?"),
        ("How many U.S. cities were picked to host the World Cup?", "11",
         "And which ones in Mexico?", "Which cities in Mexico were picked to host the World Cup?"),
        ("How many U.S. cities were picked to host the World Cup?", "11", "Which of them?",
         "Which U.S. cities were picked to host the World Cup?"),
        ("What did Peskov say about sanctions?", "They are illegal.", "when was that?",
         "When did Peskov speak about sanctions?"),
        ("When did Witkoff meet Putin?", "In May.", "And where was that?",
         "Where did Witkoff meet Putin?"),
        ("When will Witkoff meet Putin?", "On Thursday.", "What will they discuss?",
         "What will Witkoff and Putin discuss?"),
        ("Who coached the Bruins?", "Jim Montgomery", "And their captain?",
         "Who is the Bruins' captain?"),
        ("What would a strike on Iran do?", "It would destabilize the region.", "Who said that?",
         "Who said It would destabilize the region."),
        ("What did Putin tell Witkoff?", "A lot.", "Something else: is Kellogg out?",
         "Is Kellogg out?"),
        ("How much weight has Jasmine Martin lost with a compounded drug?", "80 pounds.",
         "What does it cost her?", "What does a compounded drug cost Jasmine Martin?"),
        ("Who was chosen to sing at Super Bowl LVIII?", "Usher", "What did he say about it?",
         "What did Usher say about Super Bowl LVIII?"),
        ("Who was Lula's running mate in Brazil?", "Geraldo Alckmin", "Why was he picked?",
         "Why was Geraldo Alckmin picked?"),
        ("For which song were BTS nominated at the 2021 Grammys?", "Dynamite",
         "Whose clothes did they wear?", "Whose clothes did BTS wear?"),
        ("Whom had Danelo Cavalcante been convicted of killing?", "Deborah Brandao.",
         "Where was he before they caught him?",
         "Where was Danelo Cavalcante before they caught him?"),
        ("How many members did the Academy have in 2012?", "5,765",
         "What share of them are women?", "What share of members are women?"),
        ("How many cities in Mexico were picked to host the tournament?", "three",
         "When did that country host it before?", "When did Mexico host the tournament before?"),
        ("Who wrote Louisiana's law on the Ten Commandments?", "Dodie Horton.",
         "What are its chances in court?", "What are Louisiana's law's chances in court?"),
        ("Where did Germany measure its record temperature in 2019?", "In Coschen.",
         "How many countries set June records in that heat wave?",
         "How many countries set June records in that heat wave?"),
        ("How much had egg prices gone up over the year by November 2021?", "8%",
         "And a month later?", "How much had egg prices gone up over the year a month later?"),
        ("Was a suspect arrested?", "Yes.", "When was he arrested?",
         "When was he arrested, regarding a suspect?"),
        ("Who was arrested?", "Unknown.", "When was he arrested?",
         "Who was arrested? When was he arrested?"),
        ("Who leaves?", "In May.", "Why does he leave?", "Who leaves? Why does he leave?"),
        ("How many cars did Ford and GM recall?", "5,000.", "Why did they recall them?",
         "Why did Ford and GM recall them?"),
        ("How many points did the Lakers score?", "110.", "Whom did they beat?",
         "Whom did the Lakers beat?"),
        ("How many seats did Labour win?", "412.", "Where were they?", "Where were seats?"),
        ("How many soldiers and how many civilians died?", "Two.", "Where were they killed?",
         "Where were soldiers killed?"),
        ("What happened on Monday?", "Talks.", "And Friday?", "What happened on Friday?"),
        ("What did Peskov say yesterday?", "No.", "And today?", "What did Peskov say today?"),
        ("What did Peskov say on Monday?", "No.", "And in May?", "What did Peskov say in May?"),
        ("What was said by May in 2019?", "No.", "And in 2018?",
         "What was said by May in 2018?"),
        ("Did Musk sell shares of Tesla?", "Yes.", "What is that company worth?",
         "What is Tesla worth?"),
        ("Did Zelensky meet Hamas?", "No.", "What does that group want?",
         "What does Hamas want?"),
        ("When did Alaska Air close on its purchase of Virgin America?", "In 2016.",
         "What became of that airline's planes?", "What became of Virgin America's planes?"),
        ("Why did Ann Smith cry?", "She lost.", "What did it cost her?",
         "Why did Ann Smith cry? What did it cost her?"),
        ("Did Ukraine agree to a peace deal?", "Mostly.", "What did it reject?",
         "What did Ukraine reject?"),
        ("Are talks with Iran under way?", "No.", "Why not?",
         "Why are talks with Iran not under way?"),
        ("Are sanctions on Iran legal in the Russian view?", "No.", "Why not?",
         "Why are sanctions on Iran not legal in the Russian view?"),
        ("Where is Witkoff flying from?", "Davos.", "And where to?", "Where is Witkoff flying to?"),
        ("Where is Witkoff flying from?", "Davos.", "Who with?", "Who is Witkoff flying with?"),
        ("When was Dmitriev in America?", "In May.", "How did that go?",
         "How did that go, regarding Dmitriev?"),
        ("Did Trump agree to the Anchorage formula?", "Yes.", "What does it include?",
         "What does the Anchorage formula include?"),
        ("When was the last Putin-Trump phone call?", "In May.", "Will they meet in person too?",
         "Will Putin and Trump meet in person too?"),
        ("What did Putin tell Witkoff?", "A lot.", "OK, different topic. Are tariffs due?",
         "Are tariffs due?"),
    ],
)  # fmt: skip
def test_what_a_follow_up_points_at_is_written_out(
    last: str, answer: str, question: str, text: str
) -> None:
    history = [Turn(role="user", content=last), Turn(role="assistant", content=answer)]
    assert rewrite(question, history).text == text


def test_a_follow_up_leans_on_the_last_turns_only() -> None:
    first = turns("Who will Witkoff meet?")
    filler = turns("Is that so?") * (MOST_TURNS // 2)
    assert rewrite("Why?", [*first, *filler]) == rewrite("Why?", filler)
    assert rewrite("Why?", [*first, *filler]) != rewrite("Why?", [*first, *filler[2:]])


def test_that_nothing_was_answered_is_no_answer() -> None:
    asked = [*turns("Are arms talks planned?"), *turns("Why not?")]
    asked[1] = Turn(role="assistant", content="Peskov said talks are to come.")
    asked[3] = Turn(role="assistant", content=ABSTENTION)
    assert rewrite("Who said so?", asked).text == "Who said Peskov said talks are to come."
    assert "articles" not in rewrite("When will they start?", asked).text
    assert not any(ABSTENTION in wording for wording in rewrite("And when?", asked).wordings)


@pytest.mark.parametrize("between", ["who said that?", "which article?", "When was it published?"])
def test_what_is_asked_about_an_answer_changes_no_subject(between: str) -> None:
    asked = [*turns("What did Peskov say about Cuba?"), *turns(between)]
    asked[1] = Turn(role="assistant", content="He said Russia values its ties with Cuba.")
    asked[3] = Turn(role="assistant", content="He [Peskov] said Russia values its ties with Cuba.")
    assert rewrite("and about Venezuela?", asked).text == "What did Peskov say about Venezuela?"


def test_who_wants_something_is_no_thing() -> None:
    asked = [*turns("Did Ukraine accept the deal?"), *turns("What's missing?")]
    assert rewrite("And what does it want from its partners?", asked).text == (
        "What does Ukraine want from its partners?"
    )


def test_how_many_goes_back_to_what_was_counted() -> None:
    asked = turns("How many stores are in Eugene in February 2025?", "Which one is closing?")
    assert rewrite("And how many in the whole state?", asked).text == (
        "How many stores are in the whole state in February 2025?"
    )


def test_it_is_no_person_but_what_was_spoken_of_before() -> None:
    asked = turns("Who voted against the Epstein Files Transparency Act?")
    asked += turns("What reason did Clay Higgins give?")
    assert rewrite("And how did it go through?", asked).text == (
        "How did the Epstein Files Transparency Act go through?"
    )


def test_a_bare_question_word_asks_the_last_question_anew() -> None:
    asked = turns("Will Putin and Trump speak on Monday?")
    assert rewrite("At what time?", asked).text == (
        "At what time will Putin and Trump speak on Monday?"
    )


def test_a_pronoun_means_who_was_asked_for_and_named() -> None:
    history = [
        Turn(role="user", content="Who coached the Bruins?"),
        Turn(role="assistant", content="The Bruins were led by coach Jim Montgomery."),
    ]
    text = rewrite("Why did he leave Boston?", history).text
    assert text == "Why did coach Jim Montgomery leave Boston?"


def test_a_pronoun_whose_name_stands_before_it_needs_nothing() -> None:
    question = "Did Trump say he would call Putin?"
    assert rewrite(question, turns(FIRST)).text == question


def test_follow_ups_go_back_to_the_question_they_lean_on() -> None:
    text = rewrite(
        "And is it settled?", turns("Old topic of tariffs on steel?", FIRST, "When?")
    ).text
    assert text == "Is the meeting of Witkoff settled?"


@pytest.mark.parametrize(
    "question", ["And about Cuba?", "What about Cuba?", "and what about Cuba?"]
)
def test_the_subject_of_a_question_is_exchanged(question: str) -> None:
    first = "What did Peskov say about the Anchorage formula?"
    assert rewrite(question, turns(first)).text == "What did Peskov say about Cuba?"
    assert rewrite(question, turns(FIRST)).text == "Who will Witkoff meet in Cuba?"
    plain = "what was agreed on tariffs?"
    assert rewrite(question, turns(plain)).text == "what was agreed on Cuba?"


def test_they_are_those_of_the_question_before_one_that_was_not_answered() -> None:
    history = [
        Turn(role="user", content="When will Witkoff meet Putin?"),
        Turn(role="assistant", content="On Thursday."),
        Turn(role="user", content="Who travels with him?"),
    ]
    assert rewrite("And what will they discuss?", history).text == (
        "What will Witkoff and Putin discuss?"
    )


@pytest.mark.parametrize(
    "question",
    [
        "Which other countries was the prince to visit on that trip?",
        "And what did the governor tell the parents of Ohio?",
    ],
)
def test_what_goes_on_from_the_last_question_is_searched_behind_it(question: str) -> None:
    last = "Who said that Prince Harry would visit South Africa?"
    history = [
        Turn(role="user", content=last),
        Turn(role="assistant", content="Nigel Casey"),
    ]
    query = rewrite(question, history)
    assert query.text == question
    assert query.wordings == (f"{last} {question}", f"Nigel Casey {question}")


def test_a_title_alone_is_nobodys_name() -> None:
    history = [
        Turn(role="user", content="Who drafted the law on schools?"),
        Turn(role="assistant", content="state Rep. Dodie Horton"),
    ]
    wordings = rewrite("What did she say about it?", history).wordings
    assert "What did Dodie Horton say" in wordings[0]


def test_a_new_subject_drops_the_old_one() -> None:
    question = "What did Russia say about US tariffs on Venezuela?"
    assert rewrite(question, turns(FIRST)).text == question


def test_when_nothing_stands_alone_everything_is_used() -> None:
    assert rewrite("Is it so?", turns("And him?")).text == "And him? Is it so?"
    assert rewrite("Why?", turns("Why?")).text == "Why? Why?"
