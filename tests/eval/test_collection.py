from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from eval.collection import folder_name, ingest_report, open_collection
from eval.suite import Suite
from rag.config import load_settings
from rag.types import Source
from tests.eval.conftest import SETTINGS

SUITE = Suite(
    name="tiny",
    about="",
    articles=(
        Source(text="Alpha said yes on Monday.", origin="o", id="a"),
        Source(text=" ", origin="o", id="blank"),
    ),
    cases=(),
)


def test_a_collection_is_ingested_once_and_used_again(tmp_path: Path) -> None:
    done: list[str] = []
    for _ in range(2):
        dateline = open_collection(SUITE, SETTINGS, tmp_path, done.append)
        assert dateline.search("Alpha")[0].article.id == "a"
        dateline.close()

    assert len(done) == len(SUITE.articles)
    report = ingest_report(dateline)
    assert report["articles"] == 2
    assert report["passages"] == 1
    assert [code for _, code in report["refused"]] == ["source_empty"]  # type: ignore[attr-defined]


def test_other_articles_or_another_arithmetic_are_another_collection() -> None:
    other = replace(SUITE, articles=SUITE.articles[:1])
    names = [
        folder_name(SUITE, load_settings()),
        folder_name(other, load_settings()),
        folder_name(SUITE, load_settings(precision="float32")),
    ]

    assert len(set(names)) == 3
    assert names[0] == folder_name(replace(SUITE, articles=SUITE.articles[::-1]), load_settings())


def test_an_ingest_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    first = open_collection(SUITE, SETTINGS, tmp_path)
    (first.settings.data / "collection.json").unlink()
    first.close()

    again = open_collection(SUITE, SETTINGS, tmp_path)

    assert ingest_report(again)["passages"] == 1
    assert again.article("a").version == 1
    again.close()
