from __future__ import annotations

import pytest

from rag.ask.plain import plain


@pytest.mark.parametrize(
    ("request_", "question"),
    [
        (
            "Give me word for word what the mayor told the Gazette about the bridge.",
            "What the mayor told the Gazette about the bridge?",
        ),
        (
            "Pull the sentence where the minister rules out new taxes - word for word",
            "The minister rules out new taxes?",
        ),
        ("exact quote from the mayor re the bridge", "What did the mayor say about the bridge?"),
        (
            "Give me the exact words of Ann Lee about the harbour sale",
            "What did Ann Lee say about the harbour sale?",
        ),
        ("What were Lee's exact words on the sale?", "What did Lee say about the sale?"),
        ("Ann Lee quote on the harbour", "What did Ann Lee say about the harbour?"),
        (
            "give me the line from Ann Lee about the harbour",
            "What did Ann Lee say about the harbour?",
        ),
        ("Ann Lee's quotes on the harbour", "What did Ann Lee say about the harbour?"),
        (
            "The port spokesman's quotes on the harbour",
            "What did The port spokesman say about the harbour?",
        ),
        (
            "A US-China trade deal: what is in it?",
            "A trade deal between US and China: what is in it?",
        ),
        (
            "What did the mayor say would follow from a strike?",
            "What would follow from a strike, according to the mayor?",
        ),
        ("wat did lee say abt the bridge", "what did lee say about the bridge"),
        ("why isnt the bridge open lol", "why isn't the bridge open"),
        ("Is a Paris-Madrid call planned?", "Is a call between Paris and Madrid planned?"),
        (
            "What came of the Ruiz–Okafor peace talks?",
            "What came of the peace talks between Ruiz and Okafor?",
        ),
        ("What did the Jean-Luc campaign say?", "What did the Jean-Luc campaign say?"),
        (
            "In what words did the mayor reject the merger?",
            "How did the mayor reject the merger?",
        ),
        (
            "Which exact words did the coach use for the referee's decision?",
            "How did the coach describe the referee's decision?",
        ),
        (
            "I read that the bridge closes in May. Anything to it?",
            "The bridge closes in May?",
        ),
        (
            "rumor check: did the mayor sell the harbour?",
            "Did the mayor sell the harbour?",
        ),
        ("What's the latest on the harbour sale?", "The harbour sale?"),
        ("Give me the latest news about the harbour sale", "The harbour sale?"),
        (
            "How did she put it, in her own words, when the harbour was sold?",
            "How did she put it when the harbour was sold?",
        ),
    ],
)
def test_words_about_the_asking_go(request_: str, question: str) -> None:
    assert plain(request_) == question


@pytest.mark.parametrize(
    "question",
    [
        "When does the bridge close?",
        "Who said the mayor was right?",
        "What did the paper report about the quotes that were invented?",
        "Give me the exact words.",
        "Was the claim about the harbour true?",
        "I want quotes about the harbour",
        "List all quotes about tolls",
        "In which quotes about tolls did Lee lie?",
        "Stock quotes on Nasdaq fell, why?",
        "The line of control over Kashmir: what happened?",
        "The sentence of Sarkozy over the funding",
        "Is a Paris-Madrid-Rome call planned?",
        "What of the Rolls-Royce deal?",
        "When did the Mercedes-Benz talks end?",
        "Franco-German talks on tanks?",
        "What came of the Ocasio-Cortez meetings?",
    ],
)
def test_a_plain_question_stays_as_it_is(question: str) -> None:
    assert plain(question) == question
