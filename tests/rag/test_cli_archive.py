from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rag.cli import main
from rag.config import Settings
from rag.dateline import Dateline


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of two articles and one answer."""
    folder = tmp_path_factory.mktemp("cli") / "data"
    source = folder.parent / "articles.jsonl"
    source.write_text(
        '{"id": "a", "text": "The mayor of Quillport, Ana Ruiz, opened the bridge."}\n'
        '{"id": "b", "text": "It rained in Quillport on Friday."}\n'
    )
    dateline = Dateline(Settings(data=folder))
    dateline.ingest([source])
    assert dateline.ask("Who is the mayor of Quillport?").citations[0].article_id == "a"
    dateline.close()
    return folder


def run(data: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["--data", str(data), *map(str, arguments)])


def test_articles_are_listed_with_their_ids(data: Path) -> None:
    listed = run(data, "articles")
    assert listed.exit_code == 0, listed.output
    assert "no date     a\n" in listed.output
    assert "2 articles" in listed.output
    first = run(data, "articles", "--limit", "1").output
    assert "  b\n" not in first
    cursor = first.split("--cursor ")[1].split()[0]
    page = json.loads(run(data, "articles", "--cursor", cursor, "--json").output)
    assert [item["id"] for item in page["items"]] == ["b"]
    assert page["next_cursor"] is None


def test_a_cursor_that_is_none_is_refused(data: Path) -> None:
    refused = run(data, "articles", "--cursor", "?")
    assert refused.exit_code == 1
    assert "[cursor_invalid]" in refused.output


def test_a_retraction_is_traced_and_taken_back(data: Path) -> None:
    done = run(data, "retract", "a", "--note", "She is not.")
    assert done.exit_code == 0, done.output
    listed = run(data, "answers", "--affected")
    assert "Who is the mayor of Quillport?" in listed.output
    assert "a v1 was retracted: She is not." in listed.output
    page = json.loads(run(data, "answers", "--affected-by", "a", "--json").stdout)
    assert page["items"][0]["affected"][0]["became"] == "retracted"
    assert run(data, "reinstate", "a").exit_code == 0
    assert run(data, "answers", "--affected").output == ""


def test_what_is_not_there_is_refused(data: Path) -> None:
    for arguments in (("retract", "x", "--note", "n"), ("reinstate", "x")):
        refused = run(data, *arguments)
        assert refused.exit_code == 1
        assert "[article_not_found]" in refused.output
    refused = run(data, "jobs", "--cancel", "job-x")
    assert (refused.exit_code, "[job_not_found]" in refused.output) == (1, True)


def test_jobs_are_listed_cancelled_and_explained(data: Path) -> None:
    dateline = Dateline(Settings(data=data))
    waiting = dateline.jobs.create("ingest", {"urls": ["https://a.example/"]}, total=1)
    dateline.close()
    assert waiting.id in run(data, "jobs").output
    (cancelled,) = json.loads(run(data, "jobs", "--cancel", waiting.id, "--json").stdout)
    assert cancelled["state"] == "cancelled"
    assert json.loads(run(data, "jobs", "--refused", waiting.id, "--json").stdout) == []
    assert run(data, "jobs", "--refused", waiting.id).output == ""


def test_a_backup_is_made_and_restored(data: Path, tmp_path: Path) -> None:
    saved = run(data, "backup", tmp_path / "safe.tar")
    assert saved.exit_code == 0, saved.output
    assert "Saved 2 articles" in saved.output
    again = run(tmp_path / "new", "restore", tmp_path / "safe.tar", "--json")
    assert json.loads(again.stdout)["articles"] == 2
    twice = run(data, "backup", tmp_path / "safe.tar")
    assert (twice.exit_code, "[backup_impossible]" in twice.output) == (1, True)


def test_another_database_has_its_own_tool(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_DATABASE", f"sqlite:///{data / 'catalogue.db'}")
    refused = run(data, "backup", "safe.tar")
    assert refused.exit_code == 1
    assert "pg_dump" in refused.output
    refused = run(data, "restore", "safe.tar")
    assert refused.exit_code == 1
    assert "dateline migrate --to URL" in refused.output


def test_articles_are_exported(data: Path, tmp_path: Path) -> None:
    done = run(data, "export", tmp_path / "out.jsonl", "--standing")
    assert done.exit_code == 0, done.output
    assert "Wrote 2 articles" in done.output
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "command", ["retract", "reinstate", "answers", "jobs", "backup", "restore", "export"]
)
def test_every_command_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(main, [command, "--help"]).output
    assert f"dateline {command}" in shown or f"dateline --data restored {command}" in shown


def test_doctor_looks_at_every_row_when_asked_to(data: Path, tmp_path: Path) -> None:
    assert run(data, "backup", tmp_path / "safe.tar").exit_code == 0
    copy = tmp_path / "copy"
    assert run(copy, "restore", tmp_path / "safe.tar").exit_code == 0
    sound = json.loads(run(copy, "doctor", "--deep", "--json").stdout)
    assert {finding["name"]: finding["ok"] for finding in sound["findings"]}["rows"]
    with sqlite3.connect(copy / "catalogue.db") as connection:
        connection.execute("UPDATE article_version SET text = 'Other.' WHERE article_id = 'b'")
    connection.close()
    sick = run(copy, "doctor", "--deep")
    assert sick.exit_code == 1
    assert "the text of b v1" in sick.output
