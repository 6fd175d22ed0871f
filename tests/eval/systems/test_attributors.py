from __future__ import annotations

from pathlib import Path

import pytest

from eval.cases import Case, Spoken
from eval.folder import RunFolder
from eval.record import Attributed
from eval.run import run
from eval.score import score
from eval.suite import Suite
from eval.systems.attributors import NearestName, nearest_name
from eval.systems.choose import choose
from rag.dateline import Dateline
from rag.types import Source

TEXT = (
    "The harbour was calm. “The bridge will close for two weeks,” Mayor Ana Ruiz said on Tuesday. "
    "Sam Lee watched the ferry leave."
)
SAID = (TEXT.index("The bridge"), TEXT.index(",”"))
SENTENCE = (TEXT.index("“"), TEXT.index(" Sam"))
NAME = (TEXT.index("Mayor"), TEXT.index(" said"))


def spoken(number: int, **fields: object) -> Case:
    return Case(
        id=str(number), kind="direct", question="Who?", within=("a",), speaker="Mayor Ana Ruiz",
        spoken=Spoken(**fields),  # type: ignore[arg-type]
    )  # fmt: skip


SUITE = Suite(
    name="speakers",
    about="",
    articles=(Source(text=TEXT, origin="o", id="a"),),
    cases=(
        spoken(1, asked=(SAID,), content=(SAID,), source=(NAME,), named_by="name"),
        spoken(2, asked=(SENTENCE,), named_by="name"),
        spoken(3, asked=(), statements=((SAID,),)),
    ),
    task="attribute",
)


def never() -> Dateline:
    raise AssertionError("no collection is needed")


@pytest.mark.parametrize("name", ["dateline", "nearest-name"])
def test_an_attributor_runs_and_is_scored(name: str, tmp_path: Path) -> None:
    folder = run(SUITE, choose(name, SUITE, never), RunFolder(tmp_path / "run"))

    summary, scored = score(folder)

    assert summary.failed == 0
    assert [item.figures["speaker"] for item in scored] == [1, 1, None]
    assert scored[0].figures["found"] == 1
    assert scored[2].figures["statement recall"] is not None
    assert folder.records()["1"].attributed is not None


def test_the_nearest_name_is_outside_of_what_is_said() -> None:
    assert nearest_name(TEXT, [SAID]) == NAME
    assert nearest_name("He said: “Ana Ruiz came.”", [(10, 23)]) is None
    assert nearest_name("But Ana came, she said.", [(9, 13)]) == (4, 7)


def test_the_nearest_name_takes_quotations_for_statements() -> None:
    (found,) = NearestName(SUITE).statements(SUITE.cases[2])

    assert isinstance(found, Attributed)
    assert TEXT[slice(*found.content[0])] == "The bridge will close for two weeks,"
