"""Every adapter on the real files, where they are there."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from eval.adapters import SUITES, load_suite
from eval.adapters.newsroom import ANNOTATIONS
from eval.errors import CaseError, DataMissing, SuiteUnknown
from eval.locate import locate
from eval.suite import Suite, source_id
from rag.errors import DatelineError

SIZES = {
    "gold": 166, "gold-plain": 74, "gold-chats": 71, "newsdesk": 6235, "newsdesk-stories": 589,
    "newsdesk-claims": 2415,
    "realtimeqa": 461, "realtimeqa-matched": 461, "multihop_rag": 246, "clapnq": 301,
    "squad2": 5020, "ramdocs": 426, "rgb": 120, "mtrag_un": 240, "qags": 453, "wice": 349,
    "newsdesk-statements": 805,
}  # fmt: skip
TASKS = {
    "newsdesk-claims": "verify", "qags": "verify", "wice": "verify", "polnear": "attribute",
    "polnear-train": "attribute", "newsdesk-statements": "attribute", "newsroom-claims": "verify",
}  # fmt: skip


@pytest.mark.parametrize("name", SUITES)
def test_a_set_is_read_whole_and_its_evidence_is_in_its_articles(name: str, data: Path) -> None:
    suite = load_suite(name, data)
    texts = {source_id(item): item.text for item in suite.articles}

    assert len(suite.cases) == SIZES.get(name, len(suite.cases)) > 0
    assert len({case.id for case in suite.cases}) == len(suite.cases)
    assert len(texts) == len(suite.articles)
    assert all(case.articles - {case.origin} <= set(texts) for case in suite.cases)
    assert _located(suite.sample(60), texts) >= 0.98
    assert suite.task == TASKS.get(name, "ask")
    assert all((case.claim is not None) == (suite.task == "verify") for case in suite.cases)
    assert all((case.spoken is not None) == (suite.task == "attribute") for case in suite.cases)


def test_every_annotation_of_our_own_is_a_question_a_claim_or_a_story(data: Path) -> None:
    asked = (ANNOTATIONS / "newsroom.jsonl").read_text("utf-8").splitlines()
    told = (ANNOTATIONS / "newsroom_stories.jsonl").read_text("utf-8").splitlines()
    claims = [line for line in asked if '"kind": "claim"' in line]

    assert len(load_suite("newsroom-claims", data).cases) == len(claims) > 0
    assert len(load_suite("newsroom", data).cases) == len(asked) - len(claims) > 0
    assert len(load_suite("newsroom-stories", data).cases) == len(told) > 0


def test_twins_ask_the_same_of_an_article_with_and_without_the_answer(data: Path) -> None:
    suite = load_suite("newsdesk-twins", data)
    texts = {source_id(item): item.text for item in suite.articles}
    case, twin = suite.cases[:2]

    assert case.question == twin.question
    assert (case.answerable, twin.answerable) == (True, False)
    assert case.evidence[0][0].quote in texts[case.within[0]]
    assert case.evidence[0][0].quote not in texts[twin.within[0]]
    assert len({item.id for item in suite.sample(10).articles}) <= 10


def test_quizzes_are_asked_on_their_day_and_headline_figures_are_of_linked_ones(data: Path) -> None:
    suite = load_suite("realtimeqa", data)

    assert all(case.as_of is not None for case in suite.cases)
    assert {case.kind for case in suite.cases if case.evidence} == {"linked"}
    assert sum(bool(case.evidence) for case in suite.cases) == 122


def test_a_chat_carries_what_was_said_before(data: Path) -> None:
    cases = [c for c in load_suite("newsdesk-stories", data).cases if c.kind == "chat follow-up"]

    assert all(case.history and case.standalone for case in cases)
    assert {len(case.history) for case in cases} == {2, 4}


def test_the_part_of_the_stories_that_nothing_was_trained_on_is_whole_stories(data: Path) -> None:
    for name, stories, cases in (("newsdesk-stories", 15, 158), ("newsroom-stories", 43, 710)):
        kept = load_suite(name, data).held_out().cases
        assert (len({case.origin for case in kept}), len(kept)) == (stories, cases)
    assert {case.kind for case in load_suite("newsdesk-stories", data).held_out().cases} == {
        "several", "compare", "change", "as_of", "chat", "chat follow-up", "unanswerable"
    }  # fmt: skip


def test_the_spellings_of_an_answer_are_all_accepted(data: Path) -> None:
    answers = {case.id: case.answers for case in load_suite("rgb", data).cases}

    assert {type(one) for each in answers.values() for one in each} == {str}
    assert {"29 July 2021", "July 29, 2021"} <= set(answers["rgbfact-q-92"])


def test_only_documents_with_several_answers_disagree_and_every_right_one_is_wanted(
    data: Path,
) -> None:
    cases = {case.id: case for case in load_suite("ramdocs", data).cases}
    several, agreed = cases["ramdocs-q-4"], cases["ramdocs-q-4-agreed"]

    assert (several.conflict, several.must) == ("disagreement_between_sources", (("1856",),))
    assert (agreed.conflict, agreed.within) == ("none", ("ramdocs-4-0", "ramdocs-4-2"))
    assert cases["ramdocs-q-3"].conflict == "none"
    assert cases["ramdocs-q-103"].must == (("Harold Land",), ("Barbra Streisand",))
    assert cases["ramdocs-q-107"].must == (("Australia",),)
    rgb = load_suite("rgb", data).cases
    assert sum(case.conflict == "none" for case in rgb) == len(rgb) / 2
    assert all(len(case.must) == 1 for case in rgb)


def test_our_annotations_become_questions_with_answers_out_of_their_evidence(data: Path) -> None:
    suite = load_suite("newsroom", data)
    told = load_suite("newsroom-stories", data)

    assert suite.articles_hash == told.articles_hash
    assert {case.kind for case in suite.cases} == {
        "fact", "speaker", "denial", "yesno", "near_miss"
    }  # fmt: skip
    assert {c.polarity for c in suite.cases if c.kind == "yesno"} == {"yes", "no"}
    for case in suite.cases:
        assert case.answerable == (case.kind != "near_miss") == bool(case.evidence)
        if case.answerable and case.kind != "yesno":
            assert any(case.answers[0] in gold.quote for group in case.evidence for gold in group)
    assert {case.kind for case in told.cases if not case.evidence} == {"unanswerable"}


def test_an_annotated_article_that_is_not_there_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "news26k").mkdir()
    (tmp_path / "news26k" / "articles.jsonl.gz").write_bytes(gzip.compress(b""))

    with pytest.raises(CaseError, match="has no article rtqa-"):
        load_suite("newsroom", tmp_path)


def test_only_some_rewrites_have_their_passages_and_the_rest_is_counted(data: Path) -> None:
    suite = load_suite("mtrag_rewrites", data)

    assert len(suite.cases) == 26
    assert suite.notes[0].startswith("336 turns are left out")


def test_claims_carry_their_labels_and_only_whole_support_counts(data: Path) -> None:
    labels = {
        name: {(c.claim.label, c.claim.supported) for c in load_suite(name, data).cases if c.claim}
        for name in ("newsdesk-claims", "newsroom-claims", "qags", "wice")
    }

    assert labels["newsdesk-claims"] == labels["newsroom-claims"] == {
        ("supported", True), ("contradicted", False), ("not_stated", False)
    }  # fmt: skip
    assert labels["qags"] == {("supported", True), ("not_supported", False)}
    assert labels["wice"] == {
        ("supported", True), ("partially_supported", False), ("not_supported", False)
    }  # fmt: skip
    assert {case.kind for case in load_suite("qags", data).cases} == {"cnndm", "xsum"}


def test_attributions_are_asked_by_their_place_in_the_text(data: Path) -> None:
    suite = load_suite("polnear", data)
    texts = {source_id(item): item.text for item in suite.articles}

    assert {case.kind for case in suite.cases} == {"direct", "mixed", "indirect", "whole article"}
    for case in suite.cases:
        assert case.spoken is not None
        text = texts[case.within[0]]
        if case.spoken.asked:
            assert text[slice(*case.spoken.source[0])] in (case.speaker or "")
            assert text[slice(*case.spoken.content[0])] in case.question
        else:
            assert case.spoken.statements
    named_by = [case.spoken.named_by for case in suite.cases if case.spoken]
    assert {"name", "pronoun", "description"} <= set(named_by)


def test_statements_are_asked_by_the_sentence_they_stand_in(data: Path) -> None:
    suite = load_suite("newsdesk-statements", data)
    texts = {source_id(item): item.text for item in suite.articles}

    for case in suite.sample(50).cases:
        assert case.spoken is not None
        assert texts[case.within[0]][slice(*case.spoken.asked[0])] in case.question
        assert case.speaker
        assert case.quote_type


@pytest.mark.parametrize("name", [name for name in SUITES if not name.startswith("gold")])
def test_a_set_that_is_not_there_is_missing_data(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="Point --data"):
        load_suite(name, tmp_path)


def test_an_unknown_suite_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(SuiteUnknown, match="newsdesk-twins") as refused:
        load_suite("nwsdesk", tmp_path)
    assert isinstance(refused.value, DatelineError)


def _located(suite: Suite, texts: dict[str, str]) -> float:
    golds = [g for c in suite.cases for group in c.evidence for g in group if g.quote]
    found = [bool(locate(gold.quote, texts[gold.article])) for gold in golds]
    return sum(found) / len(found) if found else 1.0
