from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from rag.cli import main
from rag.collections import Collections
from rag.config import load_settings, read_settings

FERRY = "The ferry will run again on Friday, harbour master Lena Brandt said on Monday."


def run(*given: str) -> Result:
    return CliRunner().invoke(main, given)


def test_one_is_made_used_changed_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_READER", "overlap")
    assert "no collections" in run("collections", "list").stdout
    made = run("collections", "create", "press", "--title", "Press", "--set", "candidates=5")
    assert made.exit_code == 0, made.stderr
    (shown,) = json.loads(run("collections", "list", "--json").stdout)
    assert (shown["name"], shown["title"], shown["settings"]) == (
        "press",
        "Press",
        {"candidates": 5},
    )

    with open("ferry.txt", "w") as file:  # noqa: PTH123  a relative path, as it is typed
        file.write(FERRY)
    assert run("--collection", "press", "ingest", "ferry.txt").exit_code == 0
    monkeypatch.setenv("DATELINE_COLLECTION", "press")
    assert FERRY in run("ask", FERRY).stdout
    monkeypatch.delenv("DATELINE_COLLECTION")
    none = run("ask", FERRY)
    assert none.exit_code == 1, "the service's own has no articles"
    assert "There is no collection in" in none.stderr

    # Keys are of one catalogue.
    run("--collection", "press", "keys", "create", "desk")
    assert "desk" in run("--collection", "press", "keys", "list").stdout
    assert "There are no keys" in run("keys", "list").stdout

    assert "candidates=7" in run("collections", "change", "press", "--set", "candidates=7").stdout
    assert load_settings(collection="press").candidates == 7
    run("collections", "change", "press", "--set", "candidates=")
    assert load_settings(collection="press").candidates == read_settings().candidates
    assert run("collections", "delete", "press", "--yes").exit_code == 0
    assert Collections(read_settings()).names() == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("collections", "create", "No"), "[collection_impossible]"),
        (("collections", "create", "a", "--set", "data=1"), "[collection_impossible]"),
        (("collections", "create", "a", "--set", "candidates=0"), "greater than or equal to 1"),
        (("collections", "create", "a", "--set", "candidates"), "is not a setting with a number"),
        (("collections", "create", "a", "--set", "candidates=x"), "is not a setting with a number"),
        (("collections", "change", "none", "--title", "x"), "[collection_not_found]"),
        (("collections", "delete", "none", "--yes"), "[collection_not_found]"),
        (("--collection", "none", "ask", "Why?"), "[collection_not_found]"),
        (("--collection", "../x", "ask", "Why?"), "[collection_not_found]"),
    ],
)
def test_what_cannot_be_done_says_why(given: tuple[str, ...], said: str) -> None:
    result = run(*given)
    assert result.exit_code in (1, 2)
    assert said in result.stderr


def test_a_server_serves_them_all() -> None:
    run("collections", "create", "press")
    result = run("--collection", "press", "serve")
    assert result.exit_code == 2
    assert "serves all collections" in result.stderr


def test_where_the_catalogue_is_elsewhere_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_DATABASE", "sqlite:///elsewhere.db")
    result = run("collections", "create", "press")
    assert "[collection_impossible]" in result.stderr
