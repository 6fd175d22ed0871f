"""The strings below the fields of a class as the descriptions in its JSON schema."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import ConfigDict


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """Return the classes of a module by name, from one reading of its source."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


@cache
def _own(kind: type[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, below in pairwise(_classes(kind.__module__)[kind.__name__].body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = inspect.cleandoc(text)
    return found


def _describe(schema: dict[str, Any], kind: type[Any]) -> None:
    for each in reversed(kind.__mro__[:-1]):
        for name, text in _own(each).items():
            if (field := schema.get("properties", {}).get(name)) is not None:
                field.setdefault("description", text)


# Pydantic's `use_attribute_docstrings` parses source wherever a class is first read or written. In
# Python 3.11 two threads that parse at once can fail ("AST constructor recursion depth mismatch",
# https://github.com/python/cpython/issues/106905), and a traceback that is logged parses too. Only
# the schema shows the descriptions, so only what makes the schema parses.
DOCUMENTED = ConfigDict(json_schema_extra=_describe)
