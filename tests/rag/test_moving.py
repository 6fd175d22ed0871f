from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rag import moving
from rag.cli import main
from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import MigrationImpossible
from rag.store.database import Database
from rag.store.transfer import transfer
from tests.postgres import Databases

QUESTIONS = (
    "Why was Russia not on the US tariff list?",
    "Who will travel with Witkoff?",
    "How many soldiers has Ukraine lost?",
)


def test_a_collection_moves_to_postgresql_and_back_and_answers_the_same(
    dateline: Dateline, postgres: Databases, tmp_path: Path
) -> None:
    here = dateline.settings
    there = moving.target_of(here, postgres(), None)
    copied = moving.copy(here, there)
    moved = moving.check(here, there, copied, QUESTIONS, like=dateline)
    assert (moved.asked, moved.different, moved.behind) == (3, (), 0)
    assert copied.rows["article"] == 5
    away = there.model_copy(update={"data": tmp_path / "away"})
    back = moving.target_of(away, str(tmp_path / "back"), None)
    assert back.database is None
    again = moving.copy(away, back)
    moved = moving.check(away, back, again, QUESTIONS, like=dateline)
    assert (moved.asked, moved.different) == (3, ())
    assert again.digests == copied.digests
    assert (tmp_path / "back" / "catalogue.db").is_file()


def test_half_a_copy_is_never_served(dateline: Dateline, postgres: Databases) -> None:
    there = moving.target_of(dateline.settings, postgres(), None)
    target = Database(there.database_url)
    transfer(dateline.database, target)  # and not finished
    target.close()
    with pytest.raises(MigrationImpossible, match="not whole yet"):
        Dateline(there, like=dateline)
    moving.copy(dateline.settings, there)
    Dateline(there.model_copy(update={"data": Path("there")}), like=dateline).close()


def test_the_collection_itself_is_no_target(tmp_path: Path) -> None:
    here = Settings(data=tmp_path / "here")
    with pytest.raises(MigrationImpossible, match="the collection itself"):
        moving.target_of(here, str(tmp_path / "here"), None)
    with pytest.raises(MigrationImpossible, match="no collection"):
        moving.copy(here, moving.target_of(here, str(tmp_path / "there"), None))


def test_questions_come_a_line_each_or_as_records(tmp_path: Path) -> None:
    path = tmp_path / "questions"
    path.write_text('Who came?\n\n{"question": "Why?", "id": 1}\n')
    assert moving.questions_in(path) == ["Who came?", "Why?"]
    path.write_text('{"query": "Why?"}\n')
    with pytest.raises(MigrationImpossible, match="cannot be read"):
        moving.questions_in(path)


def test_the_command_says_what_it_did(dateline: Dateline, tmp_path: Path) -> None:
    asked = tmp_path / "questions"
    asked.write_text(f"{QUESTIONS[0]}\n")
    data, target = str(dateline.settings.data), str(tmp_path / "copy")
    arguments = ["--data", data, "migrate", "--to", target, "--questions", str(asked), "--json"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["asked"], found["different"], found["behind"]) == (1, [], 0)
    assert found["copied"]["rows"]["article"] == 5
