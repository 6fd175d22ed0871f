"""The command line as a person or a script meets it: real processes, real exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rag.cli import main

ROOT = Path(__file__).parents[2]


def run(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag", *words],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, **(env or {})}, check=False,
    )  # fmt: skip


def invoke(data: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--data", str(data), *words])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "data"
    result = run("--data", str(folder), "ingest", str(seeds))
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "5 added, 0 changed, 0 unchanged, 0 refused"
    return folder


def test_help_lists_every_command_with_examples() -> None:
    result = run("--help")
    assert result.returncode == 0
    for command in ("ask", "doctor", "eval", "ingest", "reindex", "search", "serve"):
        assert f"\n  {command} " in result.stdout
    assert "Examples:" in result.stdout
    assert "Exit codes" in result.stdout


@pytest.mark.parametrize("command", ["ask", "doctor", "ingest", "search", "serve"])
def test_each_command_helps_with_examples(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.output


def test_ask_answers_and_abstains_with_exit_codes(data: Path) -> None:
    answered = invoke(data, "ask", "Why was Russia not on the US tariff list?")
    assert answered.exit_code == 0
    assert "no substantial trade relations" in answered.output
    assert "001_c863c091f001229a v1" in answered.output
    silent = invoke(data, "ask", "What is the capital of Australia?")
    assert silent.exit_code == 3
    assert "Reason: not_stated" in silent.output
    assert "Nearest:" in silent.output


def test_ask_prints_json_for_machines(data: Path) -> None:
    result = invoke(data, "ask", "Why was Russia not on the US tariff list?", "--json")
    answer = json.loads(result.stdout)
    assert answer["citations"][0]["article_id"] == "001_c863c091f001229a"
    assert answer["abstained"] is False


def test_search_prints_passages(data: Path) -> None:
    assert "Anchorage" in invoke(data, "search", "Anchorage formula", "--limit", "1").output
    found = json.loads(invoke(data, "search", "Anchorage", "--json").stdout)
    assert found["results"][0]["passage"]["text"]


def test_a_dated_question_says_what_was_left_out(data: Path) -> None:
    result = invoke(data, "ask", "Is a call planned?", "--as-of", "2026-01-01")
    assert result.exit_code == 3
    assert "5 articles have no date" in result.output
    empty = invoke(data, "search", "call", "--after", "2026-01-01")
    assert (empty.exit_code, "Nothing was found." in empty.output) == (3, True)


def test_ingesting_again_is_no_work(data: Path, seeds: Path) -> None:
    result = invoke(data, "ingest", str(seeds), "--json")
    report = json.loads(result.stdout)
    assert {item["outcome"] for item in report["stored"]} == {"unchanged"}


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        (["ask", ""], "question_invalid", 1),
        (["ask", "x" * 100_000], "question_invalid", 1),
        (["ask", "when?", "--as-of", "soon"], "filter_invalid", 1),
        (["ingest", "nothing-here"], "source_missing", 1),
    ],
)
def test_bad_input_ends_with_its_code(data: Path, words: list[str], code: str, status: int) -> None:
    result = invoke(data, *words)
    assert result.exit_code == status
    assert f"[{code}]" in result.stderr


def test_bytes_that_are_no_utf_8_are_refused_as_a_question(data: Path) -> None:
    command = [sys.executable, "-m", "rag", "--data", str(data), "ask", b"caf\xe9 and more"]
    result = subprocess.run(command, capture_output=True, cwd=ROOT, check=False)
    assert result.returncode == 1
    assert b"[question_invalid]" in result.stderr


def test_a_text_to_verify_that_is_no_utf_8_is_refused_by_its_byte(
    data: Path, tmp_path: Path
) -> None:
    (tmp_path / "draft.txt").write_bytes(b"caf\xe9 and more")
    result = invoke(data, "verify", str(tmp_path / "draft.txt"))
    assert result.exit_code == 1
    assert "byte 0xe9 at offset 3" in result.stderr
    assert "[question_invalid]" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_an_output_that_is_full_is_said(data: Path) -> None:
    command = [sys.executable, "-m", "rag", "--data", str(data), "search", "Cuba"]
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    assert result.returncode == 1
    assert b"[output_failed]" in result.stderr
    assert b"Traceback" not in result.stderr


def test_a_terminal_without_our_letters_gets_the_whole_answer(data: Path) -> None:
    command = [sys.executable, "-m", "rag", "--data", str(data), "ask", "What about Cuba?"]
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    result = subprocess.run(command, capture_output=True, cwd=ROOT, env=env, check=False)
    assert result.returncode == 0, result.stderr
    assert b"Confidence" in result.stdout


def test_a_command_whose_package_is_missing_says_what_to_install(data: Path) -> None:
    @main.command(name="unmade")
    def unmade() -> None:
        raise ModuleNotFoundError("No module named 'ir_measures'", name="ir_measures")

    try:
        result = invoke(data, "unmade")
    finally:
        main.commands.pop("unmade")
    assert result.exit_code == 1
    assert "pip install 'dateline[eval]'" in result.stderr


def test_an_answer_shows_its_confidence_and_what_disagrees(data: Path) -> None:
    shown = invoke(data, "ask", "Is a Putin-Trump call planned?").stdout
    assert "Confidence 0." in shown
    assert "The articles do not agree (denied): [" in shown


def test_refused_files_are_named_and_the_others_stored(data: Path, tmp_path: Path) -> None:
    (tmp_path / "binary.txt").write_bytes(b"\x00\x01")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    result = invoke(tmp_path / "d", "ingest", str(tmp_path))
    assert result.exit_code == 1
    assert "[source_unsupported]" in result.stderr
    assert "[source_encoding]" in result.stderr
    (tmp_path / "good.txt").write_text("Good news.")
    assert invoke(tmp_path / "d", "ingest", str(tmp_path)).exit_code == 4


def test_a_data_folder_that_cannot_be_used_is_said(tmp_path: Path, seeds: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = invoke(tmp_path / "file", "ingest", str(seeds))
    assert result.exit_code == 1
    assert "[data_folder_unusable]" in result.stderr
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize(
    "words",
    [
        ["ask", "Who is Peskov?"],
        ["search", "Peskov"],
        ["chat"],
        ["statements", "--speaker", "Peskov"],
        ["timeline", "Witkoff"],
        ["quote", "We will see what happens"],
        ["answers"],
        ["export", "articles.jsonl"],
        ["reindex"],
    ],
    ids=lambda words: words[0],
)
def test_a_mistyped_folder_is_no_empty_collection(tmp_path: Path, words: list[str]) -> None:
    result = invoke(tmp_path / "typo", *words)
    assert result.exit_code == 1
    assert f"There is no collection in {tmp_path / 'typo'}." in result.stderr
    assert "[data_folder_unusable]" in result.stderr
    assert not (tmp_path / "typo").exists()


def test_an_unknown_setting_is_refused_before_anything_happens(tmp_path: Path) -> None:
    result = run("--data", str(tmp_path / "d"), "search", "x", env={"DATELINE_REEDER": "y"})
    assert result.returncode == 1
    assert "Did you mean DATELINE_READER?" in result.stderr
    assert not (tmp_path / "d").exists()


def test_wrong_usage_is_told_apart(data: Path) -> None:
    assert invoke(data, "ask").exit_code == 2
    assert invoke(data, "ask", "x", "--limit", "0").exit_code == 2
    assert invoke(data, "nonsense").exit_code == 2


def test_doctor_shows_settings_and_findings(data: Path) -> None:
    result = invoke(data, "doctor", "--json")
    assert result.exit_code == 0
    names = {finding["name"] for finding in json.loads(result.stdout)["findings"]}
    assert {
        "machine",
        "packages",
        "data folder",
        "server",
        "catalogue",
        "embedder",
        "index",
    } <= names
    plain = invoke(data, "doctor")
    assert "ok   index" in plain.output
    rows = json.loads(invoke(data, "doctor", "--settings", "--json").stdout)["settings"]
    assert {"name": "DATELINE_DATA", "from": "option", "value": str(data)}.items() <= rows[
        0
    ].items()


def test_doctor_says_what_is_wrong(tmp_path: Path) -> None:
    nothing = invoke(tmp_path / "none", "doctor")
    assert nothing.exit_code == 0
    assert "does not exist yet" in nothing.output
    assert not (tmp_path / "none").exists()
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "catalogue.db").write_bytes(b"garbage" * 1000)
    broken = invoke(tmp_path / "d", "doctor")
    assert broken.exit_code == 1
    assert "BAD  collection" in broken.output


def test_reindex_makes_the_index_alone_anew(data: Path) -> None:
    result = invoke(data, "reindex", "--search")
    assert result.exit_code == 0
    assert "17 passages can be searched" in result.output


def test_reindex_embeds_everything_anew(data: Path) -> None:
    result = invoke(data, "reindex")
    assert result.exit_code == 0
    assert "passages are embedded with all-MiniLM-L6-v2" in result.output


def test_control_sequences_of_an_article_do_not_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The \u202eminister \u009b31m resigned [bold]over[/bold] it.")
    assert invoke(tmp_path / "d", "ingest", str(tmp_path / "a.txt")).exit_code == 0
    shown = invoke(tmp_path / "d", "ask", "Why did the minister resign?").output
    assert "[bold]over[/bold]" in shown
    assert not any(char in shown for char in "\u202e\u009b\x1b")
