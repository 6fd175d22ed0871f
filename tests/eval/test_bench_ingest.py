from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from eval.bench_ingest import main


def archive(folder: Path) -> Path:
    rows = [{"id": f"a-{n}", "text": f"Report {n} came from town {n * 7}."} for n in range(5)]
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in [*rows[:3], {"text": ""}, *rows[3:]]))
    return file


def test_rate_and_memory_are_taken_on_the_way(tmp_path: Path) -> None:
    arguments = [str(archive(tmp_path)), str(tmp_path / "data"), "--every", "2", "--json"]
    printed = json.loads(CliRunner().invoke(main, arguments, catch_exceptions=False).output)

    rows = printed["rows"]
    assert [row["articles"] for row in rows] == [2, 4, 5]
    assert [row["passages"] for row in rows] == [5, 5, 5]
    assert [row["refused"] for row in rows] == [1, 1, 1]
    for row in rows:
        assert 0 < row["own"] < row["peak"]
        assert min(row["rate"], row["work"], row["mapped"], row["disk"]) > 0


def test_the_table_has_a_row_for_each(tmp_path: Path) -> None:
    arguments = [str(archive(tmp_path)), str(tmp_path / "data"), "--count", "3", "--every", "3"]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)

    assert "3 articles" in result.output
    assert "peak" in result.output


def test_the_model_can_be_left_out(tmp_path: Path) -> None:
    arguments = [str(archive(tmp_path)), str(tmp_path / "data"), "--drawn", "--json"]
    printed = json.loads(CliRunner().invoke(main, arguments, catch_exceptions=False).output)
    assert [row["passages"] for row in printed["rows"]] == [5]
