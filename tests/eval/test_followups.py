from __future__ import annotations

from dataclasses import replace

from eval.cases import Case, Gold
from eval.followups import answers, forms, judged, measure
from eval.judge import Place, covers
from rag.dateline import Dateline
from rag.types import Article, Candidate, Passage, Turn

TEXT = "He will not meet 3 envoys in Oslo on Friday, Dmitry Peskov said."
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


def test_each_way_to_put_a_follow_up_is_measured() -> None:
    history = (
        Turn(role="user", content="What did Peskov say about Cuba?"),
        Turn(role="assistant", content="That it matters."),
    )
    asked = Case(
        id="c", kind="chat follow-up", question="And about Iran?", history=history,
        standalone="What did Peskov say about Iran?", evidence=((Gold(article="a"),),),
    )  # fmt: skip
    assert forms(asked) == {
        "last turn": "And about Iran?",
        "all turns": "What did Peskov say about Cuba? And about Iran?",
        "rewritten": "What did Peskov say about Iran?",
        "by a person": "What did Peskov say about Iran?",
    }
    article = Article(
        id="a", version=1, title="T", title_from="derived", outlet=None, author=None,
        published_at=None, published_from="unknown", language=None, url=None, place=None,
        text=TEXT, text_hash="h", cluster_id="k", status="live",
    )  # fmt: skip
    passage = Passage(id="p", article_id="a", version=1, start=0, end=len(TEXT), text=TEXT)
    found = [Candidate(passage=passage, article=article, score=1.0)] * 2
    qrels, run = judged(asked, found)
    assert [(item.doc_id, item.relevance) for item in qrels] == [("rank-0", 1)]
    assert [item.doc_id for item in run] == ["rank-0", "rank-1"]
    quoted = replace(asked, evidence=((Gold(article="a", quote="not there"),),))
    assert [item.doc_id for item in judged(quoted, found)[0]] == ["missing-0"]


def test_finding_and_citing_the_evidence_are_told_apart(dateline: Dateline) -> None:
    asked = case("Witkoff and Kushner last met with Putin in December.")
    other = case("Kyiv is also seeking clarity from its allies on post-war security guarantees")
    found = measure(dateline, [asked, other])
    assert found["by a person"]["R@5"] == [1.0, 1.0]
    assert answers(dateline, [asked, other])["by a person"] == [1.0, 0.0]


def test_a_citation_of_the_evidence_is_told_from_others() -> None:
    mine = Place("a", 10, 60)
    assert covers(mine, (Place("a", 10, 40),))
    assert covers(mine, (Place("a", 0, 90),))
    assert covers(mine, (Place("b", 10, 60), Place("a", 35, 85)))
    assert not covers(mine, (Place("a", 36, 86),))
    assert not covers(mine, (Place("b", 10, 60),))
    assert not covers(mine, ())
