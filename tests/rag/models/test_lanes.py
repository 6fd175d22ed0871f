"""Batches run side by side, and nobody else loses a core by it."""

from __future__ import annotations

import threading

import pytest
import torch

from rag.models.lanes import Lanes


def test_each_lane_computes_on_one_core_and_everybody_else_on_all() -> None:
    before = torch.get_num_threads()
    seen = list(Lanes(2).map(lambda _: torch.get_num_threads(), range(8)))
    assert set(seen) == {1}
    assert torch.get_num_threads() == before
    others: list[int] = []
    thread = threading.Thread(target=lambda: others.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert others == [before]


def test_two_batches_run_at_once() -> None:
    both = threading.Barrier(2, timeout=30)
    assert len(list(Lanes(2).map(lambda _: both.wait(), range(2)))) == 2


def test_results_come_in_order_and_errors_come_out() -> None:
    lanes = Lanes(3)
    assert list(lanes.map(lambda number: number * 2, range(20))) == list(range(0, 40, 2))
    with pytest.raises(ZeroDivisionError):
        list(lanes.map(lambda number: 1 / number, [1, 0]))


def test_one_batch_by_itself_has_all_cores() -> None:
    mine = threading.get_ident()
    assert list(Lanes(2).map(lambda _: threading.get_ident(), [0])) == [mine]
