"""Ask a language model for a reply of one form, and read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Ask = Callable[[str, str, dict[str, Any]], str]
"""Asks a model: instructions, message, schema of the reply; returns its text."""
AGAIN = "\n\nYour last reply was not this JSON object: {why}. Reply with the JSON object alone."

Form = TypeVar("Form", bound=BaseModel)


def asked(form: type[Form], ask: Ask, system: str, message: str) -> Form | None:
    """Return a model's reply; None where neither of two was of the form. Raises what ``ask`` does.

    A reply of another form is asked for once more, with what was wrong with it.
    """
    schema = form.model_json_schema()
    reply = parsed(form, ask(system, message, schema))
    if isinstance(reply, str):
        reply = parsed(form, ask(system, message + AGAIN.format(why=reply), schema))
    return None if isinstance(reply, str) else reply


def parsed(form: type[Form], text: str) -> Form | str:
    """Read a reply, or say what is wrong with it."""
    try:
        return form.model_validate(json.loads(_body(text)), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    except (ValueError, RecursionError):
        return "it is not JSON"


def _body(text: str) -> str:
    """Return a reply without the fence of Markdown that may be around it."""
    found = text.strip()
    if found.startswith("```") and found.endswith("```"):
        return found.removeprefix("```json").strip("`").strip()
    return found
