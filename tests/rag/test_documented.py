"""Where the strings below the fields are read, and where not."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import TypeAdapter

from rag.documented import DOCUMENTED


@dataclass(frozen=True)
class Base:
    __pydantic_config__ = DOCUMENTED

    start: int
    """Where it starts."""
    bare: int
    kept: str = "x"

    def method(self) -> None:
        """Return nothing."""


@dataclass(frozen=True)
class Longer(Base):
    end: int = 0
    """Where it ends,

    exclusive.
    """
    inner: Base | None = None
    """Another one."""


def test_the_schema_says_what_stands_below_each_field_its_own_and_inherited() -> None:
    schema = TypeAdapter(Longer).json_schema()
    assert {name: field.get("description") for name, field in schema["properties"].items()} == {
        "start": "Where it starts.",
        "bare": None,
        "kept": None,
        "end": "Where it ends,\n\nexclusive.",
        "inner": "Another one.",
    }
    assert schema["$defs"]["Base"]["properties"]["start"]["description"] == "Where it starts."


def test_nothing_is_parsed_to_read_or_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads that parse at once can fail, and this is done in many."""

    @dataclass(frozen=True)
    class Fresh:
        __pydantic_config__ = DOCUMENTED

        start: int
        """Where it starts."""

    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("source was parsed")

    monkeypatch.setattr(ast, "parse", refused)
    adapter = TypeAdapter(Fresh)
    assert adapter.dump_python(adapter.validate_python({"start": 1})) == {"start": 1}
