"""A true answer of the seeds has nothing wrong with it; each way to break it is told."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from eval.audit import checks
from eval.audit.checks import Kept, Look, complaints, letters, quotations, words
from eval.audit.review import library
from eval.suite import Suite
from rag.dateline import Dateline
from rag.types import Answer

Row = dict[str, Any]
DAY = datetime(2025, 3, 1, tzinfo=UTC)
LATER = datetime(2025, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def look(gold: Suite, dateline: Dateline) -> Look:
    return library(gold, dateline)


@pytest.fixture(scope="module")
def answered(gold: Suite, dateline: Dateline) -> list[Row]:
    adapter: TypeAdapter[Answer] = TypeAdapter(Answer)
    return [
        adapter.dump_python(dateline.ask(c.question, c.history, c.filters), mode="json")
        for c in gold.sample(24).cases
    ]


@pytest.fixture
def answer(answered: list[Row]) -> Row:
    """Give an answer that quotes somebody, as a copy to break."""
    fit = (
        row for row in answered if row["citations"] and cited(row)["speaker"]
        and len(said(row).partition("“")[2].partition("”")[0].split()) > 3
        and row["short_answer"] not in ("Yes", "No")
    )  # fmt: skip
    return copy.deepcopy(next(fit))


def codes(answer: Row, look: Look, as_of: datetime | None = None) -> set[str]:
    return {item.code for item in complaints(answer, look, as_of)}


def test_nothing_is_wrong_with_true_answers_and_refusals(answered: list[Row], look: Look) -> None:
    assert any(row["abstained"] for row in answered)
    assert sum(not row["abstained"] for row in answered) >= 5
    assert [found for row in answered if (found := complaints(row, look))] == []


def say(answer: Row, text: str) -> None:
    """Let the first sentence be another, in the text too."""
    first = answer["sentences"][0]
    answer["text"] = answer["text"].replace(first["text"], text, 1)
    first["text"] = text


def said(answer: Row) -> str:
    return str(answer["sentences"][0]["text"])


def cited(answer: Row) -> Row:
    found: Row = answer["citations"][0]
    return found


def test_a_quote_that_is_not_where_it_says_is_told(answer: Row, look: Look) -> None:
    cited(answer)["start"] += 1

    assert "offsets" in codes(answer, look)


def test_a_quote_that_nobody_handed_in_is_told(answer: Row, look: Look) -> None:
    real = look(cited(answer)["article_id"], None)
    altered = replace(real, given=real.given.replace(cited(answer)["quote"][:20], "Other words"))

    def changed(name: str, version: int | None) -> Kept:
        return altered if name == cited(answer)["article_id"] else look(name, version)

    assert codes(answer, changed) == {"not_in_source"}


@pytest.mark.parametrize(
    ("code", "broken"),
    [
        ("number_not_in_quote", lambda text: f"{text} It was the 17th time."),
        ("word_not_in_quote", lambda text: f"{text} Analysts were stunned."),
        ("insertion_not_in_article", lambda text: f"[Boris Johnson:] {text}"),
        ("quotation_not_verbatim", lambda text: text.replace("“", "“that the ", 1)),
    ],
)
def test_what_a_sentence_says_beyond_its_quotes_is_told(
    code: str, broken: Callable[[str], str], answer: Row, look: Look
) -> None:
    say(answer, broken(said(answer)))

    assert code in codes(answer, look)


def test_quotation_marks_around_words_in_another_order_are_told(answer: Row, look: Look) -> None:
    before, mark, rest = said(answer).partition("“")
    one, two, others = rest.split(" ", 2)
    say(answer, f"{before}{mark}{two} {one} {others}")

    assert codes(answer, look) == {"quotation_not_verbatim"}


def test_a_sentence_without_a_citation_is_told(answer: Row, look: Look) -> None:
    answer["sentences"].append({"text": said(answer), "citations": []})
    answer["text"] += f" {said(answer)}"

    assert "uncited_sentence" in codes(answer, look)


def test_numbers_that_do_not_exist_or_do_not_count_up_are_told(answer: Row, look: Look) -> None:
    dangling, turned = copy.deepcopy(answer), copy.deepcopy(answer)
    dangling["sentences"][0]["citations"] = [99]
    cited(turned)["number"] = 7

    assert {"no_such_citation", "text_differs"} <= codes(dangling, look)
    assert "numbering" in codes(turned, look)


def test_a_text_that_is_not_its_sentences_is_told(answer: Row, look: Look) -> None:
    answer["text"] += " So it is."

    assert codes(answer, look) == {"text_differs"}


def test_a_speaker_whom_the_article_does_not_know_is_told(answer: Row, look: Look) -> None:
    cited(answer)["speaker"] = "Boris Johnson"

    assert "speaker_not_in_article" in codes(answer, look)


def test_a_short_answer_from_elsewhere_is_told(answer: Row, look: Look) -> None:
    answer["short_answer"] = "forty-two"

    assert codes(answer, look) == {"short_answer_not_in_quote"}


def test_counting_more_sources_than_are_cited_is_told(answer: Row, look: Look) -> None:
    answer["sources"] += 1
    answer["conflicts"] = [{"type": "denied", "sides": [{"citations": [99], "sources": 1}]}]

    assert codes(answer, look) == {"sources", "conflict"}


def test_reprints_that_count_as_two_sources_are_told(answer: Row, look: Look) -> None:
    first = cited(answer)
    second = {**copy.deepcopy(first), "number": 2, "article_id": "reprint"}
    answer["citations"] = [first, second]
    answer["sentences"] = [{"text": said(answer), "citations": [1, 2]}]
    answer["text"], answer["sources"] = f"{said(answer)} [1] [2]", 2
    answer["conflicts"] = []
    original = look(first["article_id"], None)

    def twice(name: str, version: int | None) -> Kept:
        return replace(original, cluster="other") if name == "reprint" else look(name, version)

    assert codes(answer, twice) == {"reprints_counted_apart"}


def test_a_version_that_is_not_there_is_told(answer: Row, look: Look) -> None:
    cited(answer)["version"] = 9

    assert codes(answer, look) == {"no_such_version"}


def test_what_is_later_than_the_day_asked_for_is_told(answer: Row, look: Look) -> None:
    name = cited(answer)["article_id"]

    def dated(day: datetime | None) -> Look:
        return lambda name, version: replace(look(name, version), published_at=day)

    answer["as_of"] = DAY.isoformat()
    for citation in answer["citations"]:
        citation["published_at"] = LATER.isoformat()
    assert codes(answer, dated(LATER), DAY) == {"later_than_as_of"}
    assert "other_day" in codes(answer, dated(DAY), DAY)
    for citation in answer["citations"]:
        citation["published_at"] = DAY.isoformat()
    assert codes(answer, dated(DAY), DAY) == set()
    answer["as_of"] = None
    assert codes(answer, dated(DAY), DAY) == {"as_of_not_kept"}
    answer["as_of"] = DAY.isoformat()
    reprint = {"article_id": "late", "outlet": None, "published_at": None, "url": None}
    cited(answer)["also_in"] = [reprint]

    def late(article: str, version: int | None) -> Kept:
        day = LATER if article == "late" else DAY
        return replace(look(name if article == "late" else article, None), published_at=day)

    assert codes(answer, late, DAY) == {"later_than_as_of"}


def test_what_is_shown_beside_a_refusal_must_not_be_later_either(
    answered: list[Row], look: Look
) -> None:
    refusal = copy.deepcopy(next(row for row in answered if row["nearest"]))
    refusal["as_of"] = DAY.isoformat()

    assert "later_than_as_of" in codes(refusal, look, DAY)


def test_refusals_that_say_something_and_answers_that_do_not_are_told(
    answer: Row, look: Look
) -> None:
    refuses, empty, sure = (copy.deepcopy(answer) for _ in range(3))
    refuses["abstained"] = True
    empty["sentences"], empty["citations"], empty["text"] = [], [], ""
    sure["confidence"] = 1.2

    assert "form" in codes(refuses, look)
    assert "form" in codes(empty, look)
    assert codes(sure, look) == {"form"}


def test_a_denial_that_is_lost_is_told(answer: Row, look: Look) -> None:
    quote = "Peskov said that this is not true and denied the reports."
    text = look(cited(answer)["article_id"], None)

    def denied(name: str, version: int | None) -> Kept:
        return replace(text, text=quote, given=quote)

    citation = {**cited(answer), "quote": quote, "start": 0, "end": len(quote), "denied": True,
                "cue": "denied", "speaker": "Peskov", "quote_type": "indirect"}  # fmt: skip
    told = {**answer, "citations": [citation], "short_answer": None, "sources": 1, "conflicts": [],
            "sentences": [{"text": quote, "citations": [1]}], "text": f"{quote} [1]"}  # fmt: skip

    assert codes(told, denied) == set()
    say(told, "Peskov said that this is true.")
    assert codes(told, denied) == {"denial_left_out"}
    citation.update(quote=quote[:22], end=22, denied=True)
    say(told, quote[:22])
    assert "denied_without_denial" in codes(told, denied)


def test_marks_are_read_in_every_way_they_can_be() -> None:
    assert quotations("No marks.") == [[]]
    assert quotations("He said “yes” and “no”.") == [["yes", "no"]]
    assert quotations('He said "yes".') == [["yes"]]
    assert quotations('not "yes" but') == [["yes"], ["not ", " but"]]
    assert quotations("went on,” he said. “And") == [["went on,", "And"]]
    assert quotations("“One “two” three") == [["One ", "two"]]
    assert quotations('"Begins here') == [["Begins here"]]


def test_letters_and_words_are_compared_without_marks() -> None:
    assert letters("“Don’t — go!”") == "dontgo"
    assert words("Don’t pay $1,200.50.") == ["don't", "pay", "1,200.50"]


def test_the_checks_use_the_standard_library_alone() -> None:
    tree = ast.parse(Path(checks.__file__).read_text(encoding="utf-8"))
    names = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names]

    assert not [name for name in names if name and name.split(".")[0] in ("rag", "eval", "api")]
