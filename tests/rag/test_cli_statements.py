from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rag import cli_statements
from rag.attributing import LEASE, Attributing
from rag.cli import main
from rag.config import Settings
from rag.store.database import Database
from rag.store.lease import Lease


def invoke(data: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--data", str(data), *words])


def asked(data: Path, *words: str) -> dict[str, Any]:
    result = invoke(data, *words, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "data"
    assert invoke(folder, "ingest", str(seeds)).exit_code == 0
    return folder


def test_a_small_ingest_leaves_the_statements_ready(data: Path) -> None:
    page = asked(data, "statements", "--speaker", "Peskov", "--limit", "3")
    assert page["unread"] == 0
    assert len(page["items"]) == 3
    assert {item["by"]["speaker"] for item in page["items"]} == {"Dmitry Peskov"}


def test_statements_are_shown_for_people(data: Path) -> None:
    result = invoke(data, "statements", "--speaker", "Peskov", "--about", "phone call")
    assert result.exit_code == 0
    assert "1. Dmitry Peskov, " in result.stdout
    assert " v1, " in result.stdout
    assert "More: --cursor" in result.stdout


def test_nothing_found_says_so_and_ends_with_3(data: Path) -> None:
    result = invoke(data, "statements", "--speaker", "Jane Nobody")
    assert result.exit_code == 3
    assert "No such statement" in result.stdout
    dated = invoke(data, "statements", "--after", "2020-01-01")
    assert dated.exit_code == 3
    assert "5 articles have no date" in dated.stdout


def test_a_bad_date_ends_with_1(data: Path) -> None:
    result = invoke(data, "statements", "--after", "soon")
    assert result.exit_code == 1
    assert "[filter_invalid]" in result.stderr


def test_a_large_ingest_leaves_the_reading_to_others(
    tmp_path: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_statements, "FEW", 2)
    result = invoke(tmp_path / "data", "ingest", str(seeds))
    assert result.exit_code == 0
    assert "5 articles are still to be read" in result.stderr
    shown = invoke(tmp_path / "data", "statements")
    assert shown.exit_code == 3
    assert "5 articles are still to be read" in shown.stdout
    read = invoke(tmp_path / "data", "statements", "--read")
    assert read.stdout.strip() == "All articles are read."
    assert asked(tmp_path / "data", "statements")["unread"] == 0


def test_who_waits_for_another_reader_sees_it_through(
    tmp_path: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one holds the lease and reads while this one waits."""
    monkeypatch.setattr(cli_statements, "FEW", 0)
    assert invoke(tmp_path / "data", "ingest", str(seeds)).exit_code == 0
    database = Database(Settings(data=tmp_path / "data").database_url)
    other = Lease(database, LEASE)
    assert other.take()
    waits: list[float] = []

    def read_meanwhile(seconds: float) -> None:
        waits.append(seconds)
        other.give_back()
        assert Attributing(database).catch_up()

    monkeypatch.setattr("time.sleep", read_meanwhile)
    result = invoke(tmp_path / "data", "statements", "--read")
    assert result.stdout.strip() == "All articles are read."
    assert len(waits) == 1
    database.close()


def test_a_quotation_is_looked_up(data: Path) -> None:
    words = "there must be an attempt to achieve concrete results … talks are ongoing"
    shown = invoke(data, "quote", words)
    assert shown.exit_code == 0
    assert "1. Dmitry Peskov, indirect" in shown.stdout
    assert "quoted “attempt”, written “effort”" in shown.stdout
    assert asked(data, "quote", words)["sources"] == 1
    for changed, mark in (
        ("there must be an honest effort to achieve concrete results", "added “honest”"),
        ("there must be effort to achieve concrete results as long", "left out “an”"),
    ):
        assert mark in invoke(data, "quote", changed).stdout
    none = invoke(data, "quote", "to be or not to be a penguin")
    assert none.exit_code == 3
    assert "Not found" in none.stdout
    only = invoke(data, "quote", words, "--outlet", "Nobody")
    assert only.exit_code == 3


def test_a_timeline_is_shown(data: Path, tmp_path: Path) -> None:
    none = invoke(data, "timeline", "Witkoff visit Moscow")
    assert none.exit_code == 3
    assert "without a day are left out" in none.stdout
    record = {
        "id": "bridge",
        "published_at": "2025-03-18",
        "text": "The harbour bridge closed on Monday.\nLast week the harbour bridge was full.\n"
        "The harbour bridge is old, Ana Ruiz said.\n",
    }
    (tmp_path / "own.jsonl").write_text(json.dumps(record) + "\n")
    own = tmp_path / "data"
    assert invoke(own, "ingest", str(tmp_path / "own.jsonl")).exit_code == 0
    shown = invoke(own, "timeline", "harbour bridge", "--limit", "2")
    assert shown.exit_code == 0, shown.output
    assert "1 more, less near" in shown.stdout
    whole = invoke(own, "timeline", "harbour bridge").stdout
    assert "2025-03-10 to 2025-03-16  event" in whole
    assert "2025-03-17  event" in whole
    assert "2025-03-18 (published)  Ana Ruiz, indirect, “said”" in whole
    assert len(asked(own, "timeline", "harbour bridge")["entries"]) == 3
