from __future__ import annotations

from eval.cases import Case, Gold
from eval.followups import answers, forms, measure
from rag.dateline import Dateline
from rag.types import Turn

HISTORY = (
    Turn(role="user", content="When will Putin meet Witkoff?"),
    Turn(role="assistant", content="On Thursday."),
)


def case(quote: str) -> Case:
    return Case(
        id="one",
        kind="followup",
        question="And when did he last meet him?",
        standalone="When did Witkoff last meet with Putin?",
        history=HISTORY,
        evidence=((Gold(article="004_55e2c02903bf544b", quote=quote),),),
    )


def test_a_question_is_put_in_each_way() -> None:
    found = forms(case("Witkoff and Kushner last met with Putin in December."))
    assert list(found) == ["last turn", "all turns", "rewritten", "by a person"]
    assert found["all turns"] == f"{HISTORY[0].content} {found['last turn']}"


def test_finding_and_citing_the_evidence_are_told_apart(dateline: Dateline) -> None:
    asked = case("Witkoff and Kushner last met with Putin in December.")
    other = case("Kyiv is also seeking clarity from its allies on post-war security guarantees")
    found = measure(dateline, [asked, other])
    assert found["by a person"]["R@5"] == [1.0, 1.0]
    assert answers(dateline, [asked, other])["by a person"] == [1.0, 0.0]
