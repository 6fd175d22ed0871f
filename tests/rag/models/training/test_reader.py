from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rag.models.reader_network import Scores
from rag.models.training.batches import IGNORED, Labels
from rag.models.training.reader import height, losses, main


def run(data: Path, out: Path, batches: int, **more: str) -> dict[str, torch.Tensor]:
    ours = {
        "newsroom": data / "newsroom.jsonl",
        "newsroom-stories": data / "newsroom_stories.jsonl",
    }
    options: dict[str, object] = {"data": data, "out": out, "batches": batches, "seed": 5}
    options |= {"threads": 1, **ours, **more}
    main([part for name, value in options.items() for part in (f"--{name}", str(value))])
    return dict(load_file(out / "last" / "model.safetensors"))


def test_a_run_that_was_interrupted_ends_with_the_same_weights(data: Path, tmp_path: Path) -> None:
    schedule = {"warm": "2", "decay": "0"}
    whole = run(data, tmp_path / "whole", 4, **schedule)
    run(data, tmp_path / "parts", 2, **schedule)
    parts = run(data, tmp_path / "parts", 4, **schedule)
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    first, second = (
        load_file(tmp_path / name / "average" / "model.safetensors") for name in ("whole", "parts")
    )
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["verdict.0.weight"], whole["verdict.0.weight"])
    # The next run goes on from these weights; nothing is learnt at a rate of nothing.
    start = tmp_path / "whole" / "last" / "model.safetensors"
    still = run(data, tmp_path / "still", 1, weights=str(start), rate="0")
    assert all(torch.equal(whole[name], still[name]) for name in whole)


def test_the_rate_rises_stays_and_falls_to_nothing() -> None:
    heights = [height(number, 10, 2, 4) for number in range(10)]
    assert heights == [0.5, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25]
    assert height(0, 10, 0, 0) == 1


def labels(**changed: torch.Tensor) -> Labels:
    given = {
        "answerable": torch.tensor([1.0, 0.0]),
        "unit": torch.tensor([0, 0]),
        "sentences": torch.tensor([[1.0, 0.0], [0.0, -1.0]]),
        "start": torch.tensor([3, 0]),
        "end": torch.tensor([4, 0]),
        "verdict": torch.tensor([0, IGNORED]),
    }
    return Labels(**{**given, **changed})


def scores(sign: float) -> Scores:
    """Return scores that are right for a positive sign and wrong for a negative one."""
    place = torch.zeros(2, 6)
    place[0, 3], place[1, 0] = 9 * sign, 9 * sign
    end = torch.zeros(2, 6)
    end[0, 4], end[1, 0] = 9 * sign, 9 * sign
    return Scores(
        answerable=torch.tensor([9.0, -9.0]) * sign,
        sentences=torch.tensor([[9.0, -9.0], [-9.0, 9.0]]) * sign,
        start=place,
        end=end,
        verdict=torch.tensor([[9.0, 0.0, 0.0], [0.0, 0.0, 9.0]]) * sign,
    )


def test_right_scores_cost_nothing_and_wrong_ones_much() -> None:
    right, wrong = losses(scores(1), labels()), losses(scores(-1), labels())
    assert right.keys() == wrong.keys()
    for name in right:
        assert float(right[name]) == pytest.approx(0, abs=0.01), name
        assert float(wrong[name]) > 1, name


def test_what_is_not_labelled_costs_nothing() -> None:
    nothing = torch.tensor([IGNORED, IGNORED])
    unknown = labels(
        sentences=torch.full((2, 2), -1.0), start=nothing, end=nothing, verdict=nothing,
        unit=torch.tensor([0, 1]),
    )  # fmt: skip
    parts = losses(scores(-1), unknown)
    assert {name for name, part in parts.items() if float(part) > 0} == {"answerable"}
