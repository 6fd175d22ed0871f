from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.capacity import alone, cut, models
from eval.capacity_store import QUESTIONS, measure
from eval.fit import fitted
from eval.postgres import programs
from rag.dateline import Dateline
from rag.store.catalogue import Catalogue
from rag.store.database import Database


def test_a_line_through_measurements_is_found_and_told_of_at_a_million() -> None:
    found = fitted([(10_000, 120.0), (30_000, 320.0), (100_000, 1_020.0)], "linear")
    assert found["start"] == pytest.approx(20)
    assert found["slope"] == pytest.approx(0.01)
    assert found["says"]["1,000,000"] == pytest.approx(10_020)
    assert found["worst"] < 1e-6
    root = fitted([(10_000, 1.0), (40_000, 2.0)], "root")
    assert root["says"]["1,000,000"] == pytest.approx(10)


def test_a_line_never_starts_below_zero() -> None:
    found = fitted([(10, 1.0), (20, 4.0)], "linear")
    assert found["start"] == 0
    assert 0 < found["worst"] < 1


def test_a_collection_is_cut_and_each_store_of_it_measured(
    dateline: Dateline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("milvus_lite", reason="the extra `milvus` is not installed")
    monkeypatch.chdir(Path(__file__).parents[2])
    cut(dateline.settings.data, tmp_path / "9", 9)
    catalogue = Catalogue(Database(f"sqlite:///{tmp_path / '9' / 'catalogue.db'}"))
    assert catalogue.counts()["passages"] == 9
    assert len(catalogue.changes(0).added) == 9
    catalogue.close()
    (tmp_path / "9" / QUESTIONS).write_text(json.dumps(["When will the call be?"] * 3))
    for store in ("sqlite", "faiss"):
        assert measure(store, tmp_path / "9")["disk, MB"] > 0
    found = alone("milvus", tmp_path / "9")  # in a process of its own, as the command does
    assert found["words, p95 ms"] >= found["words, p50 ms"] > 0
    assert found["memory, MB"] > 0
    assert set(models("milvus", {9: found})) >= {"disk, MB", "memory, MB"}


def test_inverted_lists_are_fitted_apart_from_exact_search() -> None:
    found = {
        size: {"vectors, ms of processor": cost}
        for size, cost in ((10_000, 9.0), (60_000, 2.449), (240_000, 4.899))
    }
    lists = models("faiss", found)["vectors, ms of processor"]
    assert (lists["form"], lists["n"]) == ("root", 2)
    assert lists["says"]["1,000,000"] == pytest.approx(10, abs=0.01)
    assert models("milvus", found)["vectors, ms of processor"]["n"] == 3


def test_what_does_not_grow_or_is_not_seen_is_not_fitted() -> None:
    found = {size: {"memory, MB": 80.0, "words, ms of processor": 0.0} for size in (10, 20)}
    assert models("postgresql", found) == {}
    assert set(models("faiss", found)) == {"memory, MB"}


@pytest.mark.skipif(programs() is None, reason="PostgreSQL's server is not installed")
def test_a_catalogue_in_postgresql_is_measured_too(dateline: Dateline) -> None:
    found = measure("postgresql", dateline.settings.data)
    assert found["disk, MB"] > 1
    assert found["copying and comparing, s of processor"] > 0
    assert found["loading 10 passages, p95 ms"] >= found["loading 10 passages, p50 ms"] > 0
