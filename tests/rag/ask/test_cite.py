from __future__ import annotations

from rag.ask.cite import as_text, cite, conflicts
from rag.ask.conflict import Disagreement
from rag.types import Reprint
from tests.rag.ask.conftest import article, evidence, said

WHOLE = article("One is here. Two is there.", title="T", outlet="O")
ONE, TWO = evidence(WHOLE, "One is here."), evidence(WHOLE, "Two is there.")


def test_numbers_follow_reading_order_and_the_same_words_keep_theirs() -> None:
    sentences, citations = cite([said("b", TWO), said("a", ONE, TWO), said("c", ONE, ONE)], {})
    assert [item.citations for item in sentences] == [(1,), (2, 1), (2,)]
    assert [(item.number, item.quote) for item in citations] == [
        (1, "Two is there."),
        (2, "One is here."),
    ]
    assert as_text(sentences) == "b [1] a [2] [1] c [2]"


def test_a_citation_is_the_exact_place() -> None:
    _, (citation,) = cite([said("a", TWO, speaker="S", cue="said")], {})
    assert WHOLE.text[citation.start : citation.end] == citation.quote == "Two is there."
    assert (citation.speaker, citation.cue, citation.title) == ("S", "said", "T")


def test_reprints_are_named_without_the_article_itself() -> None:
    def reprint(name: str) -> Reprint:
        return Reprint(article_id=name, outlet=None, published_at=None, url=None)

    cluster = {WHOLE.cluster_id: (reprint("a"), reprint("b"), reprint("c"))}
    _, (citation,) = cite([said("a", ONE)], cluster)
    assert [item.article_id for item in citation.also_in] == ["b", "c"]


def test_a_disagreement_names_the_citations_of_its_sides() -> None:
    other = evidence(article("Three is gone.", id="b"), "Three is gone.")
    _, citations = cite([said("a", ONE), said("c", other)], {})
    against = Disagreement("denied", ((other,), (ONE,)))
    (found,) = conflicts([against], citations)
    assert found.type == "denied"
    assert [(side.citations, side.sources) for side in found.sides] == [((2,), 1), ((1,), 1)]
    assert conflicts([Disagreement("denied", ((other,), (TWO,)))], citations) == ()
