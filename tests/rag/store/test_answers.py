from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from rag.errors import AnswerNotFound, CatalogueError, CursorError
from rag.store import answers
from rag.store.answers import AnswerLog
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.types import Answer, Citation
from tests.rag.store.conftest import Put

Given = Callable[..., Answer]


def given(answer_id: str, *cited: tuple[str, int]) -> Answer:
    """An answer that cites versions of articles."""
    citations = tuple(
        Citation(
            number=number,
            article_id=article_id,
            version=version,
            passage_id="p",
            start=0,
            end=1,
            quote="O",
            support=1.0,
            speaker=None,
            quote_type="narration",
            cue=None,
            denied=False,
            title="T",
            title_from="metadata",
            outlet=None,
            published_at=None,
            url=None,
        )
        for number, (article_id, version) in enumerate(cited, start=1)
    )
    return Answer(
        id=answer_id, question="Who came? 😀", query="Who came?", text="O [1]", short_answer=None,
        sentences=(), citations=citations, abstained=not cited, reason=None, confidence=0.5,
        sources=1, conflicts=(), dropped=(), nearest=(), notices=(), as_of=None, timings={},
        models={},
    )  # fmt: skip


@pytest.fixture
def log(catalogue: Catalogue, url: str) -> Iterator[AnswerLog]:
    database = Database(url)
    yield AnswerLog(database, timedelta(days=1))
    database.close()


def test_an_answer_is_kept_whole(log: AnswerLog) -> None:
    log.record(given("ans-1", ("a", 1)))
    record = log.get("ans-1")
    assert record.answer is not None
    assert record.answer["citations"][0]["article_id"] == "a"
    assert record.question == "Who came? 😀"
    assert not record.abstained
    with pytest.raises(AnswerNotFound):
        log.get("ans-2")


def test_corrections_retractions_and_deletions_are_traced(
    log: AnswerLog, catalogue: Catalogue, put: Put
) -> None:
    for name in "abcd":
        put(f"{name} one.", id=name)
    log.record(given("ans-ab", ("a", 1), ("b", 1)))
    log.record(given("ans-c", ("c", 1)))
    log.record(given("ans-d", ("d", 1)))
    log.flush()
    assert log.page(10, affected=True).items == ()
    put("a two.", id="a")
    catalogue.retract("b", "Wrong.")
    catalogue.delete("c")
    assert [item.id for item in log.page(10, affected=True).items] == ["ans-c", "ans-ab"]
    assert [item.id for item in log.page(10, affected_by="b").items] == ["ans-ab"]
    assert log.page(10, affected_by="d").items == ()
    became = {(c.article_id, c.became, c.note) for c in log.get("ans-ab").affected}
    assert became == {("a", "corrected", None), ("b", "retracted", "Wrong.")}
    assert log.get("ans-c").affected[0].became == "deleted"
    assert log.get("ans-c").affected[0].latest_version is None


def test_an_answer_from_the_new_version_is_not_affected(log: AnswerLog, put: Put) -> None:
    put("a one.", id="a")
    put("a two.", id="a")
    log.record(given("ans-1", ("a", 2)))
    assert log.page(10, affected_by="a").items == ()
    assert log.get("ans-1").affected == ()


def test_pages_follow_one_another(log: AnswerLog) -> None:
    for number in range(5):
        log.record(given(f"ans-{number}"))
    seen, cursor = [], None
    while True:
        page = log.page(2, cursor)
        seen += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"ans-{number}" for number in reversed(range(5))]


@pytest.mark.parametrize("cursor", ["%", "YWJj", "x" * 50])
def test_a_foreign_cursor_is_refused(log: AnswerLog, cursor: str) -> None:
    with pytest.raises(CursorError):
        log.page(2, cursor)


def test_old_answers_are_removed(log: AnswerLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.record(given("ans-old"))
    log.flush()
    monkeypatch.setattr(log, "keep", timedelta(microseconds=1))
    log.record(given("ans-new"))
    assert [item.id for item in log.page(10).items] == ["ans-new"]


def test_nothing_is_kept_when_nothing_should_be(catalogue: Catalogue, url: str) -> None:
    database = Database(url)
    log = AnswerLog(database, timedelta(0))
    log.record(given("ans-1"))
    assert log.page(10).items == ()
    database.close()


def test_a_failed_write_is_logged_and_the_next_one_works(
    log: AnswerLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_batch: object) -> None:
        raise CatalogueError("The disk is full.")

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR, answers.log.name):
        broken.setattr(log, "_write", full)
        log.record(given("ans-1"))
        log.flush()
    assert "could not be recorded" in caplog.text
    log.record(given("ans-2"))
    assert [item.id for item in log.page(10).items] == ["ans-2"]
