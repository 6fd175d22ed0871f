from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rag.ask.recall import meant, restated, said_again, sentence, short, wanted
from rag.types import Citation

CITATION = Citation(
    number=1, article_id="a", version=1, passage_id="p", start=0, end=24,
    quote="He will travel on Monday", support=0.9, speaker="Dmitry Peskov",
    quote_type="indirect", cue=None, denied=False, title="A visit", title_from="metadata",
    outlet="The Gazette", published_at=datetime(2025, 3, 18, tzinfo=UTC), url=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "questions"),
    [
        ("speaker", ["who said that?", "And who said so?", "says who?", "Who is quoted?",
                     "Who told reporters that?", "who said [2]?", "whose words are those?"]),
        ("words", ["quote it exactly", "Can you quote that?", "what were his exact words?",
                   "Give me the exact quote", "What did he say exactly?", "word for word please"]),
        ("article", ["which article?", "what's your source?", "Sources?", "In which article is it?",
                     "where does that come from?", "Which outlet reported it?"]),
        ("day", ["When was that published?", "what is the date of the article?",
                 "how old is that article?"]),
    ],
)  # fmt: skip
def test_what_is_asked_about_the_last_answer(kind: str, questions: list[str]) -> None:
    for question in questions:
        assert wanted(question) == kind, question


@pytest.mark.parametrize(
    "question",
    ["When?", "Where was it?", "Who told him?", "Where did it happen?", "whose idea was it?",
     "Who said Putin would call?", "On what date?", "what were his words on the absurd bit?",
     "Which article of the treaty did Peskov say that Russia had broken when it left in May?"],
)  # fmt: skip
def test_other_questions_are_left_to_the_search(question: str) -> None:
    assert wanted(question) is None


def test_a_number_points_at_one_citation() -> None:
    several = [replace(CITATION, number=number) for number in (1, 2, 3)]
    assert [item.number for item in meant("who said that?", several)] == [1, 2, 3]
    assert [item.number for item in meant("who said [2]?", several)] == [2]
    assert [item.number for item in meant("quote the second one", several)] == [2]
    assert [item.number for item in meant("quote the last one", several)] == [3]
    assert meant("who said [7]?", several) == []


def test_the_words_of_the_citation_stand_in_what_is_said() -> None:
    told = {kind: sentence(kind, CITATION).text for kind in ("speaker", "words", "article", "day")}
    assert told == {
        "speaker": "[Dmitry Peskov:] He will travel on Monday",
        "words": "“He will travel on Monday”",
        "article": "A visit (The Gazette, 2025-03-18): “He will travel on Monday”",
        "day": "Published on 2025-03-18: “He will travel on Monday”",
    }
    assert short("speaker", CITATION) == "Dmitry Peskov"
    assert short("article", CITATION) == "A visit (The Gazette, 2025-03-18)"
    assert short("day", CITATION) == "2025-03-18"
    assert short("words", CITATION) == CITATION.quote


def test_what_nobody_says_is_said_so() -> None:
    bare = replace(CITATION, speaker=None, published_at=None, title_from="derived", outlet=None)
    assert sentence("speaker", bare).text.startswith("The article names no speaker: “")
    assert sentence("day", bare).text.startswith("Nobody says when this was published: “")
    assert sentence("article", bare).text.startswith("article a (undated): “")
    assert (short("speaker", bare), short("day", bare)) == (None, None)


def test_the_question_is_written_out() -> None:
    assert restated("speaker", [CITATION]) == "Who said: He will travel on Monday"
    long = replace(CITATION, quote="word " * 200)
    assert len(restated("words", [long])) < 400
    assert said_again("speaker", "He will travel.") == "Who said He will travel."
    assert said_again("words", "of the") is None
