from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rag.cli import main

DATA = "data"


def run(*given: str) -> Result:
    return CliRunner().invoke(main, ["keys", *given])


def test_a_key_is_made_shown_rotated_and_ended() -> None:
    assert "There are no keys" in run("list").stdout
    made = run("create", "desk", "--scope", "read", "--scope", "write", "--expires", "90d",
               "--per-minute", "60", "--per-day", "900")  # fmt: skip
    assert made.exit_code == 0
    token = made.stdout.strip()
    key_id = token.split("_")[1]
    assert key_id in made.stderr
    assert token not in made.stderr
    shown = run("list").stdout
    for part in (key_id, "until", "read write", "60/min 900/day", "0 today", "desk"):
        assert part in shown
    assert token.split("_", 2)[2] not in shown

    rotated = json.loads(run("rotate", key_id, "--overlap", "1h", "--json").stdout)
    assert rotated["key"].startswith(f"dl_{rotated['id']}_")
    assert (rotated["name"], rotated["per_minute"]) == ("desk", 60)
    assert run("revoke", key_id).exit_code == 0
    rows = {row["id"]: row for row in json.loads(run("list", "--json").stdout)}
    assert rows[key_id]["revoked_at"]
    assert rows[rotated["id"]]["used_today"] == 0
    assert "revoked" in run("list").stdout
    for each in rows:
        assert run("revoke", each, "--forget").exit_code == 0
    assert "There are no keys" in run("list").stdout


@pytest.mark.parametrize("given", ["", "1", "1y", "-1d", "999999w", "1.5h"])
def test_a_length_of_time_must_be_one(given: str) -> None:
    assert run("create", "desk", "--expires", given).exit_code == 2


def test_what_does_not_exist_cannot_be_ended() -> None:
    result = run("revoke", "00000000")
    assert result.exit_code == 1
    assert "[key_not_found]" in result.stderr


def test_an_expired_key_is_shown_as_such() -> None:
    assert run("create", "desk", "--expires", "0m", "--json").exit_code == 0
    assert "expired" in run("list").stdout
    assert Path(DATA).is_dir()
