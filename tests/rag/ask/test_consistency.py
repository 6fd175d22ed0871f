from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rag.ask.consistency import check

PUBLISHED = datetime(2024, 3, 7, 12, tzinfo=UTC)  # a Thursday
ARTICLE = (
    "Mill in Porto closes. The owner, Ana Reis, said on Tuesday that about 40 people may lose "
    "their jobs. She denied that the mill had polluted the river. Sales rose by 7 percent to $16.8 "
    "million in 2019. The union did not support the plan. All workers will be paid for at least "
    "two weeks. Mayor Rui Alves spoke at the European Union's office in May."
)
JOBS = "The owner, Ana Reis, said on Tuesday that about 40 people may lose their jobs."
DENIAL = "She denied that the mill had polluted the river."
SALES = "Sales rose by 7 percent to $16.8 million in 2019."
UNION = "The union did not support the plan."
PAID = "All workers will be paid for at least two weeks."
MAYOR = "Mayor Rui Alves spoke at the European Union's office in May."


def verdict(claim: str, evidence: str) -> str | None:
    return check(claim, [evidence], context=[ARTICLE], published_at=PUBLISHED)


@pytest.mark.parametrize(
    "sentence", [JOBS, DENIAL, SALES, UNION, PAID, MAYOR, "Sales rose by 7 percent"]
)
def test_a_sentence_that_stands_in_the_evidence_breaks_no_rule(sentence: str) -> None:
    assert verdict(sentence, ARTICLE) is None


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Sales rose by seven percent to 16.8 million dollars in 2019.", SALES),
        ("In 2019 sales rose 7% to $16,800,000.", SALES),
        ("Sales were up 7 percent.", SALES),
        ("Ana Reis said that some 40 people may lose their jobs.", JOBS),
        ("On Tuesday the mill's owner said roughly 40 jobs were at risk.", JOBS),
        ("Ana Reis denied that the mill had polluted the river.", DENIAL),
        ("The union didn't support the plan.", UNION),
        ("The mayor spoke at the EU's office in May 2024.", MAYOR),
        ("All the workers will be paid for two weeks at least.", PAID),
        ("Rui Alves spoke in May at the European Union's office.", MAYOR),
        ("The mill's two owners spoke.", "The owners, Ana Reis and Jo Reis, spoke about it."),
        ("Some 41 people may go.", "About 40 people may lose their jobs."),
        ("More than 40 people work there.", "In all, 43 people work there."),
        ("She spoke on Thursday.", "She spoke at noon."),
        ("He spoke in March.", "He spoke at noon."),
        ("Russian troops left.", "Troops of Russia left."),
        ("", "Anything."),
    ],
)
def test_what_says_the_same_breaks_no_rule(claim: str, evidence: str) -> None:
    assert verdict(claim, evidence) is None


@pytest.mark.parametrize(
    ("claim", "evidence", "reason"),
    [
        ("Sales rose by 8 percent to $16.8 million in 2019.", SALES, "number_differs"),
        ("Sales rose by 7 percent to $16.8 billion in 2019.", SALES, "number_differs"),
        ("Sales rose by 7 percent to €16.8 million in 2019.", SALES, "unit_differs"),
        ("All workers will be paid for at least two months.", PAID, "unit_differs"),
        ("All workers will be paid for at least three weeks.", PAID, "number_differs"),
        ("All workers will be paid for at most two weeks.", PAID, "quantifier_differs"),
        ("Few workers will be paid for at least two weeks.", PAID, "opposite"),
        ("Sales rose by 7 percent to $16.8 million in 2012.", SALES, "date_differs"),
        ("The owner, Ana Reis, said on Friday that about 40 people may lose their jobs.", JOBS,
         "date_differs"),
        ("Mayor Rui Alves spoke at the European Union's office in August.", MAYOR, "date_differs"),
        ("Mayor Ana Reis spoke at the European Union's office in May.", MAYOR,
         "name_not_in_evidence"),
        ("Porto denied the spill in the river.", "Reis denied the spill in the river.",
         "name_not_in_evidence"),
        ("The owner, Tim Cook, spoke of job losses.", JOBS, "name_not_in_evidence"),
        ("Sales fell by 7 percent to $16.8 million in 2019.", SALES, "opposite"),
        ("The union did support the plan.", UNION, "negation_differs"),
        ("The union supported the plan.", UNION, "negation_differs"),
        ("Sales did not rise to $16.8 million in 2019.", "Sales did rise to $16.8 million in 2019.",
         "negation_differs"),
        ("The mill had polluted the river, she said.", DENIAL, "denial_as_assertion"),
        ("She denied that all workers will be paid for two weeks.", PAID, "denial_differs"),
        ("The owner, Ana Reis, said on Tuesday that about 40 people lose their jobs.", JOBS,
         "modality_differs"),
        ("The workers will all never be paid at least for two weeks.", PAID, "negation_differs"),
        ("All workers will only be paid for at least two weeks.", PAID, "quantifier_differs"),
    ],
)  # fmt: skip
def test_one_thing_changed_is_found_and_named(claim: str, evidence: str, reason: str) -> None:
    assert verdict(claim, evidence) == reason


def test_without_a_day_of_publication_no_day_follows_from_it() -> None:
    assert check("She spoke on Thursday.", ["She spoke at noon."]) == "date_differs"
    assert check("She spoke in 2024.", ["She spoke at noon."]) == "date_differs"


def test_hostile_texts_are_bounded() -> None:
    noise = "not 1,1,1.1 Ab-Ab'Ab of " * 4_000
    assert check("The union left.", [noise], context=[noise]) in (None, "name_not_in_evidence")
    check(noise, [noise[::-1]], context=[noise])
    check("\x00😀" * 9_000, ["😀" * 9_000])
