from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from rag.errors import ArticleNotFound, CursorError, EmbedderMismatch
from rag.ingest.clean import clean
from rag.store.catalogue import Catalogue
from rag.types import Source
from tests.rag.store.conftest import DIMENSION, Put, vectors_for


def test_what_is_put_comes_back(catalogue: Catalogue, put: Put) -> None:
    when = datetime(2025, 3, 18, 14, tzinfo=UTC)
    put("Émile 😀 came.\nHe left.", id="a", title="T", outlet="O", published_at=when)
    article = catalogue.article("a")
    assert (article.version, article.title, article.outlet) == (1, "T", "O")
    assert article.published_at == when
    assert article.status == "live"
    found = catalogue.passages(["a:1:0-13", "a:1:14-22", "none"])
    assert {key: passage.text for key, (passage, _) in found.items()} == {
        "a:1:0-13": "Émile 😀 came.",
        "a:1:14-22": "He left.",
    }
    rows = catalogue.changes(0).added
    assert [row.text for row in rows] == ["Émile 😀 came.", "He left."]
    np.testing.assert_array_equal(rows[0].vector, vectors_for(["Émile 😀 came."])[0])


def test_the_same_again_changes_nothing(catalogue: Catalogue, put: Put) -> None:
    put("One.", id="a")
    generation = catalogue.generation()
    assert put("One.", id="a").outcome == "unchanged"
    assert catalogue.generation() == generation


def test_correcting_an_article_removes_its_old_passages(catalogue: Catalogue, put: Put) -> None:
    put("One.\nTwo.", id="a")
    since = catalogue.generation()
    stored = put("One.\nThree.", id="a")
    assert (stored.outcome, stored.version) == ("changed", 2)
    assert catalogue.article("a").status == "corrected"
    assert catalogue.article("a", 1).text == "One.\nTwo."
    assert catalogue.passages(["a:1:0-4"]) == {}
    changes = catalogue.changes(since)
    assert set(changes.removed) == {"a:1:0-4", "a:1:5-9", "a:2:0-4", "a:2:5-11"}
    assert [row.text for row in changes.added] == ["One.", "Three."]


def test_a_new_date_alone_is_a_new_version(put: Put) -> None:
    put("One.", id="a")
    assert put("One.", id="a", published_at=datetime(2025, 1, 1, tzinfo=UTC)).version == 2


def test_keys_never_come_back(catalogue: Catalogue, put: Put) -> None:
    put("One.\nTwo.", id="a")
    first = {row.key for row in catalogue.changes(0).added}
    catalogue.delete("a")
    put("One.\nTwo.", id="a")
    second = {row.key for row in catalogue.changes(0).added}
    assert min(second) > max(first)


def test_an_article_that_was_deleted_goes_on_counting(catalogue: Catalogue, put: Put) -> None:
    put("One.", id="a")
    put("Two.", id="a")
    catalogue.delete("a")
    with pytest.raises(ArticleNotFound, match="'a'"):
        catalogue.article("a")
    assert put("Three.", id="a").version == 3
    catalogue.delete("a")
    assert put("Four.", id="a").version == 4
    with pytest.raises(ArticleNotFound, match="version 1"):
        catalogue.article("a", 1)


def test_a_failed_put_leaves_nothing(catalogue: Catalogue, put: Put) -> None:
    put("One.", id="a")
    before = (catalogue.generation(), catalogue.counts(), catalogue.changes(0))
    article, _ = clean(Source(text="New text.", origin="o", id="a"), 10**6)
    with pytest.raises(ValueError, match="zip"):
        catalogue.put(article, "o", [(0, 3), (4, 9)], vectors_for(["one"]))
    after = (catalogue.generation(), catalogue.counts())
    assert after == before[:2]
    assert catalogue.article("a").text == "One."


def test_deleting_what_is_not_there_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(ArticleNotFound):
        catalogue.delete("none")


def test_pages_hold_every_article_once(catalogue: Catalogue, put: Put) -> None:
    for number in range(7):
        put(f"Text {number}.", id=f"a{number}")
    seen, cursor = [], None
    while True:
        page = catalogue.articles(3, cursor)
        assert page.total == 7
        seen += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"a{number}" for number in range(7)]


@pytest.mark.parametrize("cursor", ["é", "a", "////", "gA==", "%%%"])
def test_a_made_up_cursor_is_refused(catalogue: Catalogue, cursor: str) -> None:
    with pytest.raises(CursorError):
        catalogue.articles(3, cursor)


def test_a_name_that_another_file_took_gets_a_suffix(catalogue: Catalogue, put: Put) -> None:
    put("One.", id="story")
    text_hash = catalogue.article("story").text_hash
    assert catalogue.free_id("story", "test", "other") == "story"
    assert catalogue.free_id("story", "elsewhere", text_hash) == "story"
    other = catalogue.free_id("story", "elsewhere", "other")
    assert other.startswith("story-")
    assert other != catalogue.free_id("story", "third", "other")


def test_reprints_come_earliest_first(catalogue: Catalogue, put: Put) -> None:
    put("Same words.", id="undated")
    put("Same words!", id="late", published_at=datetime(2025, 2, 1, tzinfo=UTC))
    put("“Same words”", id="early", published_at=datetime(2025, 1, 1, tzinfo=UTC))
    put("Other words.", id="other")
    cluster = catalogue.article("early").cluster_id
    (found,) = catalogue.reprints([cluster]).values()
    assert [item.article_id for item in found] == ["early", "late", "undated"]
    assert catalogue.undated() == 2


def test_vectors_of_another_embedder_are_refused_until_replaced(
    catalogue: Catalogue, put: Put
) -> None:
    catalogue.claim_embedder("one@1")
    catalogue.claim_embedder("one@1")
    put("One.", id="a")
    with pytest.raises(EmbedderMismatch, match="one@1, not by two@2.*reindex"):
        catalogue.claim_embedder("two@2")
    keys = [row.key for row in catalogue.changes(0).added]
    new = np.eye(1, DIMENSION, dtype=np.float32)
    before = catalogue.generation()
    assert not catalogue.replace_vectors("two@2", [])
    assert (catalogue.generation(), catalogue.embedder()) == (before, "one@1")
    gone = [*keys, 99]
    assert catalogue.replace_vectors("two@2", [(gone, np.concatenate([new, new]))])
    catalogue.claim_embedder("two@2")
    np.testing.assert_array_equal(catalogue.changes(0).added[0].vector, new[0])


def test_passages_are_read_in_the_order_of_their_keys(catalogue: Catalogue, put: Put) -> None:
    put("One.", id="b")
    put("Two.", id="a")
    first = catalogue.passages_behind(0, 1)
    rest = catalogue.passages_behind(first[0].key, 9)
    assert [row.text for row in (*first, *rest)] == ["One.", "Two."]
    assert catalogue.passages_behind(rest[-1].key, 9) == []


def test_no_change_is_no_work(catalogue: Catalogue, put: Put) -> None:
    put("One.", id="a")
    changes = catalogue.changes(catalogue.generation())
    assert (changes.added, changes.removed) == ((), ())


def test_a_language_that_is_detected_now_makes_no_new_version(
    catalogue: Catalogue, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "The minister said on Monday that talks about the budget will be resumed in spring."
    with monkeypatch.context() as before:
        before.setattr("rag.ingest.clean.language", lambda *_: None)
        put(text, id="a")
    assert catalogue.article("a").language is None
    assert put(text, id="a").outcome == "unchanged"
    assert put(text, id="a", language="en").outcome == "changed"
    assert put(text, id="a", language="en").outcome == "unchanged"
