from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations

import pytest

from rag.ingest.clean import clean
from rag.store.catalogue import Catalogue
from rag.store.clusters import Neighbour, Reprints
from rag.types import Source, Stored
from tests.rag.store.conftest import vectors_for

Print = Callable[..., Stored]
DAY = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.fixture
def printed(catalogue: Catalogue) -> Print:
    """Store an article with given bands; neighbours with the same last word are its reprints."""

    def store(article_id: str, text: str, *bands: int, day: int | None = 0) -> Stored:
        when = None if day is None else datetime.fromtimestamp(DAY.timestamp() + day * 86400, UTC)
        source = Source(text=text, origin="test", id=article_id, published_at=when)
        article, _ = clean(source, 10**6)

        def confirm(other: Neighbour) -> bool:
            assert other.vectors.shape[0] <= 1
            return other.text.split()[-1] == text.split()[-1]

        spans = [(0, len(article.text))]
        reprints = Reprints(bands=bands, confirm=confirm)
        return catalogue.put(article, "test", spans, vectors_for([text]), reprints)

    return store


def cluster(catalogue: Catalogue, article_id: str) -> str:
    return catalogue.article(article_id).cluster_id


def test_a_confirmed_neighbour_joins_the_cluster(catalogue: Catalogue, printed: Print) -> None:
    assert printed("a", "A story.", 1, 2).reprint_of is None
    assert printed("b", "The same story.", 3, 2, day=1).reprint_of == "a"
    assert printed("c", "Other news.", 3, 2).reprint_of is None
    assert cluster(catalogue, "a") == cluster(catalogue, "b") != cluster(catalogue, "c")


def test_the_earliest_is_the_representative_whatever_came_first(
    catalogue: Catalogue, printed: Print
) -> None:
    printed("late", "Late story.", 1, day=5)
    printed("undated", "Undated story.", 1, day=None)
    printed("early", "Early story.", 1, day=2)
    shared = cluster(catalogue, "late")
    reprints = catalogue.reprints([shared])[shared]
    assert [item.article_id for item in reprints] == ["early", "late", "undated"]
    assert printed("last", "Last story.", 1, day=9).reprint_of == "early"


def test_a_band_counts_only_at_its_own_place(catalogue: Catalogue, printed: Print) -> None:
    printed("a", "A story.", 1, 2)
    printed("b", "B story.", 2, 1)
    assert cluster(catalogue, "a") != cluster(catalogue, "b")


def test_texts_a_season_apart_are_no_reprints(catalogue: Catalogue, printed: Print) -> None:
    printed("a", "A story.", 1)
    printed("b", "B story.", 1, day=31)
    printed("c", "C story.", 1, day=30)
    assert cluster(catalogue, "a") == cluster(catalogue, "c")
    # c is near b as well: what it joins becomes one.
    assert cluster(catalogue, "b") == cluster(catalogue, "c")


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_clusters_do_not_depend_on_the_order(
    catalogue: Catalogue, printed: Print, order: tuple[str, ...]
) -> None:
    bands = {"a": (1, 2), "b": (1, 3), "c": (4, 3)}
    for name in order:
        printed(name, f"{name} story.", *bands[name])
    assert len({cluster(catalogue, name) for name in order}) == 1


def test_a_changed_text_leaves_its_cluster(catalogue: Catalogue, printed: Print) -> None:
    printed("a", "A story.", 1)
    printed("b", "B story.", 1)
    printed("b", "Quite another thing.", 9)
    assert cluster(catalogue, "a") != cluster(catalogue, "b")
    printed("c", "C story.", 1)
    assert cluster(catalogue, "c") == cluster(catalogue, "a")


def test_a_retracted_reprint_is_not_shown(catalogue: Catalogue, printed: Print) -> None:
    printed("a", "A story.", 1)
    printed("b", "B story.", 1, day=1)
    catalogue.retract("a", "Withdrawn.")
    shared = cluster(catalogue, "b")
    assert [item.article_id for item in catalogue.reprints([shared])[shared]] == ["b"]
    assert printed("c", "C story.", 1, day=2).reprint_of == "b"


def test_a_deleted_article_is_nobodys_neighbour(catalogue: Catalogue, printed: Print) -> None:
    printed("a", "A story.", 1)
    first = cluster(catalogue, "a")
    catalogue.delete("a")
    printed("b", "B story.", 1)
    assert cluster(catalogue, "b") != first
