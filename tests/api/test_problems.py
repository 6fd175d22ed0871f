from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException

import api.errors
from api.problems import STATUSES, problem, status_of, translate
from rag.errors import CatalogueBusy, DatelineError, QuestionError, ServerRefused

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "errors.md"
ROW = re.compile(r"^\| `(\w+)` \| (\d+) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def kinds(root: type[DatelineError] = DatelineError) -> Iterator[type[DatelineError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__ in ("rag.errors", "api.errors"):
            yield from kinds(child)


def test_the_document_lists_every_code_with_its_status_and_meaning() -> None:
    rows = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    documented = {code: (int(status), meaning) for code, status, meaning, _ in rows}
    # A remote server's refusal carries the server's own code.
    known = {kind.code: (status_of(kind), kind.title) for kind in kinds() if kind != ServerRefused}
    assert documented == known
    assert [row[0] for row in rows] == sorted(known)


def test_a_code_means_one_thing() -> None:
    meanings: dict[str, set[tuple[int, str]]] = {}
    for kind in kinds():
        meanings.setdefault(kind.code, set()).add((status_of(kind), kind.title))
    assert {code: found for code, found in meanings.items() if len(found) > 1} == {}


def test_a_status_is_inherited() -> None:
    assert CatalogueBusy not in STATUSES
    assert status_of(CatalogueBusy) == 503
    assert status_of(QuestionError) == 422
    assert status_of(DatelineError) == 500


@pytest.mark.parametrize("kind", [QuestionError, api.errors.RequestInvalid])
def test_what_is_not_known_is_left_out(kind: type[DatelineError]) -> None:
    shown = problem(kind("No."), "req-1").model_dump(exclude_none=True)
    assert set(shown) == {"type", "title", "status", "detail", "code", "request_id"}


def test_other_refusals_of_the_framework_keep_their_words() -> None:
    found = translate(HTTPException(418, "I am a teapot"))
    assert isinstance(found, api.errors.RequestInvalid)
    assert found.message == "I am a teapot"
    assert translate(HTTPException(500)) is None
