"""The seeds move to PostgreSQL and Milvus while they are served, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from eval import migration
from rag.cli import main as command
from tests.postgres import Databases

pytest.importorskip("milvus_lite", reason="the extra `milvus` is not installed")


def migrated(
    data: Path, settings: Mapping[str, str], questions: Path, *more: str
) -> dict[str, Any]:
    """Run the command in this process, which has imported what takes long."""
    given = ["--data", str(data), "migrate", "--questions", str(questions), "--json", *more]
    done = CliRunner(env=settings).invoke(command, given)
    assert done.exit_code == 0, done.output
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_a_collection_goes_there_while_it_is_read_and_comes_back(
    milvus_url: str, postgres: Databases, tmp_path: Path
) -> None:
    asked = tmp_path / "questions"
    asked.write_text("Why was Russia not on the US tariff list?\nWho will travel with Witkoff?\n")
    here, cheap = tmp_path / "here", {"DATELINE_READER": "overlap"}
    away = {**cheap, "DATELINE_DATABASE": postgres(), "DATELINE_VECTORS": milvus_url}
    there = ("--to", away["DATELINE_DATABASE"], "--vectors", milvus_url)
    with migration.reading(here, cheap, [migration.SEEDS]) as read:
        first = migrated(here, cheap, asked, *there)
    back = ("--to", str(tmp_path / "back"), "--vectors", "faiss")
    second = migrated(tmp_path / "away", away, asked, *back)
    for moved in (first, second):
        assert (moved["asked"], moved["copied"]["rows"]["article"]) == (2, 5)
    assert migration.whole([first, second], [read])


def test_a_read_that_is_wrong_or_an_answer_that_differs_is_a_failure() -> None:
    move = {"copied": {"digests": {"article": "a"}}, "different": []}
    other = {"copied": {"digests": {"article": "b"}}, "different": []}
    read, wrong = migration.Read(right=3), migration.Read(right=3, wrong=["no such text"])
    assert migration.whole([move, move], [read, read])
    assert not migration.whole([move, other], [read, read])
    assert not migration.whole([move, {**move, "different": ["Why?"]}], [read, read])
    assert not migration.whole([move, move], [read, wrong])
    assert not migration.whole([move, move], [read, migration.Read()])
