from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rag.errors import InputError, KeyNotFound
from rag.store.database import Database
from rag.store.keys import Keys
from rag.store.schema import metadata


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def keys(url: str) -> Iterator[Keys]:
    database = Database(url)
    yield Keys(database)
    database.close()


def now() -> datetime:
    return datetime.now(UTC)


def test_a_key_is_found_by_its_text_and_by_nothing_else(keys: Keys) -> None:
    assert not keys.any()
    key, token = keys.create(" desk ", ("write", "read"), per_minute=5, per_day=9)
    assert keys.any()
    assert re.fullmatch(r"dl_[0-9a-f]{8}_[\w-]{43}", token)
    assert keys.find(token) == key
    assert (key.name, key.scopes, key.per_minute, key.per_day) == ("desk", ("read", "write"), 5, 9)
    other = "A" if token[-1] != "A" else "B"
    for wrong in (token[:-1] + other, token + "x", token.upper(), f"dl_{key.id}_", "", "é" * 55):
        assert keys.find(wrong) is None
    _, second = keys.create("other")
    assert keys.find(f"dl_{key.id}_{second.split('_', 2)[2]}") is None


def test_the_secret_is_stored_nowhere(keys: Keys, folder: Path, url: str) -> None:
    _, token = keys.create("desk")
    secret = token.split("_", 2)[2].encode()
    with keys._db.read() as tx:
        rows = [
            str(row) for table in metadata.sorted_tables for row in tx.execute(sa.select(table))
        ]
    assert "desk" in str(rows)
    assert secret.decode() not in str(rows)
    files = [path for path in folder.iterdir() if path.is_file()]
    assert files or not url.startswith("sqlite")
    assert not any(secret in path.read_bytes() for path in files)


def test_scopes(keys: Keys) -> None:
    reader, writer, admin = (keys.create("x", (scope,))[0] for scope in ("read", "write", "admin"))
    assert [reader.may(s) for s in ("read", "write", "admin")] == [True, False, False]
    assert [writer.may(s) for s in ("read", "write", "admin")] == [False, True, False]
    assert [admin.may(s) for s in ("read", "write", "admin")] == [True, True, True]


def test_a_key_ends(keys: Keys) -> None:
    key, token = keys.create("desk", lasts=timedelta(hours=1))
    assert key.works(now())
    assert not key.works(now() + timedelta(hours=1))
    keys.revoke(key.id)
    found = keys.find(token)
    assert found is not None
    assert not found.works(now())
    assert keys.revoke(key.id) == found
    # A service whose keys all ended does not open.
    assert keys.any()
    keys.forget(key.id)
    assert not keys.any()
    for gone in (keys.revoke, keys.forget):
        with pytest.raises(KeyNotFound):
            gone(key.id)


def test_rotating_leaves_the_old_key_a_while(keys: Keys) -> None:
    old, old_token = keys.create("desk", ("read", "write"), lasts=timedelta(days=9), per_day=7)
    new, token = keys.rotate(old.id, timedelta(hours=1))
    assert (new.name, new.scopes, new.per_day) == ("desk", ("read", "write"), 7)
    assert new.expires_at is not None
    assert timedelta(days=8) < new.expires_at - now() <= timedelta(days=9)
    assert keys.find(token) == new
    ending = keys.find(old_token)
    assert ending is not None
    assert ending.works(now())
    assert not ending.works(now() + timedelta(hours=1))
    # A longer overlap does not lengthen a key's life.
    keys.rotate(new.id, timedelta(days=99))
    assert keys.find(token) == new
    keys.revoke(new.id)
    with pytest.raises(InputError, match="works no more"):
        keys.rotate(new.id, timedelta(0))


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("", {}),
        (" ", {}),
        ("x" * 101, {}),
        ("a\nb", {}),
        ("x", {"scopes": ()}),
        ("x", {"scopes": ("all",)}),
        ("x", {"per_minute": -1}),
        ("x", {"per_day": 2**31}),
    ],
)
def test_what_makes_no_key(keys: Keys, name: str, more: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        keys.create(name, **more)
    assert not keys.any()


def test_use_is_added_up_by_day(keys: Keys) -> None:
    one, two = keys.create("one")[0].id, keys.create("two")[0].id
    assert keys.count("2025-03-01", {one: 2, two: 1}) == {one: 2, two: 1}
    assert keys.count("2025-03-01", {one: 3, "gone": 1}) == {one: 5}
    assert keys.count("2025-03-02", {one: 1}) == {one: 1}
    assert keys.used("2025-03-01") == {one: 5, two: 1}
    keys.forget(one)
    assert keys.used("2025-03-01") == {two: 1}
