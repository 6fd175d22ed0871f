from __future__ import annotations

import pytest

from rag.errors import ArticleNotFound
from rag.store.catalogue import Catalogue
from tests.rag.store.conftest import Put, vectors_for


def test_a_retracted_article_is_readable_and_not_searchable(catalogue: Catalogue, put: Put) -> None:
    put("One.\nTwo.", id="a")
    since = catalogue.generation()
    catalogue.retract("a", "The outlet withdrew it.")
    article = catalogue.article("a")
    assert (article.status, article.note) == ("retracted", "The outlet withdrew it.")
    assert article.text == "One.\nTwo."
    assert set(catalogue.changes(since).removed) == {"a:1:0-4", "a:1:5-9"}
    assert catalogue.changes(0).added == ()


def test_what_is_not_there_cannot_be_retracted(catalogue: Catalogue) -> None:
    with pytest.raises(ArticleNotFound):
        catalogue.retract("a", "Gone.")
    with pytest.raises(ArticleNotFound):
        catalogue.reinstate("a", 1, [], vectors_for([]))


def test_ingest_does_not_bring_a_retracted_article_back(catalogue: Catalogue, put: Put) -> None:
    put("One.", id="a")
    catalogue.retract("a", "Wrong.")
    assert put("One.", id="a").outcome == "unchanged"
    assert put("Another.", id="a").passages == 0
    article = catalogue.article("a")
    assert (article.version, article.status, article.note) == (2, "retracted", "Wrong.")
    assert catalogue.changes(0).added == ()


def test_reinstating_makes_its_passages_searchable_again(catalogue: Catalogue, put: Put) -> None:
    put("One.", id="a")
    catalogue.retract("a", "Wrong.")
    assert catalogue.reinstate("a", 1, [(0, 4)], vectors_for(["One."]))
    assert catalogue.article("a").status == "live"
    assert catalogue.article("a").note is None
    assert [row.id for row in catalogue.changes(0).added] == ["a:1:0-4"]


def test_reinstating_an_old_version_is_refused(catalogue: Catalogue, put: Put) -> None:
    put("One.", id="a")
    catalogue.retract("a", "Wrong.")
    put("Two.", id="a")
    assert not catalogue.reinstate("a", 1, [(0, 4)], vectors_for(["One."]))
    assert catalogue.changes(0).added == ()
    assert catalogue.reinstate("a", 2, [(0, 4)], vectors_for(["Two."]))
    assert catalogue.article("a").status == "corrected"


def test_an_article_says_which_version_is_the_latest(catalogue: Catalogue, put: Put) -> None:
    put("One.", id="a")
    put("Two.", id="a")
    assert catalogue.article("a", 1).latest_version == 2
    assert catalogue.article("a").latest_version == 2
