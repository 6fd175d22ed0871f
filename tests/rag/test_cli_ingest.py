"""`dateline ingest` as a person or a script meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rag.cli import main


def ingest(data: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--data", str(data), "ingest", *words])


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "a.csv").write_text("head,story,when,x\nTalks end,They left.,2025-03-18,1\nB,,,2\n")
    (folder / "b.txt").write_text("MOSCOW\nThe envoy left.\nContributing: Reuters\n")
    return folder


def test_help_has_an_example_of_each_kind() -> None:
    text = CliRunner().invoke(main, ["ingest", "--help"]).output
    for kind in (".html", ".pdf", ".jsonl", ".csv", ".zip", ".tar.gz", "feed", "https://", "--map"):
        assert kind in text


def test_a_dry_run_shows_what_would_be_stored_and_stores_nothing(
    tmp_path: Path, archive: Path
) -> None:
    mapping = "title=head,text=story,published_at=when"
    result = ingest(tmp_path / "d", str(archive), "--dry-run", "--map", mapping)
    assert result.exit_code == 4  # the row without a text
    assert "2025-03-18  -" in result.output
    assert "Talks end" in result.output
    assert "title given, published_at given" in result.output
    assert "place text, title derived" in result.output
    assert "[source_empty]" in result.stderr
    assert " would be stored, 1 refused; nothing was stored." in result.output
    assert not (tmp_path / "d").exists()


def test_a_dry_run_prints_json_lines(tmp_path: Path, archive: Path) -> None:
    result = ingest(tmp_path / "d", str(archive / "b.txt"), "--dry-run", "--json")
    assert result.exit_code == 0
    (row,) = map(json.loads, result.stdout.splitlines())
    assert (row["id"], row["place"], row["origins"]["place"]) == ("b", "MOSCOW", "text")


def test_a_mapping_is_used_for_real(tmp_path: Path, archive: Path) -> None:
    words = ("--map", "title=head,text=story", "--map", "published_at=when", "--json")
    report = json.loads(ingest(tmp_path / "d", str(archive / "a.csv"), *words).stdout)
    assert [item["outcome"] for item in report["stored"]] == ["added"]
    assert [item["origin"][-7:] for item in report["refused"]] == ["a.csv#3"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--map", "nonsense"), "mapping_invalid"),
        (("--map", "text=body"), "mapping_invalid"),
        ((), "mapping_invalid"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(
    tmp_path: Path, archive: Path, words: tuple[str, ...], code: str
) -> None:
    result = ingest(tmp_path / "d", str(archive / "a.csv"), *words)
    assert result.exit_code == 1
    assert f"[{code}]" in result.stderr


def test_a_web_address_of_this_machine_is_refused(tmp_path: Path) -> None:
    result = ingest(tmp_path / "d", "http://127.0.0.1/", "--dry-run")
    assert "[url_forbidden]" in result.stderr
