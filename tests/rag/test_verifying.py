from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from rag.ask import consistency
from rag.cli_verify import WHY
from rag.dateline import Dateline
from rag.errors import FilterError, QuestionError
from rag.types import Filters
from rag.verify_types import Given
from rag.verifying import MAX_CHARS, MAX_SENTENCES

ARTICLE = Given(
    id="ferry",
    title="Ferry to return",
    text="The Wexmoor ferry will run again on 3 May, harbour master Lena Brandt said on Monday. "
    "“We have repaired all 12 gates,” she said. She denied that the ferry would be sold. "
    "Tickets cost 4 euros, and children travel free.",
)


@pytest.mark.parametrize(
    ("claim", "verdict", "reason"),
    [
        ("The Wexmoor ferry will run again on 3 May.", "supported", None),
        ("Tickets cost 4 euros.", "supported", None),
        ("Tickets cost 9 euros, and children travel free.", "contradicted", "number_differs"),
        ("“We have repaired all 12 doors,” she said.", "contradicted", "quote_not_verbatim"),
        ("The Wexmoor ferry will not run again on 3 May.", "contradicted", "negation_differs"),
        ("A volcano erupted in Iceland.", "not_found", None),
        ("And so on.", "not_found", None),
    ],
)
def test_a_claim_against_an_article_given_with_it(
    dateline: Dateline, claim: str, verdict: str, reason: str | None
) -> None:
    (found,) = dateline.verify(claim, [ARTICLE]).sentences
    assert found.verdict == verdict
    if verdict != "not_found":
        assert found.reason == reason
    assert (found.start, found.end, found.text) == (0, len(claim), claim)
    for passage in found.passages:
        assert passage.article_id == "ferry"
        assert passage.version is None
        assert ARTICLE.text[passage.start : passage.end] == passage.text


def test_a_text_against_the_collection(dateline: Dateline) -> None:
    text = (
        "Russia was not included in the list of countries facing duties. "
        "The harbour of Wexmoor was closed by snow."
    )
    found = dateline.verify(text)
    first, second = found.sentences
    assert text[first.start : first.end] == first.text
    assert (first.verdict, second.verdict) == ("supported", "not_found")
    assert (found.supported, found.contradicted, found.not_found) == (1, 0, 1)
    assert found.models["judge"]
    decided = first.passages[0]
    article = dateline.article(decided.article_id, decided.version)
    assert article.text[decided.start : decided.end] == decided.text
    assert "list of countries" in decided.text
    assert decided.supported is not None
    assert decided.supported >= 0.5


def test_what_the_articles_only_deny_is_contradicted(dateline: Dateline) -> None:
    found = dateline.verify(
        "Witkoff will visit Russia during the May holidays. "
        "Peskov denied that Kellogg was suspended. "
        "Peskov dismissed reports that Witkoff planned to visit Russia in May."
    )
    assert [item.verdict for item in found.sentences] == ["contradicted", "supported", "supported"]
    assert found.sentences[0].reason == "denial_as_assertion"


def test_filters_leave_articles_out(dateline: Dateline) -> None:
    text = "Russia was not included in the list of countries facing duties."
    found = dateline.verify(text, filters=Filters(outlets=("No Such Paper",)))
    assert [(item.verdict, item.reason) for item in found.sentences] == [
        ("not_found", "no_passage")
    ]


@pytest.mark.parametrize(
    "text", ["", " ?! ", "x" * (MAX_CHARS + 1), "It is so. " * (MAX_SENTENCES + 1), "a \ud800"]
)
def test_what_cannot_be_checked(dateline: Dateline, text: str) -> None:
    with pytest.raises(QuestionError):
        dateline.verify(text)


def test_a_range_without_time_is_refused(dateline: Dateline) -> None:
    from rag.moments import bound

    backwards = Filters(after=bound("after", "2025-03-02"), before=bound("before", "2025-03-01"))
    with pytest.raises(FilterError):
        dateline.verify("It is so.", filters=backwards)


@pytest.mark.parametrize(
    ("claim", "verdict", "reason"),
    [
        ("Peskov said Putin supports a ceasefire.", "supported", None),
        ("Trump said he supports a ceasefire.", "not_found", "speaker_differs"),
        ("Peskov said sanctions against Iran are illegal.", "supported", None),
        ("Witkoff said all sanctions against Iran are illegal.", "not_found", "speaker_differs"),
        ("Witkoff described the meeting as very positive.", "supported", None),
        ("Trump described the meeting as very positive.", "not_found", "speaker_differs"),
        # The likeliest passage has Witkoff say so, another one has Peskov characterize it so.
        ("Peskov described the meeting with Witkoff as very positive.", "supported", None),
        ("The Kremlin spokesman said sanctions against Iran are illegal.", "supported", None),
    ],
)  # fmt: skip
def test_it_counts_who_says_it(
    dateline: Dateline, claim: str, verdict: str, reason: str | None
) -> None:
    (found,) = dateline.verify(claim).sentences
    assert (found.verdict, found.reason) == (verdict, reason)


def test_every_reason_is_explained() -> None:
    given = re.findall(r'"([a-z]+(?:_[a-z]+)+|opposite)"', inspect.getsource(consistency))
    codes = {code for code in given if code.endswith(("differs", "evidence", "assertion"))}
    assert codes | {"opposite", "speaker_differs", "quote_not_verbatim"} <= set(WHY)
    page = (Path(__file__).parents[2] / "docs" / "clients.md").read_text(encoding="utf-8")
    for code, meaning in WHY.items():
        assert f"| `{code}` | {meaning} |" in page


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("Russia was on the US tariff list.", "contradicted"),
        ("Peskov said Russia was on the list of countries facing duties.", "contradicted"),
        ("Contacts between Putin and Trump are planned in the coming days.", "contradicted"),
        ("Russia was not on the US tariff list.", "supported"),
        ("Kellogg was not suspended at the Kremlin's request.", "supported"),
        ("No contacts between Putin and Trump are scheduled.", "supported"),
        ("Russia was not included in the list of countries facing duties.", "supported"),
        ("Witkoff and Kushner last met with Putin in December.", "supported"),
        ("The West did not offer security guarantees.", "supported"),
        ("The West offered security guarantees.", "contradicted"),
        ("The West did not refuse to offer guarantees.", "contradicted"),
        ("Strategic stability and arms control have not been discussed.", "supported"),
    ],
)
def test_a_negation_that_is_lost_or_put_in_is_told_from_one_put_otherwise(
    dateline: Dateline, claim: str, verdict: str
) -> None:
    (sentence,) = dateline.verify(claim).sentences
    assert sentence.verdict == verdict
