from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.store import ids as module
from rag.store.ids import Ids, Kept


def kept(folder: Path, names: list[str]) -> Ids:
    """Return ids of which all lie in files."""
    made = Ids()
    made.append(names)
    made.write(np.arange(len(names)), folder)
    return Ids(Kept.open(folder, len(names)))


def test_ids_in_files_and_newer_ones_are_found_alike(tmp_path: Path) -> None:
    made = kept(tmp_path, ["ä", "b", "名前"])
    made.append(["d"])
    assert [made[row] for row in range(4)] == ["ä", "b", "名前", "d"]
    assert [made.row(name) for name in ("ä", "b", "名前", "d", "e", "")] == [0, 1, 2, 3, None, None]
    assert len(made) == 4
    assert "b" in made
    assert "e" not in made


def test_an_id_that_comes_again_has_its_last_row(tmp_path: Path) -> None:
    made = kept(tmp_path, ["a", "b"])
    made.append(["a"])
    made.append(["c", "c"])
    assert [made.row(name) for name in "abc"] == [2, 1, 4]
    assert len(made) == 3
    assert made[0] == "a"


def test_a_removed_id_is_not_found_and_may_come_again(tmp_path: Path) -> None:
    made = kept(tmp_path, ["a", "b"])
    made.append(["c"])
    made.remove(0)
    made.remove(2)
    assert [made.row(name) for name in "abc"] == [None, 1, None]
    assert len(made) == 1
    made.append(["a"])
    assert made.row("a") == 3


def test_what_was_undone_leaves_nothing(tmp_path: Path) -> None:
    made = kept(tmp_path, ["a", "b"])
    made.append(["c"])
    made.append(["a", "d"])
    made.remove(2)
    made.shorten(3, np.array([True, False, True]))
    assert [made.row(name) for name in "abcd"] == [0, None, 2, None]
    made.shorten(1, np.array([True]))
    assert [made.row(name) for name in "abc"] == [0, 1, None]


def test_two_ids_of_one_hash_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_hash", lambda written: np.uint64(len(written)))
    made = kept(tmp_path, ["aa", "b", "cc", "dd"])
    assert [made.row(name) for name in ("dd", "aa", "b", "cc", "ee")] == [3, 0, 1, 2, None]


def test_ids_of_some_rows_are_written_in_their_order(tmp_path: Path) -> None:
    made = kept(tmp_path, [f"n{number}" for number in range(30_000)])
    made.append(["x", "y"])
    (tmp_path / "again").mkdir()
    made.write(np.array([5, 29_999, 30_001]), tmp_path / "again")
    again = Ids(Kept.open(tmp_path / "again", 3))
    assert [again[row] for row in range(3)] == ["n5", "n29999", "y"]
    assert again.row("x") is None
    assert again.row("y") == 2
