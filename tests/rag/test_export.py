from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyarrow import parquet

from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import ExportImpossible, ExtraMissing
from rag.export import FIELDS, STANDING, export
from rag.types import Source

WHEN = datetime(2025, 3, 18, 14, tzinfo=UTC)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dateline]:
    opened = Dateline(Settings(data=tmp_path_factory.mktemp("export")))
    opened.add(
        [
            Source(
                text="Émile 😀 came.", origin="a", id="a", title="T", outlet="O", published_at=WHEN,
                section="World", url="https://o.example/a",
            ),
            Source(text="Nobody came.", origin="b", id="b"),
            Source(text="It was withdrawn.", origin="c", id="c"),
        ]
    )  # fmt: skip
    opened.retract("c", "Wrong.")
    yield opened
    opened.close()


def test_what_is_exported_can_be_ingested_again(small: Dateline, tmp_path: Path) -> None:
    target = tmp_path / "articles.jsonl"
    seen: list[tuple[int, int]] = []
    assert export(small, target, progress=lambda *now: seen.append(now)) == 2
    assert seen[-1] == (3, 3)
    again = Dateline(Settings(data=tmp_path / "again"))
    assert again.ingest([target]).count("added") == 2
    for name in ("a", "b"):
        one, other = small.article(name), again.article(name)
        assert (one.text, one.title, one.title_from) == (other.text, other.title, other.title_from)
        assert (one.published_at, one.section, one.url) == (
            other.published_at,
            other.section,
            other.url,
        )
    again.close()


def test_everything_known_is_written_when_asked_for(small: Dateline, tmp_path: Path) -> None:
    target = tmp_path / "articles.jsonl"
    assert export(small, target, standing=True) == 3
    rows = {row["id"]: row for row in map(json.loads, target.read_text().splitlines())}
    assert (rows["c"]["status"], rows["c"]["note"]) == ("retracted", "Wrong.")
    assert set(rows["a"]) <= {*FIELDS, *STANDING}
    assert rows["a"]["published_at"] == "2025-03-18T14:00:00+00:00"


def test_parquet_keeps_types(small: Dateline, tmp_path: Path) -> None:
    target = tmp_path / "articles.parquet"
    assert export(small, target) == 2
    table = parquet.read_table(target)
    assert table.column_names == list(FIELDS)
    (row,) = [row for row in table.to_pylist() if row["id"] == "a"]
    assert row["published_at"] == WHEN
    assert row["text"] == "Émile 😀 came."


def test_parquet_without_its_package_is_refused(
    small: Dateline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExtraMissing, match="pip install"):
        export(small, tmp_path / "articles.parquet")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["articles.csv", "articles", "there.jsonl", "none/a.jsonl"])
def test_a_bad_target_is_refused_and_nothing_is_written(
    small: Dateline, tmp_path: Path, name: str
) -> None:
    (tmp_path / "there.jsonl").write_text("mine")
    with pytest.raises(ExportImpossible):
        export(small, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["there.jsonl"]
    assert (tmp_path / "there.jsonl").read_text() == "mine"
