from __future__ import annotations

from pathlib import Path

from eval.gate import load_floors, raised, shortfalls, write_floors
from eval.score import Summary, score_cases, summarise
from tests.eval.judging import NO, YES, case, cited, gold, judged, reply


def summary() -> Summary:
    items = [
        judged(case(id="1", evidence=gold(YES)), reply(cited(YES))),
        judged(case(id="2", evidence=gold(YES)), reply(cited(NO))),
    ]
    return summarise(score_cases(items), {})


def test_floors_lie_just_below_the_figures_and_exactness_lies_at_one() -> None:
    floors = raised(summary(), {})

    assert floors["citation recall"] == 0.47
    assert floors["quotes exact"] == 1.0
    assert shortfalls(summary(), floors) == []


def test_a_floor_never_goes_down() -> None:
    assert raised(summary(), {"citation recall": 0.9})["citation recall"] == 0.9


def test_floors_are_kept_with_their_reason(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"

    write_floors({"right": 0.5}, "a new reader", path)

    assert load_floors(path) == {"right": 0.5}
    assert "a new reader" in path.read_text()
